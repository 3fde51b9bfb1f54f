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

    ``start`` and ``end`` are [pieces] of the passage alone; ``heads`` is true where a word begins, and may
    also say so of the piece after the last. Of equal scores the earlier, then the shorter span wins.

    >>> zero = np.zeros(3, np.float32)
    >>> decode(np.float32([0, 5, 0]), np.float32([0, 0, 4]), np.ones(3, bool), longest=2, count=1)
    [PieceSpan(first=1, last=2, score=9.0)]
    """
    pieces = len(start)
    if pieces == 0:
        return []
    width = min(longest, pieces)
    tails = np.append(heads, True)[1 : pieces + 1]
    starts = np.where(heads[:pieces], start, -np.inf)
    ends = np.concatenate((np.where(tails, end, -np.inf), np.full(width - 1, -np.inf)))
    scores = starts[:, None] + np.lib.stride_tricks.sliding_window_view(ends, width)
    chosen: list[PieceSpan] = []
    while len(chosen) < count:
        first, length = divmod(int(scores.argmax()), width)
        last, score = first + length, float(scores[first, length])
        if score == -np.inf:
            break
        chosen.append(PieceSpan(first, last, score))
        scores[first : last + 1] = -np.inf
        for before in range(max(0, first - width + 1), first):
            scores[before, first - before :] = -np.inf
    return chosen
