"""The training loop: pairs in, an averaged model out; killed at any moment, it goes on from its last checkpoint."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, Subset

from qa.reader.training.batches import Batch, PairSampler
from qa.reader.training.model import JointReader, Logits
from qa.reader.training.recipe import Recipe

Say = Callable[[int, int, float, float], None]
"""Called with (step, steps, loss, seconds so far)."""

Teacher = Callable[[dict[str, Tensor]], Logits]
"""Gives the logits to imitate for the inputs of a batch."""

log = logging.getLogger(__name__)


@contextmanager
def _without_denormals() -> Iterator[None]:
    """Take the smallest of numbers for zero, which is faster, and only here: the setting is the whole process's."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@_without_denormals()
def fit(
    model: JointReader,
    sampler: PairSampler,
    recipe: Recipe,
    *,
    device: str,
    workers: int = 0,
    teacher: Teacher | None = None,
    checkpoint: Path | None = None,
    every: float = 600,
    say: Say | None = None,
) -> JointReader:
    """Train and return the model with its averaged weights, blended with those that it came with.

    The network runs in bf16 where the machine has it.

    With ``checkpoint``, the state is written there every so many seconds, and read back on a restart.
    """
    torch.manual_seed(recipe.seed)
    model.to(device).train()
    for part in model.lowest(recipe.frozen):
        part.requires_grad_(False)
    batches = _Batches(sampler, recipe)
    steps = min(recipe.steps or len(batches), len(batches))
    optimiser = torch.optim.AdamW(_groups(model, recipe.weight_decay), lr=recipe.learning_rate, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _slope(step, steps, recipe.warmup))
    mean = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    begun_with = {name: tensor.clone() for name, tensor in mean.items()} if recipe.blend else {}
    done = 0
    if checkpoint is not None and checkpoint.is_file():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        mean, done = state["mean"], int(state["step"])

    def save(step: int) -> None:
        if checkpoint is None:
            return
        aside = checkpoint.with_suffix(".tmp")
        state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict()}
        torch.save(state | {"mean": mean, "step": step}, aside)
        aside.replace(checkpoint)

    network = torch.compile(model, dynamic=False) if recipe.compile and _has_compiler() else model
    begun = saved = time.monotonic()
    running: float | None = None
    ahead = DataLoader(Subset(batches, range(done, steps)), batch_size=None, collate_fn=_as_is, num_workers=workers)
    for step, batch in enumerate(ahead, done + 1):
        inputs, targets = _to(batch, device)
        with _half(device):
            logits = network(**inputs)
        loss = gold_loss(_float(logits), targets, recipe)
        if teacher is not None and recipe.distil > 0:
            with torch.no_grad(), _half(device):
                taught = _float(teacher(inputs))
            imitation = teacher_loss(_float(logits), taught, targets["allowed"], recipe)
            loss = (1 - recipe.distil) * loss + recipe.distil * imitation
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
        optimiser.step()
        schedule.step()
        _blend(mean, model, min(recipe.average, (step + 1) / (step + 10)))
        if step % 50 == 0 or step == steps:
            fresh = float(loss.detach())
            running = fresh if running is None else 0.8 * running + 0.2 * fresh
            if say is not None:
                say(step, steps, running, time.monotonic() - begun)
        if step == steps or time.monotonic() - saved >= every:
            save(step)
            saved = time.monotonic()
    for name, tensor in begun_with.items():
        if tensor.is_floating_point():
            mean[name] = torch.lerp(mean[name], tensor, recipe.blend)
    model.load_state_dict(mean)
    return model.requires_grad_(True).eval()


def gold_loss(logits: Logits, targets: dict[str, Tensor], recipe: Recipe) -> Tensor:
    """Return the loss against the gold answers: spans or null, spans across a pair, relevance."""
    start, end = (side.masked_fill(~targets["allowed"], -1e4) for side in (logits.start, logits.end))
    span = functional.cross_entropy(start, targets["start"]) + functional.cross_entropy(end, targets["end"])
    answerable = (targets["start"] > 0).float()
    relevance = functional.binary_cross_entropy_with_logits(logits.relevance, answerable)
    loss = span / 2 + recipe.relevance * relevance
    grouped = targets["grouped"]
    if recipe.group > 0 and bool(grouped.any()):
        across = torch.zeros((), device=start.device)
        for side, gold in ((start, targets["start"]), (end, targets["end"])):
            rows = side.clone()
            rows[:, 0] = -1e4
            both = rows.view(len(grouped), -1)[grouped]
            across = across + functional.cross_entropy(both, gold[0::2][grouped])
        loss = loss + recipe.group * across / 2
    return loss


