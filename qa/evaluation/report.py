"""What an evaluation found: a row for each question, and the figures over all of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Literal

import numpy as np

from qa.evaluation.bootstrap import Interval, interval, mean_interval
from qa.evaluation.metrics import (
    Share,
    SquadScores,
    abstention,
    auroc,
    expected_calibration_error,
    mean_reciprocal_rank,
    recall_at,
    risk_coverage_area,
    score_squad,
)
from qa.evaluation.retrieval import by_rank

Failure = Literal["not retrieved", "not read", "not chosen", "inexact", "wrongly abstained", "wrongly answered"]
"""The stage that failed.

not retrieved: no passage of a supporting article that holds a right answer was found; not read: one was, but reading
stopped before it; not chosen: one was read, and an answer without a word in common was given; inexact: the answer
shares words with a right one; wrongly abstained: one was read, and no answer was given; wrongly answered: the articles
don't say, and an answer was given.
"""

RECALL_AT = (1, 3, 5, 8, 20)


@dataclass(frozen=True, slots=True)
class Found:
    """Hold where a passage that was retrieved stands, and its score."""

    document: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Quote:
    """Hold where an answer stands, and the sentence around it."""

    document: str
    start: int
    end: int
    context: str


@dataclass(frozen=True, slots=True)
class Row:
    """Hold how one question went."""

    id: str
    question: str
    type: str
    """What the question set calls it, else its question word."""
    gold: tuple[str, ...]
    answer: str | None
    candidate: str | None
    """The best candidate, given or refused."""
    probability: float
    """Of the candidate."""
    exact: float
    """Of the answer, 0 or 1."""
    f1: float
    candidate_right: bool
    """Whether the candidate equals a right answer after normalisation."""
    hits: tuple[Found, ...]
    """What was retrieved, best first; empty where the paragraph was given."""
    rank: int | None
    """Of the first hit that holds a right answer, from 1; it is of a supporting article where those are named."""
    failure: Failure | None
    cited: tuple[Quote, ...]
    """The answer's first citation, or the refused candidate's."""
    citations: int
    exact_citations: int
    """Citations whose quote and context stand in the article, character for character, where they say."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """Hold the figures of one evaluation; those of SQuAD are percentages, the others between 0 and 1."""

    scores: SquadScores
    auroc: float | None
    """Of telling answerable questions from others by the probability of the best candidate."""
    calibration_error: float
    """Of the probability that the best candidate is exactly right, over ten bins of equal width."""
    risk_coverage: float
    """Area under the share of wrong candidates as ever less probable ones are let in; lower is better."""
    abstention_precision: float | None
    abstention_recall: float | None
    recall: Mapping[int, float]
    """By k: share of answerable questions with a right answer in one of the first k passages."""
    mrr: float | None
    citation_exactness: float | None
    seconds_p50: float
    seconds_p95: float
    types: Mapping[str, Share]
    failures: Mapping[Failure, int]
    intervals: Mapping[str, Interval]
    """The middle 95 % of a bootstrap, by the name that ``to_dict`` gives a figure."""
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready values, with SQuAD's scores under their official names."""
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "scores"}
        return (
            self.scores.to_dict()
            | values
            | {
                "recall": _named(self.recall),
                "types": {type_: asdict(share) for type_, share in self.types.items()},
                "failures": dict(self.failures),
                "rows": [asdict(row) for row in self.rows],
            }
        )

    def shares(self) -> dict[str, float]:
        """Return the figures that are better the higher they are, by name, all between 0 and 1."""
        percentages = self.scores.to_dict()
        shares = {name: value / 100 for name, value in percentages.items() if name.endswith(("exact", "f1"))}
        others = {
            "auroc": self.auroc,
            "abstention_precision": self.abstention_precision,
            "abstention_recall": self.abstention_recall,
            "mrr": self.mrr,
            "citation_exactness": self.citation_exactness,
            **_named(self.recall),
        }
        return shares | {name: value for name, value in others.items() if value is not None}

    def predictions(self) -> dict[str, str]:
        """Return the answers by question id, "" for none, as SQuAD's official script reads them."""
        return {row.id: row.answer or "" for row in self.rows}

    def write_predictions(self, path: str | Path) -> None:
        """Write the predictions as JSON."""
        Path(path).write_text(json.dumps(self.predictions(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def run(self) -> dict[str, dict[str, float]]:
        """Return the retrieved articles by question, each where its best passage stands."""
        return {row.id: by_rank(hit.document for hit in row.hits) for row in self.rows}


def summarize(rows: Sequence[Row]) -> Report:
    """Turn rows, at least one, into a report."""
    golds = {row.id: row.gold for row in rows}
    given = score_squad(golds, {row.id: row.answer or "" for row in rows})
    swept = score_squad(
        golds, {row.id: row.candidate or "" for row in rows}, na_probs={row.id: 1 - row.probability for row in rows}
    )
    scores = replace(
        given,
        best_exact=swept.best_exact,
        best_exact_thresh=swept.best_exact_thresh,
        best_f1=swept.best_f1,
        best_f1_thresh=swept.best_f1_thresh,
    )
    probabilities, right = [row.probability for row in rows], [row.candidate_right for row in rows]
    precision, recall = abstention(
        {row.id for row in rows if row.answer is None}, {row.id for row in rows if not row.gold}
    )
    ranks = [row.rank for row in rows if row.gold and row.hits]
    deepest = max(len(row.hits) for row in rows)
    citations = sum(row.citations for row in rows)
    p50, p95 = np.percentile([row.seconds for row in rows], [50, 95])
    return Report(
        scores=scores,
        auroc=auroc(probabilities, [bool(row.gold) for row in rows]),
        calibration_error=expected_calibration_error(probabilities, right),
        risk_coverage=risk_coverage_area(probabilities, right),
        abstention_precision=precision,
        abstention_recall=recall,
        recall={k: recall_at(ranks, k) for k in RECALL_AT if k <= deepest} if ranks else {},
        mrr=mean_reciprocal_rank(ranks) if ranks else None,
        citation_exactness=sum(row.exact_citations for row in rows) / citations if citations else None,
        seconds_p50=float(p50),
        seconds_p95=float(p95),
        types=_by_type(rows),
        failures=dict(Counter(row.failure for row in rows if row.failure).most_common()),
        intervals=_intervals(rows),
        rows=tuple(rows),
    )


def _intervals(rows: Sequence[Row]) -> dict[str, Interval]:
    answerable = [row for row in rows if row.gold]
    unanswerable = [row for row in rows if not row.gold]
    intervals: dict[str, Interval] = {}
    for prefix, chosen in (("", rows), ("HasAns_", answerable), ("NoAns_", unanswerable)):
        if chosen:
            for name in ("exact", "f1"):
                low, high = mean_interval([getattr(row, name) for row in chosen])
                intervals[prefix + name] = (100 * low, 100 * high)
    sure = np.asarray([row.probability for row in rows])
    right = np.asarray([row.candidate_right for row in rows])
    known = np.asarray([bool(row.gold) for row in rows])
    intervals["calibration_error"] = interval(lambda at: expected_calibration_error(sure[at], right[at]), len(rows))
    if answerable and unanswerable:
        intervals["auroc"] = interval(lambda at: auroc(sure[at], known[at]), len(rows))
        intervals["abstention_recall"] = mean_interval([row.answer is None for row in unanswerable])
    ranks = [row.rank for row in answerable if row.hits]
    if ranks:
        intervals["mrr"] = mean_interval([1 / rank if rank else 0.0 for rank in ranks])
    return intervals


def _named(recall: Mapping[int, float]) -> dict[str, float]:
    return {f"recall@{k}": value for k, value in recall.items()}


def _by_type(rows: Sequence[Row]) -> dict[str, Share]:
    types: dict[str, list[Row]] = {}
    for row in rows:
        types.setdefault(row.type, []).append(row)
    return {
        type_: Share(
            100 * sum(row.exact for row in of_type) / len(of_type),
            100 * sum(row.f1 for row in of_type) / len(of_type),
            len(of_type),
        )
        for type_, of_type in types.items()
    }
