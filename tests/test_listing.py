from __future__ import annotations

import pytest

from qa.listing import asks_for_several


@pytest.mark.parametrize(
    "question",
    [
        "Which unions endorsed the contract?",
        "In which cities did people march?",
        "What two radio networks did the company own?",
        "Who were the creators of the series?",
        "What are the three sectors of construction?",
        "who attended",
        "What did the president say about it?",
        "What else happened?",
        "Name the officers.",
    ],
)
def test_these_ask_for_several(question: str) -> None:
    assert asks_for_several(question)


@pytest.mark.parametrize(
    "question",
    [
        "Which union did he lead?",
        "What company owns the network?",
        "What was the name of the bus?",
        "Who is the mayor?",
        "Who are you?",
        "When were the officers killed?",
        "What does Islamism seek?",
        "Why did they protest?",
        "",
    ],
)
def test_these_ask_for_one(question: str) -> None:
    assert not asks_for_several(question)
