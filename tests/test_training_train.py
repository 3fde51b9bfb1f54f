from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from qa.errors import TrainingError
from qa.reader import Reader
from qa.reader.training import folder
from qa.reader.training.model import JointReader
from qa.reader.training.recipe import Mix, Plan, Recipe
from qa.reader.training.train import UNCALIBRATED, clear, train
from qa.types import Passage

CONTEXT = "Officer Liu was buried in Queens on Sunday. Thousands of other officers came from far away."
PLAN = Plan(Recipe(epochs=2, pairs=2, learning_rate=1e-3), Mix(length=96, shares={"local": 0.5}))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    asked = [("Where was Liu buried?", "Queens"), ("When was Liu buried?", "Sunday"), ("Why?", "")]
    lines = [
        {
            "question": question,
            "context": CONTEXT,
            "source": "local",
            "answers": [{"text": answer, "start": CONTEXT.index(answer)}] if answer else [],
        }
        for question, answer in asked
    ]
    elsewhere = {"question": "Where is Liu?", "context": "Liu is in Rome.", "source": "global"}
    lines.append(elsewhere | {"answers": [{"text": "Rome", "start": 10}]})
    (tmp_path / "own.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return tmp_path / "own.jsonl"


@pytest.fixture
def start(tmp_path: Path, tiny_network: JointReader, tokenizer_file: Path) -> Path:
    folder.save(tiny_network, tokenizer_file, tmp_path / "start")
    return tmp_path / "start"


def test_a_training_cut_off_is_taken_up_and_leaves_a_reader(data: Path, start: Path, tmp_path: Path) -> None:
    out, stages = tmp_path / "fresh", []

    def stage(name: str) -> None:
        stages.append(name)
        if stages == ["Preparing the data", "Training", "Exporting"]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train([data], start, out, PLAN, stage=stage)
    with pytest.raises(TrainingError, match="unfinished training with other arguments"):
        train([data], start, out, replace(PLAN, recipe=Recipe(seed=1)))
    held = data.read_text()
    data.write_text(held.replace("Rome", "Oslo"))
    with pytest.raises(TrainingError, match="other arguments or data"):
        train([data], start, out, PLAN)
    data.unlink()
    reports: list[int] = []
    train([data], start, out, PLAN, stage=stage, say=lambda step, *_: reports.append(step))

    assert stages == ["Preparing the data", "Training", "Exporting"] * 2
    assert reports == [], "what was trained is not trained again"
    clear(out)
    assert sorted(path.name for path in out.iterdir()) == [
        "MODEL_CARD.md",
        "config.json",
        "model.safetensors",
        "reader.json",
        "reader.onnx",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    reader = Reader.open(out)
    assert (reader.name, reader.calibration) == ("fresh", UNCALIBRATED)
    spans = reader.read("Where was Liu buried?", [Passage("a", 0, len(CONTEXT), CONTEXT, (0,))])
    assert spans
    assert all(CONTEXT[span.start : span.end] == span.text for span in spans)
    before, after = (load_file(path / folder.WEIGHTS) for path in (start, out))
    assert before.keys() == after.keys()
    assert not torch.equal(before["qa_outputs.weight"], after["qa_outputs.weight"])
    card = (out / "MODEL_CARD.md").read_text()
    assert card.startswith("# fresh\n")
    for row in (
        "| local | 3 | 50% | not known here |",
        "| global | 1 | 100% |",
        "| learning_rate | 0.001 |",
        "| length | 96 |",
    ):
        assert row in card
    assert "from `start`" in card


def test_data_without_an_answer_are_refused(data: Path, start: Path, tmp_path: Path) -> None:
    data.write_text(json.dumps({"question": "Who?", "context": CONTEXT, "answers": []}))
    with pytest.raises(TrainingError, match="no question with an answer"):
        train([data], start, tmp_path / "out", PLAN)


def test_a_start_without_weights_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "missing.whl"):
        with pytest.raises(TrainingError, match=f"{name} holds no (config.json|cross-encoder)"):
            train([data], tmp_path / name, tmp_path / "out" / name, PLAN)


def test_a_start_that_is_also_the_end_is_refused_before_anything_is_written(data: Path, start: Path) -> None:
    before = {path: path.read_bytes() for path in start.iterdir()}
    with pytest.raises(TrainingError, match="can't be what comes out"):
        train([data], start, start / ".." / start.name, PLAN)
    assert {path: path.read_bytes() for path in start.iterdir()} == before


def test_a_mistyped_file_may_be_corrected(data: Path, start: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="typo"):
        train([tmp_path / "typo.jsonl"], start, tmp_path / "out", PLAN)
    train([data], start, tmp_path / "out", PLAN)


def test_a_start_with_other_markers_is_refused(data: Path, start: Path, tmp_path: Path) -> None:
    tokenizer = json.loads((start / folder.TOKENIZER).read_text())
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary["[CLS]"], vocabulary["[SEP]"] = vocabulary["[SEP]"], vocabulary["[CLS]"]
    (start / folder.TOKENIZER).write_text(json.dumps(tokenizer))
    with pytest.raises(TrainingError, match="other word pieces than English BERTs"):
        train([data], start, tmp_path / "out", PLAN)


def test_a_teacher_is_imitated_and_named(data: Path, start: Path, tmp_path: Path) -> None:
    weights = {}
    for name, teachers in (("alone", []), ("taught", [start])):
        train([data], start, tmp_path / name, PLAN, teachers=teachers)
        weights[name] = load_file(tmp_path / name / folder.WEIGHTS)["qa_outputs.weight"]
    begun = load_file(start / folder.WEIGHTS)["qa_outputs.weight"]
    assert (weights["taught"] - begun).norm() < (weights["alone"] - begun).norm(), "a teacher that is the start holds"
    assert "Taught by start." in (tmp_path / "taught" / "MODEL_CARD.md").read_text()


def test_a_teacher_with_other_word_pieces_is_refused(data: Path, start: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(start, other)
    tokenizer = json.loads((other / folder.TOKENIZER).read_text())
    tokenizer["model"]["vocab"]["the"], tokenizer["model"]["vocab"]["of"] = 1, 2
    (other / folder.TOKENIZER).write_text(json.dumps(tokenizer))
    with pytest.raises(TrainingError, match="other word pieces"):
        train([data], start, tmp_path / "out", PLAN, teachers=[other])
    with pytest.raises(TrainingError, match="nowhere holds no tokenizer"):
        train([data], start, tmp_path / "out", PLAN, teachers=[tmp_path / "nowhere"])
