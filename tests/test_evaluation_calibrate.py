from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from qa.errors import QuestionSetError
from qa.evaluation import Question
from qa.evaluation.calibrate import _halves, calibrate, write
from qa.reader import Candidate, Reader
from qa.reader.calibration import Evidence, probability
from qa.types import Document, Hit, Passage

TEXT = "right wrong"
PASSAGE = Passage("a", 0, len(TEXT), TEXT, (0,))


def asked(count: int, articles: int = 4) -> list[Question]:
    paragraphs = [Document(f"{number}", TEXT, f"Article {number}") for number in range(articles)]
    return [
        Question(f"{n}", f"{n}?", ("right",) if n % 5 else (), passage=paragraphs[n % articles]) for n in range(count)
    ]


def engine(slope: float, bias: float, relevance: float = 0.0) -> Any:
    """Return an engine whose answerable candidates are right with the probability that their margin says."""

    def candidates(question: str, passages: list[Passage], *, count: int) -> list[list[Candidate]]:
        number = int(question.rstrip("?"))
        chance = random.Random(number)
        margin = chance.gauss(0 if number % 5 else -6, 2)
        right = bool(number % 5) and chance.random() < probability(slope * margin + bias)
        start = 0 if right else 6
        evidence = Evidence(margin, chance.gauss(relevance if right else -relevance, 1))
        return [[Candidate(start, start + 5, evidence)] for _ in passages]

    return SimpleNamespace(search=lambda _: [Hit(PASSAGE, 1.0)], reader=SimpleNamespace(candidates=candidates))


def test_probabilities_that_hold_are_found_and_measured_on_other_articles() -> None:
    counts: list[tuple[int, int]] = []
    fitted = calibrate(engine(2.0, 0.5), asked(3000), lambda *count: counts.append(count))
    assert counts[-1] == (3000, 3000)
    assert fitted.questions == 3000
    assert fitted.error < 0.05
    assert fitted.calibration.margin > 0.5
    assert 0.01 < fitted.calibration.threshold < 0.2, "between the unanswerable, at margins about -6, and the others"
    assert 0 < fitted.risk_coverage < 0.4


def test_relevance_counts_where_it_helps_and_never_against() -> None:
    helpful = calibrate(engine(2.0, 0.0, relevance=2.0), asked(1000)).calibration
    misleading = calibrate(engine(2.0, 0.0, relevance=-2.0), asked(1000)).calibration
    assert helpful.relevance > 0.5
    assert misleading.relevance == 0


def test_one_article_is_split_by_its_questions() -> None:
    fitted = calibrate(engine(2.0, 0.0), asked(500, articles=1))
    assert fitted.questions == 500
    assert fitted.error < 0.1


def test_halves_are_even_though_articles_are_not() -> None:
    titles = ["A"] * 100 + ["B"] * 300 + ["C"] * 500 + ["D"] * 100
    questions = [
        replace(question, passage=Document(title, TEXT, title))
        for question, title in zip(asked(1000), titles, strict=True)
    ]
    halves = _halves(questions)
    assert [title for title, first in zip(titles, halves, strict=True) if first] == ["C"] * 500


def test_the_error_is_that_on_articles_which_the_fit_did_not_see() -> None:
    even, odd = engine(2.0, 3.0), engine(2.0, -3.0)
    questions = asked(2000, articles=2)

    def candidates(question: str, passages: list[Passage], *, count: int) -> list[list[Candidate]]:
        source = odd if int(question.rstrip("?")) % 2 else even
        found: list[list[Candidate]] = source.reader.candidates(question, passages, count=count)
        return found

    mixed: Any = SimpleNamespace(search=lambda _: [Hit(PASSAGE, 1.0)], reader=SimpleNamespace(candidates=candidates))
    assert calibrate(mixed, questions).error > 2 * calibrate(even, questions).error


def test_too_few_questions_are_refused() -> None:
    with pytest.raises(QuestionSetError, match="too few, or too easy"):
        calibrate(engine(2.0, 0.0), asked(2))


def test_questions_that_are_all_answerable_are_refused() -> None:
    questions = [question for question in asked(500) if question.answers]
    with pytest.raises(QuestionSetError, match="None of these questions is unanswerable"):
        calibrate(engine(2.0, 0.0), questions)


def test_the_card_takes_the_calibration_and_keeps_the_rest(tiny_reader: Path, tmp_path: Path) -> None:
    card = tmp_path / "reader.json"
    card.write_bytes((tiny_reader / "reader.json").read_bytes())
    fitted = calibrate(engine(2.0, 0.0), asked(500)).calibration
    before = json.loads(card.read_text())
    write(fitted, tmp_path)
    after = json.loads(card.read_text())
    assert {**after, "calibration": None} == {**before, "calibration": None}
    for name in ("reader.onnx", "tokenizer.json"):
        (tmp_path / name).symlink_to(tiny_reader / name)
    assert Reader.open(tmp_path).calibration == fitted
