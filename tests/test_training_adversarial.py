from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reader.training.adversarial import OPPOSITES, distort

CONTEXT = "Patrick Lynch met Bill Bratton in Queens in 1999. In 2014 he paid 1,250 dollars."
STRANGERS = ["Cologne", "Beyonce"]

QUESTIONS = st.lists(
    st.sampled_from(
        ["Who", "did", "is", "Queens", "Patrick Lynch", "1999", "2014", "7", "first", "Most", "won", "can", "?"]
    ),
    max_size=8,
).map(" ".join)


def distorted(question: str, seed: int) -> str | None:
    return distort(question, CONTEXT, STRANGERS, random.Random(seed))


@given(QUESTIONS | st.text(max_size=40), st.integers(0, 1000))
def test_a_distorted_question_is_another_and_the_same_each_time(question: str, seed: int) -> None:
    changed = distorted(question, seed)
    assert changed != question
    assert changed is None or changed.strip()
    assert distorted(question, seed) == changed


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who met in Queens", {f"Who met in {name}" for name in ("Lynch", "Bill Bratton", *STRANGERS)}),
        ("Who came first", {"Who came last"}),
        ("Who can swim", {"Who can never swim"}),
        ("Who was it", {"Who wasn't it"}),
    ],
)
def test_each_way_of_distorting(question: str, expected: set[str]) -> None:
    found = {distorted(question, seed) for seed in range(200)} - {None}
    # "Patrick" and "In", which begin the context's sentences, pass for no names.
    assert found == expected


def test_a_number_becomes_another_of_the_same_length() -> None:
    found = {distorted("Who paid 1999 dollars", seed) or "" for seed in range(200)}
    numbers = {question.removeprefix("Who paid ").removesuffix(" dollars") for question in found}
    assert "2014" in numbers
    assert all(len(number) == 4 and number.isdigit() and number != "1999" for number in numbers)


def test_what_has_no_handle_is_left() -> None:
    assert {distorted("Who lives here", seed) for seed in range(50)} == {None}


def test_opposites_go_both_ways() -> None:
    assert OPPOSITES["first"] == "last"
    assert OPPOSITES["last"] == "first"
    assert all(word != other for word, other in OPPOSITES.items())
