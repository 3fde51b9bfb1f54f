"""How a reader is trained, and on what: the settings of a training, read from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from qa.errors import TrainingError

SHORTEST, LONGEST = 96, 512
"""Word pieces in a window: room for a question and a passage; positions that BERT knows."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Say how to train."""

    epochs: int = 3
    steps: int = 0
    """End after so many batches, with the learning rate planned for it; 0 for whole epochs."""
    pairs: int = 32
    """Pairs of windows in a batch."""
    learning_rate: float = 1e-4
    """At its peak; it rises over the warm-up and falls linearly to nothing."""
    warmup: float = 0.06
    """Share of the steps."""
    weight_decay: float = 0.01
    clip: float = 1.0
    """Largest norm of a gradient."""
    average: float = 0.999
    """Decay of the running mean of the weights; 0 keeps the last weights."""
    blend: float = 0.0
    """Share of the weights that training began with in those that come out (Wortsman et al., CVPR 2022)."""
    group: float = 0.5
    """Weight of the loss that compares spans across the two passages of a pair (Clark and Gardner, 2018)."""
    frozen: int = 0
    """Lowest layers that stay as they are, and with them the embeddings, which spares their backward pass; 0 trains
    everything."""
    relevance: float = 0.5
    """Weight of the loss of the relevance head."""
    distil: float = 0.5
    """Share of the teacher in the loss, where there is one; the rest is the gold answers'."""
    temperature: float = 2.0
    seed: int = 0
    compile: bool = False
    """Compile the network first: minutes of waiting for twice the speed on a CPU."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Say what one epoch is made of."""

    length: int = 384
    """Most word pieces in a window."""
    stride: int = 128
    """Word pieces that a window of a long passage repeats from the one before it."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """Share of each source's answerable questions in an epoch; 1 where not named."""
    repeat_unanswerable: int = 3
    """How often a question that people wrote to be unanswerable is seen in an epoch."""
    sibling: float = 0.45
    """Share of partners that are another question which the same passage answers."""
    removed: float = 0.1
    """Share of partners that are the same passage without the sentence that answers."""
    distorted: float = 0.2
    """Share of partners that are the same passage in front of a distorted question."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold a recipe with its mix: tables ``[recipe]`` and ``[mix]`` of the file, the shares in ``[mix.shares]``."""

    recipe: Recipe = field(default_factory=Recipe)
    mix: Mix = field(default_factory=Mix)

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Read a TOML file; raise TrainingError naming what in it is unknown or of the wrong kind."""
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise TrainingError(f"{path} can't be read as a recipe: {error}") from error
        unknown = values.keys() - {"recipe", "mix"}
        if unknown:
            raise TrainingError(f"{path} has the tables {sorted(unknown)}; known are [recipe] and [mix].")
        recipe, mix = (values.get(table, {}) for table in ("recipe", "mix"))
        plan = cls(Recipe(**_checked(recipe, Recipe(), path)), Mix(**_checked(mix, Mix(), path)))
        for source, share in plan.mix.shares.items():
            if not (isinstance(share, int | float) and 0 <= share <= 1):
                raise TrainingError(f"{path} sets the share of {source} to {share!r}; it must lie between 0 and 1.")
        for name, value, low, high in (
            ("epochs", plan.recipe.epochs, 1, 1000),
            ("pairs", plan.recipe.pairs, 1, 4096),
            ("length", plan.mix.length, SHORTEST, LONGEST),
        ):
            if not low <= value <= high:
                raise TrainingError(f"{path} sets {name} to {value}; it must lie between {low} and {high}.")
        return plan

    def to_dict(self) -> dict[str, Any]:
        """Return what ``load`` reads, as nested dicts."""
        return asdict(self)


def released() -> Path:
    """Return the recipe that is taken where none is given: of the package's weights, the last run that trained all."""
    return Path(str(resources.files("qa.reader"))) / "weights" / "recipe.toml"


def _checked(values: Mapping[str, Any], defaults: Recipe | Mix, path: Path) -> Mapping[str, Any]:
    known = asdict(defaults)
    for name, value in values.items():
        if name not in known:
            raise TrainingError(f"{path} sets {name}; known are {', '.join(known)}.")
        kind = type(known[name])
        fits = type(value) is kind or (kind is float and type(value) is int)
        if not fits:
            raise TrainingError(f"{path} sets {name} to {value!r}; it must be of the kind of {known[name]!r}.")
    return values
