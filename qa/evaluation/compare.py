"""Two runs over the same questions, side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa.errors import QuestionSetError
from qa.evaluation.bootstrap import Interval, mean_interval
from qa.evaluation.report import Report


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what another run answered to a question."""

    question: str
    answer: str | None
    exact: float
    f1: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Hold a measure of both runs, in percent, and how far their difference would move on other questions."""

    before: float
    after: float
    interval: Interval

    @property
    def is_clear(self) -> bool:
        """Tell whether the interval leaves out 0."""
        low, high = self.interval
        return low > 0 or high < 0


@dataclass(frozen=True, slots=True)
class Change:
    """Hold a question that the two runs answer differently."""

    question: str
    gold: tuple[str, ...]
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold two runs side by side, over the questions that both were asked."""

    shared: int
    exact: Difference
    f1: Difference
    changes: tuple[Change, ...]
    """What was lost first, then what was gained."""


def read_outcomes(path: str | Path) -> dict[str, Outcome]:
    """Read what ``qa evaluate --json`` printed, by question id; raise QuestionSetError for anything else."""
    try:
        rows = json.loads(Path(path).read_text(encoding="utf-8"))["rows"]
        return {str(row["id"]): _outcome(row) for row in rows}
    except FileNotFoundError as error:
        raise QuestionSetError(
            f"There is no {path} to compare with. `qa evaluate --json > {path}` makes one."
        ) from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise QuestionSetError(f"{path}: not what `qa evaluate --json` prints ({error!r}).") from error


def compare(report: Report, before: Mapping[str, Outcome]) -> Comparison:
    """Set a run beside an earlier one; raise QuestionSetError where they share no question.

    The interval of a difference is that of a paired bootstrap: the same questions are drawn for both.
    """
    rows = [row for row in report.rows if row.id in before and row.question == before[row.id].question]
    if not rows:
        raise QuestionSetError("The two runs share no question. Compare runs over the same question set.")
    pairs = [(before[row.id], Outcome(row.question, row.answer, row.exact, row.f1)) for row in rows]
    changes = [
        Change(row.question, row.gold, old, new)
        for row, (old, new) in zip(rows, pairs, strict=True)
        if old.answer != new.answer
    ]
    return Comparison(
        len(rows),
        _difference([(old.exact, new.exact) for old, new in pairs]),
        _difference([(old.f1, new.f1) for old, new in pairs]),
        tuple(sorted(changes, key=lambda change: change.after.f1 - change.before.f1)),
    )


def _difference(pairs: Sequence[tuple[float, float]]) -> Difference:
    before, after = 100 * np.asarray(pairs, dtype=np.float64).T
    return Difference(float(before.mean()), float(after.mean()), mean_interval(after - before))


def _outcome(row: Mapping[str, object]) -> Outcome:
    answer, exact, f1 = row["answer"], row["exact"], row["f1"]
    if not (answer is None or isinstance(answer, str)) or not all(isinstance(x, int | float) for x in (exact, f1)):
        raise ValueError(f"the row of {row['id']!r} holds no answer with its scores")
    return Outcome(str(row["question"]), answer, float(exact), float(f1))  # type: ignore[arg-type]
