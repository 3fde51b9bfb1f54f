from __future__ import annotations

import numpy as np
import pytest

from qa.evaluation.bootstrap import interval, mean_interval


def test_the_interval_of_a_mean_is_as_wide_as_the_theory_says() -> None:
    values = [1.0] * 300 + [0.0] * 100
    low, high = mean_interval(values)
    # 1.96 standard errors to each side of 0.75: sqrt(0.75 * 0.25 / 400).
    assert low == pytest.approx(0.75 - 0.0424, abs=0.006)
    assert high == pytest.approx(0.75 + 0.0424, abs=0.006)


def test_the_same_figures_come_out_each_time() -> None:
    values = np.random.default_rng(7).random(50).tolist()
    assert mean_interval(values) == mean_interval(values)


def test_any_statistic_has_one_and_resamples_without_it_are_left_out() -> None:
    values = np.asarray([0.0, 1.0])

    def largest_of_mixed(chosen: np.ndarray) -> float | None:
        drawn = values[chosen]
        return None if drawn.min() == drawn.max() else float(drawn.max())

    assert interval(largest_of_mixed, 2) == (1.0, 1.0)
