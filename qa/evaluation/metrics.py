"""How good a set of answers is, as pure functions.

The scores of answers are those of SQuAD 2.0 (Rajpurkar et al. 2018) and follow its official script rule by rule, also
where one would choose otherwise: only ASCII punctuation is dropped, and ties of the sweep are walked in order. They are
percentages, as is the custom; everything else here lies between 0 and 1. A figure that can't be formed is None.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = Sequence[float] | NDArray[np.float64]
Bools = Sequence[bool] | NDArray[np.bool_]

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize_answer(text: str) -> str:
    """Lower the case, drop ASCII punctuation and English articles, and collapse white space.

    >>> normalize_answer("The  N.Y.P.D. and a mayor")
    'nypd and mayor'
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact(prediction: str, golds: Sequence[str]) -> float:
    """Return 1 if the prediction equals a gold answer after normalisation, else 0; without golds, "" is right.

    >>> exact("The Mayor.", ["mayor", "de Blasio"]), exact("mayors", ["mayor"]), exact("", [])
    (1.0, 0.0, 1.0)
    """
    normalized = normalize_answer(prediction)
    return float(any(normalize_answer(gold) == normalized for gold in _usable(golds)))


def f1(prediction: str, golds: Sequence[str]) -> float:
    """Return the best overlap of words with a gold answer; without golds, only "" scores.

    >>> f1("Officer Rafael Ramos", ["Rafael Ramos"])
    0.8
    >>> f1("anyone", []), f1("", [])
    (0.0, 1.0)
    """
    return max(_overlap(prediction, gold) for gold in _usable(golds))


@dataclass(frozen=True, slots=True)
class Share:
    """Hold exact match and F1, in percent, over so many questions."""

    exact: float
    f1: float
    total: int


@dataclass(frozen=True, slots=True)
class SquadScores:
    """Hold what the official SQuAD 2.0 script prints, in percent."""

    overall: Share
    has_answer: Share | None
    no_answer: Share | None
    best_exact: float | None = None
    best_exact_thresh: float | None = None
    best_f1: float | None = None
    best_f1_thresh: float | None = None

    def to_dict(self) -> dict[str, float]:
        """Return the scores under the official names, without those that can't be formed."""
        shares = {"": self.overall, "HasAns_": self.has_answer, "NoAns_": self.no_answer}
        scores: dict[str, float] = {}
        for prefix, share in shares.items():
            if share is not None:
                scores |= {f"{prefix}exact": share.exact, f"{prefix}f1": share.f1, f"{prefix}total": share.total}
        for name in ("best_exact", "best_exact_thresh", "best_f1", "best_f1_thresh"):
            if (value := getattr(self, name)) is not None:
                scores[name] = value
        return scores


def score_squad(
    golds: Mapping[str, Sequence[str]],
    predictions: Mapping[str, str],
    na_probs: Mapping[str, float] | None = None,
    na_prob_thresh: float = 1.0,
) -> SquadScores:
    """Score predictions by question id; "" abstains, and so does a no-answer probability above the threshold.

    With ``na_probs``, the best scores and their thresholds are found as well, from the predictions as they are given.

    >>> score_squad({"a": ["Queens"], "b": []}, {"a": "Queens", "b": "Brooklyn"}, {"a": 0.1, "b": 0.9}).to_dict()
    ... # doctest: +NORMALIZE_WHITESPACE
    {'exact': 50.0, 'f1': 50.0, 'total': 2, 'HasAns_exact': 100.0, 'HasAns_f1': 100.0, 'HasAns_total': 1,
     'NoAns_exact': 0.0, 'NoAns_f1': 0.0, 'NoAns_total': 1,
     'best_exact': 100.0, 'best_exact_thresh': 0.1, 'best_f1': 100.0, 'best_f1_thresh': 0.1}
    """
    raw_exact = {id_: exact(predictions[id_], gold) for id_, gold in golds.items()}
    raw_f1 = {id_: f1(predictions[id_], gold) for id_, gold in golds.items()}
    final_exact, final_f1 = dict(raw_exact), dict(raw_f1)
    for id_, gold in golds.items():
        if na_probs is not None and na_probs[id_] > na_prob_thresh:
            final_exact[id_] = final_f1[id_] = float(not gold)
    answerable = [id_ for id_, gold in golds.items() if gold]
    unanswerable = [id_ for id_, gold in golds.items() if not gold]
    overall = _share(final_exact, final_f1, golds)
    if overall is None:
        raise ValueError("There is no question to score.")
    best_exact = best_f1 = (None, None) if na_probs is None else (0.0, 0.0)
    if na_probs is not None:
        best_exact = best_threshold(golds, predictions, raw_exact, na_probs)
        best_f1 = best_threshold(golds, predictions, raw_f1, na_probs)
    return SquadScores(
        overall,
        _share(final_exact, final_f1, answerable),
        _share(final_exact, final_f1, unanswerable),
        *best_exact,
        *best_f1,
    )


