from __future__ import annotations

import pytest

from qa.evaluation.kinds import kind_of


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who met the mayor?", "who"),
        ("To whom did he speak?", "who"),
        ("How many unions were there, and which?", "how many"),
        ("How did the talks end?", "how"),
        ("What year was it?", "when"),
        ("At which city did they meet?", "where"),
        ("Which union left?", "which"),
        ("Why?", "why"),
        ("The mayor is called what?", "what"),
        ("Whatever happened", "other"),
    ],
)
def test_the_first_question_word_counts(question: str, kind: str) -> None:
    assert kind_of(question) == kind
