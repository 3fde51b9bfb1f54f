"""Logits of a window -> the best spans in it: joint over start and end, whole words, inside the passage only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PieceSpan:
    """Hold a candidate by its first and last piece, counted from the first logit given."""

    first: int
    last: int
    score: float
    """Sum of the start and the end logit."""


def decode(start: Floats, end: Floats, heads: Booleans, *, longest: int, count: int) -> list[PieceSpan]:
    """Return up to ``count`` spans, best first, none overlapping a better one.

    ``start``, ``end`` and ``heads`` are [pieces] of the passage alone; ``heads`` is true where a word begins. Of equal
    scores the earlier, then the shorter span wins.

    >>> zero = np.zeros(3, np.float32)
    >>> decode(np.float32([0, 5, 0]), np.float32([0, 0, 4]), np.ones(3, bool), longest=2, count=1)
    [PieceSpan(first=1, last=2, score=9.0)]
    """
    pieces = len(start)
    if pieces == 0:
        return []
    width = min(longest, pieces)
    tails = np.append(heads[1:], True)
    starts = np.where(heads, start, -np.inf)
    ends = np.concatenate((np.where(tails, end, -np.inf), np.full(width - 1, -np.inf)))
    scores = starts[:, None] + np.lib.stride_tricks.sliding_window_view(ends, width)
    order = np.argsort(-scores, axis=None, kind="stable")[: count * width * 4]
    chosen: list[PieceSpan] = []
    for place in order.tolist():
        first, length = divmod(place, width)
        last = first + length
        score = float(scores[first, length])
        if score == -np.inf or len(chosen) == count:
            break
        if all(last < span.first or span.last < first for span in chosen):
            chosen.append(PieceSpan(first, last, score))
    return chosen
