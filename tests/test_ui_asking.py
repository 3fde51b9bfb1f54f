from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import pytest

from qa.errors import IndexNotFound
from qa.types import Answer, Citation, Document
from qa.ui.asking import Asking
from qa.ui.session import Exchange, Session

ARTICLE = Document("a.txt", "Ann leads the union. Bob came, too.", "The union")
CITATION = Citation(1, "a.txt", "The union", 0, 3, "Ann", "Ann leads the union.", 0, 0.9)
ASKED = Exchange("Who leads it?", "", Answer("Who leads it?", "Ann", 0.9, (CITATION,)))


class Engine:
    """Answer for an index of one article."""

    def __init__(self, document: Document = ARTICLE) -> None:
        self.held = document
        self.index = SimpleNamespace(identifiers=lambda: [self.held.id])
        self.where: list[object] = []

    def document(self, identifier: str) -> Document:
        return self.held

    def ask(self, question: str, *, history: object, where: object) -> Answer:
        self.where.append(where)
        return cast("Answer", ASKED.answer)


class Names:
    """Stand for the page's components: each is its name."""

    def __getattr__(self, name: str) -> str:
        return name


def asking(engine: Engine) -> Asking:
    return Asking(cast("Any", engine), cast("Any", Names()), cast("Any", SimpleNamespace(people_first=nullcontext)))


def clicked(start: int, end: int, kind: str = "quote") -> Any:
    return SimpleNamespace(document="a.txt", start=start, end=end, kind=kind)


def test_an_article_that_changed_since_the_answer_is_not_marked() -> None:
    session = Session()
    session.begin(ASKED)
    engine = Engine()
    assert "<mark" in asking(engine).open(session, clicked(0, 3))
    engine.held = replace(ARTICLE, text="Bob leads the union.")
    shown = asking(engine).open(session, clicked(0, 3))
    assert "has changed since" in shown
    assert "<mark" not in shown
    assert "<mark" in asking(engine).open(session, clicked(4, 9))  # which no answer has quoted


@pytest.mark.parametrize("error", [IndexNotFound("No index there."), RuntimeError("secret")])
def test_an_engine_that_fails_to_open_is_said_and_the_question_ends(error: Exception) -> None:
    class Shelf:
        @property
        def engine(self) -> None:
            raise error

    session = Session()
    session.shelf = cast("Any", Shelf())
    done = asking(Engine())._reply(Exchange("Who?", "", pending=True), (), session)
    assert not done.pending
    assert ("No index there." if isinstance(error, IndexNotFound) else "Something went wrong") in done.reply
    assert "secret" not in done.reply


def test_articles_that_are_left_out_and_gone_change_nothing() -> None:
    engine, session = Engine(), Session()
    session.left_out = frozenset({"gone.txt"})
    done = asking(engine)._reply(Exchange("Who?", "", pending=True), (), session)
    assert engine.where == [None]
    assert done.votable
    session.left_out = frozenset({"gone.txt", "a.txt"})
    done = asking(engine)._reply(Exchange("Who?", "", pending=True), (), session)
    assert "Tick an article" in done.reply


class SlowEngine(Engine):
    """Answer once it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.going_on = Event()

    def ask(self, question: str, *, history: object, where: object) -> Answer:
        assert self.going_on.wait(60)
        return super().ask(question, history=history, where=where)


def test_who_stops_may_ask_the_next_question_while_the_last_is_still_worked_on() -> None:
    engine, session = SlowEngine(), Session()
    page = asking(engine)
    first = page.ask("Who leads it?", session)
    assert next(first)["stop"]["visible"]
    stopped = page.stop(session)
    assert not stopped["stop"]["visible"]
    shown = next(first)  # at once, though the engine hasn't answered
    assert "Stopped." in shown["conversation"]
    assert "source" not in shown
    assert list(first) == []
    event = SimpleNamespace(id=session.exchanges[0].id, question="Who leads it?", literal=False)
    second = page.revise(session, cast("Any", event))
    assert "pending" in next(second)["conversation"]
    engine.going_on.set()
    shown = next(second)
    assert "<mark" in shown["source"]
    assert shown["ask"]["visible"]
    assert [exchange.answer for exchange in session.exchanges] == [ASKED.answer]


def test_an_event_that_ends_late_shows_the_question_that_is_awaited_now() -> None:
    engine, session = SlowEngine(), Session()
    page = asking(engine)
    first = page.ask("Who leads it?", session)
    next(first)
    page.begin_anew(session)
    second = page.ask("Who came, too?", session)
    next(second)
    late = next(first)
    assert "Who came, too?" in late["conversation"]
    assert late["stop"]["visible"]
    engine.going_on.set()
    assert not next(second)["stop"]["visible"]
