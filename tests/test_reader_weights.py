"""The weights in the package: these very bytes, and as good as when they were released."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import qa.reader
from qa.reader import Reader
from qa.types import Passage

WEIGHTS = Path(qa.reader.__file__).parent / "weights"
SHA256 = "67e662c56935535b4fa5aab7367e91d47d4d70ebda041ded9fb2296f20d052c0"
PARAGRAPH = (
    "The Amazon rainforest covers most of the Amazon basin of South America. This basin encompasses 7,000,000 square "
    "kilometres, of which 5,500,000 square kilometres are covered by the rainforest. The majority of the forest is "
    "contained within Brazil, with 60% of the rainforest, followed by Peru with 13% and Colombia with 10%. The name is "
    "said to arise from a war that Francisco de Orellana fought with the Tapuyas and other tribes in 1542."
)
ASKED = [
    ("Which country holds most of the forest?", "Brazil"),
    ("How much of the rainforest is in Peru?", "13%"),
    ("How large is the basin?", "7,000,000 square kilometres"),
    ("Who fought with the Tapuyas?", "Francisco de Orellana"),
    ("When did de Orellana fight the Tapuyas?", "1542"),
    ("On which continent is the basin?", "South America"),
]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.open()


def read(reader: Reader, question: str, text: str = PARAGRAPH) -> tuple[str, float]:
    best = reader.read(question, [Passage("a", 0, len(text), text, (0,))])[0]
    return best.text, best.probability


def test_the_weights_are_those_that_were_released() -> None:
    assert hashlib.sha256((WEIGHTS / "reader.onnx").read_bytes()).hexdigest() == SHA256
    assert (WEIGHTS / "reader.onnx").stat().st_size < 40_000_000


@pytest.mark.model
def test_plain_questions_are_answered_as_well_as_at_release(reader: Reader) -> None:
    found = {question: read(reader, question) for question, _ in ASKED}
    right = [question for question, gold in ASKED if gold in found[question][0]]
    assert len(right) >= 5, found
    assert sum(found[question][1] >= reader.threshold for question in right) >= 3, found


@pytest.mark.model
@pytest.mark.parametrize("question", ["Who is the president of Peru?", "When was the first bicycle built?"])
def test_a_question_that_the_passage_leaves_open_is_refused(reader: Reader, question: str) -> None:
    _, probability = read(reader, question)
    assert probability < reader.threshold
