"""Fit the reader's calibration: what its evidence is worth, and from which probability answering pays.

On questions that training never saw, asked of a whole corpus, as people ask. What is fitted on those about one half of
the articles is tested on those about the other, both ways; what comes out is fitted on all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qa.errors import QuestionSetError
from qa.evaluation.metrics import auroc, exact, expected_calibration_error, risk_coverage_area
from qa.reader.calibration import Calibration, Evidence, probability

if TYPE_CHECKING:
    from qa.engine import QA
    from qa.evaluation.questions import Question

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Hold a calibration with the error and the power of fits on articles that were not the tested ones."""

    calibration: Calibration
    questions: int
    error: float
    """Expected calibration error, ten bins."""
    auroc: float | None
    """Of answerable questions against unanswerable ones."""
    risk_coverage: float
    """Area under the share of wrong candidates as ever less probable ones are let in; lower is better."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """What the reader found for one question: a candidate of each passage, and whether it is right."""

    answerable: bool
    evidence: tuple[Evidence, ...]
    right: tuple[bool, ...]


def calibrate(qa: QA, questions: Sequence[Question], progress: Progress | None = None) -> Fitted:
    """Fit on all questions, test on each half of the articles; ``qa`` is open on a corpus that answers the questions.

    Raises QuestionSetError where one half would be empty, or hold only right or only wrong candidates, and where no
    question is unanswerable: nothing would be refused ever after.
    """
    if all(question.answers for question in questions):
        raise QuestionSetError(
            "None of these questions is unanswerable, so they can't tell when to refuse. Add some without answers, "
            "such as SQuAD 2.0's."
        )
    trials: list[tuple[_Trial, bool]] = []
    for done, (question, first) in enumerate(zip(questions, _halves(questions), strict=True), 1):
        trial = _try(qa, question)
        if trial.evidence:
            trials.append((trial, first))
        if progress:
            progress(done, len(questions))
    return _fitted(trials)


def _fitted(trials: Sequence[tuple[_Trial, bool]]) -> Fitted:
    halves = [[trial for trial, first in trials if first is half] for half in (True, False)]
    sure: list[float] = []
    right: list[bool] = []
    for fit, test in (halves, halves[::-1]):
        calibration = _calibration(fit)
        best = [_surest(trial, calibration) for trial in test]
        sure += [probability(calibration.log_odds(trial.evidence[at])) for trial, at in zip(test, best, strict=True)]
        right += [trial.right[at] for trial, at in zip(test, best, strict=True)]
    answerable = [trial.answerable for half in halves[::-1] for trial in half]
    return Fitted(
        _calibration([trial for trial, _ in trials]),
        len(trials),
        expected_calibration_error(sure, right),
        auroc(sure, answerable),
        risk_coverage_area(sure, right),
    )


def _calibration(trials: Sequence[_Trial]) -> Calibration:
    _demand_both(right for trial in trials for right in trial.right)
    weights = _rank(trials)
    _demand_both(trial.right[_best(trial, weights)] for trial in trials)
    return _scale(trials, weights)


def _surest(trial: _Trial, calibration: Calibration) -> int:
    return _best(trial, np.asarray([calibration.margin, calibration.relevance]))


def _demand_both(right: Iterable[bool]) -> None:
    if len(set(right)) < 2:
        raise QuestionSetError("These questions are too few, or too easy, to calibrate on. Give some hundreds.")


def _halves(questions: Sequence[Question]) -> list[bool]:
    """Tell which questions are the first half: those about some articles, or every other one about a single article.

    Articles are dealt out by size, each to the half that has fewer questions so far.
    """
    titles = [question.passage.title if question.passage else "" for question in questions]
    asked = Counter(titles)
    if len(asked) < 2:
        return [number % 2 == 0 for number in range(len(questions))]
    sizes, first = {True: 0, False: 0}, {}
    for title, count in sorted(asked.items(), key=lambda pair: (-pair[1], pair[0])):
        first[title] = sizes[True] <= sizes[False]
        sizes[first[title]] += count
    return [first[title] for title in titles]


def write(calibration: Calibration, reader: Path) -> None:
    """Put a calibration into the card of the reader in a folder."""
    path = reader / "reader.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    card["calibration"] = asdict(calibration)
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    aside.replace(path)


def _try(qa: QA, question: Question) -> _Trial:
    passages = [hit.passage for hit in qa.search(question.question)]
    found = qa.reader.candidates(question.question, passages, count=1)
    pairs = [
        (passage.text[c.start : c.end], c.evidence) for passage, cs in zip(passages, found, strict=True) for c in cs
    ]
    answerable = bool(question.answers)
    return _Trial(
        answerable,
        tuple(evidence for _, evidence in pairs),
        tuple(answerable and exact(text, question.answers) == 1 for text, _ in pairs),
    )


def _rank(trials: Sequence[_Trial]) -> npt.NDArray[np.float64]:
    """Weigh margin against relevance so that right candidates come before wrong ones.

    The two say much the same. Where a fit would hold relevance against a passage, relevance is left out: such a weight
    is chance, and would hurt where passages differ more than those of the fit.
    """
    features = [_features(evidence) for trial in trials for evidence in trial.evidence]
    weights = _regression(features, [right for trial in trials for right in trial.right])[:2]
    return weights if weights[1] >= 0 else np.asarray([1.0, 0.0])


def _scale(trials: Sequence[_Trial], weights: npt.NDArray[np.float64]) -> Calibration:
    """Turn the ranking score of the best candidate into log-odds, and set the threshold where answering pays.

    That is where a candidate is as probably right as its question is unanswerable: SQuAD's score gains by an answer
    what it loses by the other. Both probabilities are regressions on the score, since the sum of what the fit's own
    answers gain has its peak anywhere within a wide range: two readers of equal power got 0.42 and 0.56.
    """
    best = [_best(trial, weights) for trial in trials]
    scores = [float(weights @ _features(trial.evidence[at])) for trial, at in zip(trials, best, strict=True)]
    against = [[score] for score in scores]
    slope, bias = _regression(against, [t.right[at] for t, at in zip(trials, best, strict=True)])
    margin, relevance = (float(slope * weight) for weight in weights)
    threshold = 0.0  # of a half that holds none that is unanswerable; it is only tested for its probabilities
    if not all(trial.answerable for trial in trials):
        unanswerable = _regression(against, [not trial.answerable for trial in trials])
        even = (unanswerable[1] - bias) / (slope - unanswerable[0])
        threshold = probability(slope * even + bias)
    return Calibration(margin, relevance, float(bias), threshold)


def _best(trial: _Trial, weights: npt.NDArray[np.float64]) -> int:
    return int(np.argmax([weights @ _features(evidence) for evidence in trial.evidence]))


def _features(evidence: Evidence) -> list[float]:
    return [evidence.margin, evidence.relevance]


def _regression(features: Sequence[Sequence[float]], right: Sequence[bool]) -> npt.NDArray[np.float64]:
    """Return the weights of a logistic regression, its bias last."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e3, max_iter=1000).fit(np.asarray(features), np.asarray(right))
    return np.append(fitted.coef_[0], fitted.intercept_[0])
