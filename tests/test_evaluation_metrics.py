from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa.evaluation.metrics import (
    abstention,
    auroc,
    exact,
    expected_calibration_error,
    f1,
    mean_reciprocal_rank,
    normalize_answer,
    recall_at,
    risk_coverage_area,
    score_squad,
)


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("Dec. 20", "dec 20"),
        ("The mayor's AN a the", "mayors"),
        ("theatre and another", "theatre and another"),
        ("two-hour\t meeting\n", "twohour meeting"),
        ("the mayor’s", "mayor’s"),
        ("“professional”", "“professional”"),
        ("a. b", "b"),
        ("...", ""),
    ],
)
def test_normalization_drops_case_ascii_punctuation_articles_and_white_space(text: str, normalized: str) -> None:
    assert normalize_answer(text) == normalized


def test_exact_takes_the_best_gold() -> None:
    assert exact("Queens", ["in Queens", "queens!"]) == 1
    assert exact("Queens", ["in Queens"]) == 0


def test_f1_counts_repeated_words_once_for_each_time_they_occur() -> None:
    # 1 shared word: precision 1/2, recall 1/3.
    assert f1("two two", ["two brave officers"]) == pytest.approx(0.4)
    assert f1("Queens", ["Brooklyn"]) == 0


def test_f1_takes_the_best_gold() -> None:
    # Against "Rafael Ramos": precision 2/3, recall 1. Against "Ramos": precision 1/3, recall 1.
    assert f1("Officer Rafael Ramos", ["Ramos", "Rafael Ramos"]) == pytest.approx(0.8)


def test_a_question_without_answer_is_right_only_when_nothing_is_said() -> None:
    assert (exact("", []), f1("", [])) == (1, 1)
    assert (exact("Queens", []), f1("Queens", [])) == (0, 0)
    assert (exact("", ["Queens"]), f1("", ["Queens"])) == (0, 0)


def test_a_gold_of_articles_only_counts_as_none() -> None:
    assert exact("Queens", ["the", "Queens"]) == 1
    assert exact("", ["the", "Queens"]) == 0
    assert f1("the", ["the"]) == 1


GOLDS = {"a": ["Rafael Ramos"], "b": ["Queens"], "c": [], "d": []}
PREDICTIONS = {"a": "Officer Rafael Ramos", "b": "Queens", "c": "Brooklyn", "d": ""}


def test_scores_without_probabilities() -> None:
    assert score_squad(GOLDS, PREDICTIONS).to_dict() == pytest.approx(
        {
            "exact": 50.0,
            "f1": 70.0,
            "total": 4,
            "HasAns_exact": 50.0,
            "HasAns_f1": 90.0,
            "HasAns_total": 2,
            "NoAns_exact": 50.0,
            "NoAns_f1": 50.0,
            "NoAns_total": 2,
        }
    )


def test_a_no_answer_probability_above_the_threshold_abstains() -> None:
    na_probs = {"a": 0.1, "b": 0.6, "c": 0.7, "d": 0.5}
    scores = score_squad(GOLDS, PREDICTIONS, na_probs, na_prob_thresh=0.6)
    assert scores.has_answer is not None
    assert scores.no_answer is not None
    assert (scores.has_answer.exact, scores.has_answer.f1) == (50, pytest.approx(90)), "0.6 is not above 0.6"
    assert (scores.no_answer.exact, scores.no_answer.f1) == (100, 100), "c abstains now"


def test_the_sweep_finds_the_best_threshold() -> None:
    na_probs = {"a": 0.1, "b": 0.6, "c": 0.4, "d": 0.9}
    scores = score_squad(GOLDS, PREDICTIONS, na_probs)
    # Start: 2 right by silence. F1: a +0.8 = 2.8 (best), c -1 = 1.8, b +1 = 2.8 (no better), d ±0.
    assert (scores.best_f1, scores.best_f1_thresh) == (pytest.approx(70), 0.1)
    # Exact: a ±0 = 2, c -1 = 1, b +1 = 2: silence stays best.
    assert (scores.best_exact, scores.best_exact_thresh) == (50, 0.0)


def test_scores_of_one_kind_of_question_only() -> None:
    assert score_squad({"b": ["Queens"]}, {"b": "Queens"}).no_answer is None
    assert "HasAns_exact" not in score_squad({"d": []}, {"d": ""}).to_dict()


def test_no_question_is_an_error() -> None:
    with pytest.raises(ValueError, match="no question"):
        score_squad({}, {})


def test_auroc_counts_a_tie_as_half() -> None:
    # Pairs of one positive, one negative: .5 > .1, .5 = .5, .9 > .1, .9 > .5.
    assert auroc([0.1, 0.5, 0.5, 0.9], [False, False, True, True]) == 3.5 / 4
    assert auroc([0.3, 0.3, 0.3], [True, False, False]) == 0.5
    assert auroc([0.2, 0.8], [True, False]) == 0
    assert auroc([0.2, 0.8], [True, True]) is None


def test_calibration_error_weighs_bins_by_their_size() -> None:
    # [0.0, 0.1): 3 at 0.05, none right: 0.05. [0.9, 1.0]: 1 at 1.0, wrong: 1.
    assert expected_calibration_error([0.05, 0.05, 0.05, 1.0], [False] * 4) == pytest.approx((3 * 0.05 + 1) / 4)
    # Within one bin, errors of both signs cancel.
    assert expected_calibration_error([0.55, 0.55], [True, False]) == pytest.approx(0.05)
    # 0.3 opens a bin: with 0.2 in another, the errors don't cancel.
    assert expected_calibration_error([0.2, 0.3], [True, False]) == pytest.approx((0.8 + 0.3) / 2)


def test_risk_coverage_does_not_depend_on_the_order_of_ties() -> None:
    # Errors 0, then a tie of one wrong and one right: risks 0, 0.5 / 2, 1 / 3.
    expected = (0 + 0.25 + 1 / 3) / 3
    assert risk_coverage_area([0.9, 0.4, 0.4], [True, False, True]) == pytest.approx(expected)
    assert risk_coverage_area([0.4, 0.9, 0.4], [True, True, False]) == pytest.approx(expected)


def test_recall_and_reciprocal_rank() -> None:
    ranks = [1, None, 2, 5]
    assert [recall_at(ranks, k) for k in (1, 2, 5)] == [0.25, 0.5, 0.75]
    assert mean_reciprocal_rank(ranks) == pytest.approx((1 + 0 + 1 / 2 + 1 / 5) / 4)


def test_abstention_without_a_case() -> None:
    assert abstention(set(), {"a"}) == (None, 0)
    assert abstention({"a"}, set()) == (0, None)


RECORDED = json.loads(Path(__file__).with_name("squad_official.json").read_text(encoding="utf-8"))
"""Made predictions with what the rules of SQuAD's evaluate-v2.0 say of them, recorded once."""


@pytest.mark.parametrize("run", RECORDED["runs"], ids=lambda run: f"threshold {run['threshold']}")
def test_scores_are_those_recorded_from_the_official_rules(run: dict[str, Any]) -> None:
    na_probs = RECORDED["na_probs"] if run["na_probs"] else None
    scores = score_squad(RECORDED["golds"], RECORDED["predictions"], na_probs, run["threshold"])
    assert scores.to_dict() == pytest.approx(run["scores"], abs=1e-9)
