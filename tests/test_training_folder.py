from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from qa.errors import TrainingError
from qa.reader.training.folder import CONFIGURATION, TOKENIZER, WEIGHTS, load, save
from qa.reader.training.model import JointReader
from qa.reader.windows import PieceTokenizer

QUESTION, PASSAGE = "Where was Liu buried?", "Liu was buried in Queens, to José's sorrow."


@pytest.fixture
def saved(tmp_path: Path, tiny_network: JointReader, tokenizer_file: Path) -> Path:
    save(tiny_network, tokenizer_file, tmp_path / "saved")
    return tmp_path / "saved"


def inputs() -> dict[str, torch.Tensor]:
    ids = torch.randint(1000, 30000, (2, 24), generator=torch.Generator().manual_seed(1))
    mask, types = torch.ones_like(ids), (torch.arange(24) > 8).long().repeat(2, 1)
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


@torch.no_grad()
def test_what_is_saved_comes_back(saved: Path, tiny_network: JointReader) -> None:
    for one, other in zip(load(saved).eval()(**inputs()), tiny_network(**inputs()), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


@torch.no_grad()
def test_transformers_opens_it_as_a_question_answerer_and_as_a_cross_encoder(
    saved: Path, tiny_network: JointReader
) -> None:
    from transformers import AutoModelForQuestionAnswering, BertForSequenceClassification

    start, end, relevance = tiny_network(**inputs())
    answerer = AutoModelForQuestionAnswering.from_pretrained(saved).eval()(**inputs())
    assert torch.allclose(answerer.start_logits, start, atol=1e-5)
    assert torch.allclose(answerer.end_logits, end, atol=1e-5)
    ranker = BertForSequenceClassification.from_pretrained(saved, num_labels=1).eval()(**inputs())
    assert torch.allclose(ranker.logits.squeeze(-1), relevance, atol=1e-5)


def test_transformers_cuts_the_same_word_pieces(saved: Path) -> None:
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(saved)(QUESTION, PASSAGE)
    question, passage = PieceTokenizer(saved / TOKENIZER).pieces([QUESTION, PASSAGE])
    assert theirs["input_ids"] == [101, *question.ids, 102, *passage.ids, 102]
    assert theirs["token_type_ids"] == [0] * (len(question) + 2) + [1] * (len(passage) + 1)


def test_a_bert_without_the_heads_is_a_start(saved: Path) -> None:
    weights = load_file(saved / WEIGHTS)
    bare = {name.removeprefix("bert."): value for name, value in weights.items() if name.startswith("bert.e")}
    save_file(bare, saved / WEIGHTS)
    reader = load(saved)
    assert torch.equal(reader.state_dict()["backbone.embeddings.LayerNorm.weight"], bare["embeddings.LayerNorm.weight"])
    assert float(reader.span.weight.detach().abs().max()) > 0


def test_what_is_no_bert_is_refused_with_the_reason(saved: Path) -> None:
    weights = load_file(saved / WEIGHTS)
    lacking = {name: value for name, value in weights.items() if "layer.1" not in name}
    wide = weights | {"bert.embeddings.LayerNorm.weight": torch.zeros(7)}
    for wrong, reason in ((lacking, "are not those of a BERT"), (wide, "don't fit their configuration")):
        save_file(wrong, saved / WEIGHTS)
        with pytest.raises(TrainingError, match=reason):
            load(saved)
    (saved / WEIGHTS).write_bytes(b"no tensors")
    with pytest.raises(TrainingError, match="can't be opened as a network"):
        load(saved)
    (saved / CONFIGURATION).write_text(json.dumps({"model_type": "mpnet"}))
    with pytest.raises(TrainingError, match="a model of the kind 'mpnet'"):
        load(saved)
    (saved / CONFIGURATION).unlink()
    with pytest.raises(TrainingError, match=r"holds no config.json"):
        load(saved)
