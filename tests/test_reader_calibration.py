from __future__ import annotations

import math
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reader.calibration import Calibration, Evidence, probability

PLATT = Calibration(margin=0.5, relevance=0.25, bias=-1.0, threshold=0.4)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_probability_rises_with_the_log_odds(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= probability(low) <= probability(high) <= 1
    assert probability(-low) == pytest.approx(1 - probability(low))


def test_probability_is_the_logistic_function() -> None:
    assert probability(math.log(3)) == pytest.approx(0.75)
    assert probability(-30) == pytest.approx(math.exp(-30), rel=1e-3)


def test_log_odds_weigh_each_evidence() -> None:
    assert PLATT.log_odds(Evidence(margin=4.0, relevance=-2.0)) == 0.5


def test_a_calibration_is_read_back_as_written() -> None:
    assert Calibration.from_dict(asdict(PLATT)) == PLATT
    for wrong in ({"margin": 1.0}, asdict(PLATT) | {"slope": 1.0}):
        with pytest.raises(TypeError):
            Calibration.from_dict(wrong)
