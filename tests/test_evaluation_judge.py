from __future__ import annotations

import pytest

from qa.evaluation import Question
from qa.evaluation.judge import judge
from qa.types import Alternative, Answer, Citation, Document, Hit, Passage

TEXT = "In 2012 the $48.00 fee was paid to the U.N. by Ann, Bob’s aunt."
DOCUMENT = Document("a", TEXT, "A")


def cited(start: int, text: str) -> Alternative:
    return Alternative(text, 0.9, (Citation(1, "a", "A", start, start + len(text), text, TEXT, 0, 0.9),))


@pytest.mark.parametrize(
    ("gold", "rank"),
    [
        ("12", None),
        ("2012", 1),
        ("$48.00", 1),
        ("48.0", None),
        ("U.N.", 1),
        ("Ann", 1),
        ("pai", None),
        ("THE  $48.00\nfee", 1),
        ("Bob's", 1),
    ],
)
def test_a_passage_holds_an_answer_as_words_of_its_own(gold: str, rank: int | None) -> None:
    answer = Answer("?", None, 0.0, hits=(Hit(Passage("a", 0, len(TEXT), TEXT, (0,)), 1.0),))
    row = judge(Question("1", "?", (gold,)), answer, lambda _: DOCUMENT)
    assert (row.rank, row.failure) == (rank, "not read" if rank else "not retrieved")


def test_the_citations_of_every_item_are_held_against_the_text() -> None:
    items = (cited(TEXT.index("Ann"), "Ann"), cited(3, "Bob"))
    answer = Answer("?", "Ann", 0.9, items[0].citations, items=items)
    row = judge(Question("1", "?", ("Ann",)), answer, lambda _: DOCUMENT)
    assert (row.citations, row.exact_citations) == (2, 1)
