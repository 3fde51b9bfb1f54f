from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from qa.dialogue import Turn
from qa.errors import QuestionSetError
from qa.evaluation import read_questions
from qa.evaluation.run import evaluate_reader
from qa.types import Answer, Hit, Passage
from qa.ui.feedback import Feedback, Judgement
from qa.ui.session import Exchange, Session
from qa.ui.voting import Voting

LIKED = Judgement("a1", "And “Liu”?\n", (Turn("When was he born?", None),), "1982", ("a.txt",), "up", ("1982",))
SILENT = Judgement("b2", "Who won?", (), "Ann", ("a.txt",), "down", ())
UNKNOWN = Judgement("c3", "Who lost?", (), "Bob", ("a.txt",), "down", None)


@pytest.fixture
def feedback(tmp_path: Path) -> Feedback:
    return Feedback(tmp_path / "new" / "votes.jsonl")


def test_judgements_are_read_as_questions(feedback: Feedback) -> None:
    for judgement in (LIKED, SILENT, UNKNOWN):
        feedback.put(judgement)
    liked, silent, unknown = read_questions(feedback.file)
    assert (liked.id, liked.question, liked.answers, liked.docs) == ("a1", "And “Liu”?\n", ("1982",), ("a.txt",))
    assert liked.history == LIKED.history
    assert (silent.answers, silent.docs, silent.undecided) == ((), (), False)
    assert (unknown.answers, unknown.undecided) == ((), True)


def test_what_nobody_has_decided_is_not_evaluated(feedback: Feedback) -> None:
    feedback.put(UNKNOWN)
    with pytest.raises(QuestionSetError, match="no question to evaluate"):
        evaluate_reader(None, read_questions(feedback.file))  # type: ignore[arg-type]


def test_a_second_thought_replaces_the_first_and_leaves_other_lines(feedback: Feedback) -> None:
    feedback.put(LIKED)
    with feedback.file.open("a", encoding="utf-8") as file:
        file.write('not json\n["neither"]\n')
    feedback.put(replace(LIKED, vote="down", right=None))
    lines = feedback.file.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["not json", '["neither"]']
    assert '"vote": "down"' in lines[2]
    feedback.take_back("a1")
    assert feedback.file.read_text(encoding="utf-8") == 'not json\n["neither"]\n'


def test_votes_at_the_same_time_are_all_kept(feedback: Feedback) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: feedback.put(replace(LIKED, id=str(number))), range(40)))
    assert sorted(int(question.id) for question in read_questions(feedback.file)) == list(range(40))


def test_a_vote_that_cannot_be_written_is_said(feedback: Feedback) -> None:
    feedback.file.parent.mkdir()
    feedback.file.write_bytes('{"id": "1", "answers": ["Müller"]}\n'.encode("cp1252"))
    session = Session()
    session.begin(Exchange("Who?", "", Answer("Who?", "Ann", 0.9), id="a1"))
    shown = Voting(feedback).vote(session, cast("Any", SimpleNamespace(id="a1", vote="up")))
    assert "Your vote could not be written" in shown
    assert session.exchanges[0].vote is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("patrolmen's benevolent  association", "Patrolmen’s\nBenevolent Association"),
        ("He", "He"),
        ("lead", "lead"),  # not what stands within a word
        ("Patrick Lynch", "Patrick Lynch"),
    ],
)
def test_a_correction_is_taken_down_as_the_passage_has_it(feedback: Feedback, typed: str, kept: str) -> None:
    text = "THE LEADER: He leads the Patrolmen’s\nBenevolent Association."
    answer = Answer("Who?", "Ann", 0.9, hits=(Hit(Passage("a.txt", 0, len(text), text, (0,)), 1.0),))
    session = Session()
    session.begin(Exchange("Who?", "", answer, vote="down", id="a1"))
    Voting(feedback).correct(session, cast("Any", SimpleNamespace(id="a1", right=typed, silent=False)))
    (question,) = read_questions(feedback.file)
    assert question.answers == (kept,)