def teacher_loss(logits: Logits, taught: Logits, allowed: Tensor, recipe: Recipe) -> Tensor:
    """Return how far the student's distributions are from the teacher's (Hinton et al., 2015)."""
    heat = recipe.temperature
    loss = torch.zeros((), device=allowed.device)
    for mine, theirs in ((logits.start, taught.start), (logits.end, taught.end)):
        mine, theirs = (side.masked_fill(~allowed, -1e4) / heat for side in (mine, theirs))
        loss = loss + functional.kl_div(
            mine.log_softmax(-1), theirs.log_softmax(-1), reduction="batchmean", log_target=True
        )
    relevance = functional.binary_cross_entropy_with_logits(logits.relevance, taught.relevance.sigmoid())
    return loss * heat * heat / 2 + recipe.relevance * relevance


class _Batches(Dataset[Batch]):
    """Build the batches of a whole training, in order, so that workers can build ahead."""

    def __init__(self, sampler: PairSampler, recipe: Recipe) -> None:
        self._sampler = sampler
        self._plans = [group for epoch in range(recipe.epochs) for group in sampler.plan(epoch, recipe.pairs)]

    def __len__(self) -> int:
        return len(self._plans)

    def __getitem__(self, number: int) -> Batch:
        return self._sampler.batch(self._plans[number], number)


def _as_is(batch: Any) -> Any:
    return batch


def _to(batch: Batch, device: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    def move(values: np.ndarray[Any, Any]) -> Tensor:
        tensor = torch.from_numpy(values)
        return tensor.pin_memory().to(device, non_blocking=True) if device.startswith("cuda") else tensor

    inputs = {"input_ids": batch.ids, "attention_mask": batch.mask, "token_type_ids": batch.types}
    targets = {"allowed": batch.allowed, "start": batch.start, "end": batch.end, "grouped": batch.grouped}
    return {k: move(v) for k, v in inputs.items()}, {k: move(v) for k, v in targets.items()}


def _has_compiler() -> bool:
    """Tell whether there is what torch.compile needs; it would say so only at the first step."""
    found = any(shutil.which(name) for name in (os.environ.get("CXX"), "g++", "c++", "clang++", "cl") if name)
    if not found:
        log.warning("There is no C++ compiler, so the training isn't compiled, and slower.")
    return found


def _half(device: str) -> torch.autocast:
    """Return the context of bf16; on a CPU that could only imitate it, at a thirtieth of the speed, that of fp32."""
    kind = device.split(":")[0]
    able = kind != "cpu" or "AVX512" in torch.backends.cpu.get_cpu_capability()
    return torch.autocast(kind, dtype=torch.bfloat16, enabled=able)


def _float(logits: Logits) -> Logits:
    return Logits(logits.start.float(), logits.end.float(), logits.relevance.float())


def _groups(model: JointReader, decay: float) -> list[dict[str, Any]]:
    trained = [(name, tensor) for name, tensor in model.named_parameters() if tensor.requires_grad]
    plain = [p for n, p in trained if n.endswith("bias") or "LayerNorm" in n]
    decayed = [p for n, p in trained if not (n.endswith("bias") or "LayerNorm" in n)]
    return [{"params": decayed, "weight_decay": decay}, {"params": plain, "weight_decay": 0.0}]


def _slope(step: int, steps: int, warmup: float) -> float:
    rise = max(1, int(steps * warmup))
    return (step + 1) / rise if step < rise else max(0.0, (steps - step) / max(1, steps - rise))


@torch.no_grad()
def _blend(mean: dict[str, Tensor], model: JointReader, decay: float) -> None:
    pairs = [(mean[name], tensor) for name, tensor in model.state_dict().items()]
    floats = [(kept, fresh) for kept, fresh in pairs if kept.is_floating_point()]
    torch._foreach_lerp_([kept for kept, _ in floats], [fresh for _, fresh in floats], 1 - decay)
