from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from qa.types import Document
from qa.ui.adding import Adding, library_of
from qa.ui.session import Session


class Engine:
    """Hold articles; an index that is built anew is another one."""

    def __init__(self, *identifiers: str) -> None:
        self.build(*identifiers)

    def build(self, *identifiers: str) -> None:
        self.index = SimpleNamespace(identifiers=lambda: list(identifiers), document_count=len(identifiers))

    def documents(self) -> Iterator[Document]:
        return (Document(identifier, "Text.", identifier) for identifier in self.index.identifiers())


@pytest.fixture
def engine() -> Engine:
    return Engine("a.txt", "b.txt")


@pytest.fixture
def adding(engine: Engine) -> Adding:
    shared = cast("Any", engine)
    return Adding(shared, cast("Any", None), library_of(shared, may_keep=False), None)


def ticked(document: str = "", *, wanted: bool, every: bool = False) -> Any:
    return SimpleNamespace(document=document, wanted=wanted, every=every)


def test_an_article_left_out_that_is_gone_is_no_longer_counted(engine: Engine, adding: Adding) -> None:
    session = Session()
    assert "1 of 2 asked" in adding.choose(session, ticked("a.txt", wanted=False))
    engine.build("b.txt", "c.txt")
    shown = cast("str", adding.refresh(session))
    assert "all 2 asked" in shown
    assert "c.txt" in shown
    assert "1 of 2 asked" in adding.choose(session, ticked("b.txt", wanted=False))
    assert session.left_out == {"b.txt"}


def test_all_can_be_asked_and_none(adding: Adding) -> None:
    session = Session()
    assert "0 of 2 asked" in adding.choose(session, ticked(wanted=False, every=True))
    assert "all 2 asked" in adding.choose(session, ticked(wanted=True, every=True))
    assert not session.left_out


def test_what_no_index_holds_cannot_be_left_out(adding: Adding) -> None:
    session = Session()
    assert "all 2 asked" in adding.choose(session, ticked("elsewhere.txt", wanted=False))
    assert not session.left_out
