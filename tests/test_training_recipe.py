from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import TrainingError
from qa.reader.training.recipe import Mix, Plan, Recipe, released


def written(folder: Path, text: str) -> Path:
    (folder / "recipe.toml").write_text(text, encoding="utf-8")
    return folder / "recipe.toml"


def test_what_a_file_leaves_out_keeps_its_default(tmp_path: Path) -> None:
    plan = Plan.load(written(tmp_path, "[recipe]\nepochs = 7\nclip = 2\n[mix.shares]\nown = 0.5\n"))
    assert plan == Plan(Recipe(epochs=7, clip=2), Mix(shares={"own": 0.5}))
    assert Plan.load(written(tmp_path, "")) == Plan()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("epochs = 7", r"tables \['epochs'\]; known are \[recipe\] and \[mix\]"),
        ("[recipe]\nepoch = 7", "sets epoch; known are epochs, steps"),
        ("[recipe]\nepochs = 7.5", "sets epochs to 7.5; it must be of the kind of 3"),
        ("[recipe]\nlearning_rate = '1'", "sets learning_rate to '1'; it must be of the kind of 0.0001"),
        ("[recipe]\ncompile = 1", "sets compile to 1; it must be of the kind of False"),
        ("[recipe]\nseed = true", "sets seed to True; it must be of the kind of 0"),
        ("[mix]\nshares = 0.5", "sets shares to 0.5; it must be of the kind of {}"),
        ("[mix.shares]\nsquad = 1.5", "sets the share of squad to 1.5; it must lie between 0 and 1"),
        ("[mix.shares]\nsquad = 'all'", "sets the share of squad to 'all'"),
        ("[mix]\nlength = 544", "sets length to 544; it must lie between 96 and 512"),
        ("[recipe]\npairs = 0", "sets pairs to 0; it must lie between 1"),
        ("[mix", "recipe.toml can't be read as a recipe"),
    ],
)
def test_a_malformed_recipe_is_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(TrainingError, match=reason):
        Plan.load(written(tmp_path, text))


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"none.toml can't be read as a recipe"):
        Plan.load(tmp_path / "none.toml")


def test_the_recipe_of_the_released_reader_is_in_the_package() -> None:
    plan = Plan.load(released())
    assert plan.recipe != Recipe()
    assert plan.mix.shares["squad_train_partial"] > 0
