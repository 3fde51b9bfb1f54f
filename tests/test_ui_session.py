from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from qa.dialogue import Turn
from qa.types import Answer
from qa.ui.session import Exchange, Session, history

ONE, TWO = Exchange("Who?", "", Answer("Who?", "Ann", 0.9)), Exchange("Why?", "", pending=True)


def test_a_change_touches_its_own_exchange_only() -> None:
    session = Session()
    session.begin(ONE)
    session.begin(TWO)
    assert session.change(replace(ONE, vote="up"))
    assert session.change(replace(TWO, pending=False))
    assert [(exchange.vote, exchange.pending) for exchange in session.exchanges] == [("up", False), (None, False)]


def test_an_answer_to_a_question_that_was_dropped_changes_nothing() -> None:
    session = Session()
    session.begin(TWO)
    assert session.begin(ONE, TWO.id) == ()
    assert not session.change(replace(TWO, pending=False))
    assert session.exchanges == (ONE,)
    assert session.find("no such id") is None


def test_a_reply_that_comes_after_the_stop_is_dropped() -> None:
    session = Session()
    session.begin(TWO)
    session.stop("Stopped.")
    stopped = replace(TWO, reply="Stopped.", pending=False)
    assert not session.finish(replace(TWO, reply="Late.", pending=False))
    assert session.exchanges == (stopped,)
    session.begin(TWO, TWO.id)
    assert session.finish(replace(TWO, reply="In time.", pending=False))


def test_what_came_before_is_found_by_id() -> None:
    session = Session()
    session.begin(ONE)
    assert session.begin(TWO) == (ONE,)
    assert session.before(TWO.id) == (ONE,)
    assert session.before(ONE.id) == ()
    assert session.before("no such id") == (ONE, TWO)


def test_each_person_begins_with_a_session_of_their_own() -> None:
    session = Session()
    session.begin(ONE)
    assert deepcopy(session).exchanges == ()


def test_later_questions_lean_on_what_was_meant() -> None:
    meant = Exchange("And he?", "", Answer("And he?", None, 0.1, asked_as="Who is Bob?"))
    assert history([ONE, TWO, meant]) == (Turn("Who?", "Ann"), Turn("Who is Bob?", None))
