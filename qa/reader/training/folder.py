"""A network on disk: a folder that transformers opens too, as a question answerer or as a cross-encoder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from qa.errors import TrainingError
from qa.reader.training.model import JointReader, joint_reader, weights_of

CONFIGURATION, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"


def save(reader: JointReader, tokenizer: Path, folder: Path) -> None:
    """Write configuration, weights and tokenizer as transformers wants them."""
    folder.mkdir(parents=True, exist_ok=True)
    reader.backbone.config.architectures = ["BertForQuestionAnswering"]
    reader.backbone.config.save_pretrained(folder)
    save_file(weights_of(reader), folder / WEIGHTS, metadata={"format": "pt"})
    shutil.copyfile(tokenizer, folder / TOKENIZER)
    settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def load(folder: Path, *, attention: str = "sdpa") -> JointReader:
    """Open what ``save`` wrote, or any BERT that transformers saved; raise TrainingError for anything else."""
    from transformers import BertConfig

    for name in (CONFIGURATION, WEIGHTS, TOKENIZER):
        if not (folder / name).is_file():
            raise TrainingError(f"{folder} holds no {name}. Give a folder that `qa train` wrote, or the wheel.")
    try:
        kind = json.loads((folder / CONFIGURATION).read_text(encoding="utf-8")).get("model_type")
        if kind != "bert":
            raise TrainingError(f"{folder} holds a model of the kind {kind!r}; a reader is made from a BERT.")
        weights = load_file(folder / WEIGHTS)
    except (OSError, ValueError, AttributeError, SafetensorError) as error:
        raise TrainingError(f"{folder} can't be opened as a network: {error}") from error
    return joint_reader(weights, BertConfig.from_pretrained(folder), attention=attention)
