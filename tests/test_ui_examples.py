from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from qa.building import Built
from qa.engine import QA
from qa.types import Document
from qa.ui.examples import SURE, draw

pytestmark = pytest.mark.model


def test_every_example_is_answered(seeds_engine: QA) -> None:
    examples = draw(seeds_engine)
    assert 1 <= len(examples) <= 3
    for example in examples:
        answer = seeds_engine.ask(example)
        assert answer.text is not None
        assert answer.confidence >= SURE


def test_articles_that_give_rise_to_none_have_none(build: Callable[..., Built], tmp_path: Path) -> None:
    build([Document("a.txt", "nothing here names anybody or anything. it rains.", "a")], tmp_path / "index")
    with QA.open(tmp_path / "index") as engine:
        assert draw(engine) == ()
