"""How far figures would move on other questions of the same kind: percentile bootstrap (Efron 1979), seeded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
SEED = 0

Interval = tuple[float, float]
"""The middle 95 % of the resamples."""


def mean_interval(values: Sequence[float]) -> Interval:
    """Return how far a mean would move.

    >>> mean_interval([1.0] * 20)
    (1.0, 1.0)
    """
    sample = np.asarray(values, dtype=np.float64)
    return _middle(np.fromiter((sample[chosen].mean() for chosen in _resamples(len(sample))), dtype=np.float64))


def interval(statistic: Callable[[NDArray[np.intp]], float | None], count: int) -> Interval:
    """Return how far a statistic of ``count`` rows would move; it is given the numbers of the rows to use.

    Resamples on which it can't be formed (None) are left out.
    """
    values = (statistic(chosen) for chosen in _resamples(count))
    return _middle(np.asarray([value for value in values if value is not None]))


def _resamples(count: int) -> list[NDArray[np.intp]]:
    random = np.random.default_rng(SEED)
    return [random.integers(0, count, count) for _ in range(RESAMPLES)]


def _middle(values: NDArray[np.float64]) -> Interval:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
