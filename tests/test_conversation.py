from __future__ import annotations

import pytest

from qa.conversation import Conversation
from qa.dialogue import Turn
from qa.engine import QA

pytestmark = pytest.mark.model


def test_a_follow_up_is_asked_as_what_it_means(seeds_engine: QA) -> None:
    talk = Conversation(seeds_engine)
    first = talk.ask("Where was Rafael Ramos buried?")
    assert first.asked_as is None
    second = talk.ask("And Wenjian Liu?")
    assert (second.question, second.asked_as) == ("And Wenjian Liu?", "Where was Wenjian Liu buried?")
    found = seeds_engine.search("Where was Wenjian Liu buried?")
    assert [hit.passage for hit in second.hits] == [hit.passage for hit in found]
    assert talk.turns == (Turn(first.question, first.text), Turn("Where was Wenjian Liu buried?", second.text))


def test_a_question_that_stands_alone_is_answered_as_without_a_history(seeds_engine: QA) -> None:
    talk = Conversation(seeds_engine)
    talk.ask("Where was Rafael Ramos buried?")
    answer, alone = (engine.ask("Who is the police commissioner?") for engine in (talk, seeds_engine))
    assert answer.asked_as is None
    assert (answer.text, answer.citations, answer.hits) == (alone.text, alone.citations, alone.hits)
