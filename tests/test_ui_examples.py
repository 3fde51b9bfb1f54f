from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from qa.building import Built
from qa.engine import QA
from qa.errors import IndexUnusable
from qa.index import VectorStore
from qa.types import Document
from qa.ui.examples import SURE, draw
from qa.ui.suggesting import Suggestions

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


def test_examples_are_drawn_anew_when_the_index_is_built_again(build: Callable[..., Built], tmp_path: Path) -> None:
    build([Document("a.txt", "The singer Mary Lund was buried in Oakham on Friday.", "a")], tmp_path / "index")
    with QA.open(tmp_path / "index") as engine:
        suggestions = Suggestions(engine)
        before = suggestions.show()
        assert "Mary Lund" in before
        assert suggestions.show() == before
        build([Document("b.txt", "The painter Olga Brandt was born in Riga in 1931.", "b")], tmp_path / "index")
        after = suggestions.show()
    assert "Olga Brandt" in after
    assert "Mary Lund" not in after


def test_an_index_that_cannot_be_read_has_no_examples() -> None:
    class Broken:
        @property
        def index(self) -> VectorStore:
            raise IndexUnusable("gone")

    assert Suggestions(cast("QA", Broken())).show() == ""