def best_threshold(
    golds: Mapping[str, Sequence[str]],
    predictions: Mapping[str, str],
    scores: Mapping[str, float],
    na_probs: Mapping[str, float],
) -> tuple[float, float]:
    """Return the best mean score, in percent, of answering only up to a no-answer probability, and that threshold."""
    current = best = float(sum(not gold for gold in golds.values()))
    threshold = 0.0
    for id_ in sorted(golds, key=lambda id_: na_probs[id_]):
        if golds[id_]:
            current += scores[id_]
        elif predictions[id_]:
            current -= 1
        if current > best:
            best, threshold = current, na_probs[id_]
    return 100 * best / len(golds), threshold


def auroc(scores: Floats, positive: Bools) -> float | None:
    """Return how often a positive outscores a negative, a tie counting half (Mann-Whitney); None without both kinds.

    >>> auroc([0.9, 0.5, 0.5, 0.1], [True, True, False, False])
    0.875
    """
    label = np.asarray(positive, dtype=bool)
    positives, negatives = int(label.sum()), int((~label).sum())
    if not positives or not negatives:
        return None
    _, place, count = np.unique(np.asarray(scores, dtype=np.float64), return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((rank[label].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def expected_calibration_error(probabilities: Floats, right: Bools, bins: int = 10) -> float:
    """Return the mean distance of probability and share of right answers over bins of equal width (Guo et al. 2017).

    A bin holds its lower edge; the last one holds 1 as well.

    >>> round(expected_calibration_error([0.95, 0.95, 0.25, 0.25], [True, True, True, False]), 3)
    0.15
    """
    probability, hit = np.asarray(probabilities, dtype=np.float64), np.asarray(right, dtype=np.float64)
    edges = np.arange(1, bins) / bins
    place = np.digitize(probability, edges)
    gaps = np.bincount(place, weights=probability - hit, minlength=bins)
    return float(np.abs(gaps).sum() / len(probability))


def risk_coverage_area(confidences: Floats, right: Bools) -> float:
    """Return the mean share of wrong answers as ever less confident ones are let in (Geifman & El-Yaniv 2017).

    Answers of the same confidence share their errors evenly, so that their order doesn't matter.

    >>> risk_coverage_area([0.9, 0.8], [True, False]), risk_coverage_area([0.9, 0.8], [False, True])
    (0.25, 0.75)
    """
    wrong = 1 - np.asarray(right, dtype=np.float64)
    _, place, count = np.unique(-np.asarray(confidences, dtype=np.float64), return_inverse=True, return_counts=True)
    even = (np.bincount(place, weights=wrong) / count)[np.sort(place)]
    return float(np.mean(np.cumsum(even) / np.arange(1, len(even) + 1)))


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """Return the share of questions with a right passage among the first k hits; a rank is from 1 or None.

    >>> recall_at([1, 3, None, 2], 2)
    0.5
    """
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def mean_reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """Return the mean of one over the rank of the first right hit, 0 where there is none.

    >>> mean_reciprocal_rank([1, 4, None, None])
    0.3125
    """
    return sum(1 / rank for rank in ranks if rank is not None) / len(ranks)


def abstention(abstained: Collection[str], unanswerable: Collection[str]) -> tuple[float | None, float | None]:
    """Return precision and recall of abstaining, from question ids.

    >>> abstention({"a", "b"}, {"b", "c", "d"})
    (0.5, 0.3333333333333333)
    """
    rightly = len(set(abstained) & set(unanswerable))
    return (
        rightly / len(abstained) if abstained else None,
        rightly / len(unanswerable) if unanswerable else None,
    )


def _usable(golds: Sequence[str]) -> list[str]:
    return [gold for gold in golds if normalize_answer(gold)] or [""]


def _overlap(prediction: str, gold: str) -> float:
    words, gold_words = normalize_answer(prediction).split(), normalize_answer(gold).split()
    if not words or not gold_words:
        return float(words == gold_words)
    same = sum((Counter(words) & Counter(gold_words)).values())
    return 2 * same / (len(words) + len(gold_words))


def _share(exacts: Mapping[str, float], f1s: Mapping[str, float], ids: Collection[str]) -> Share | None:
    if not ids:
        return None
    total = len(ids)
    return Share(100 * sum(exacts[id_] for id_ in ids) / total, 100 * sum(f1s[id_] for id_ in ids) / total, total)
