from __future__ import annotations

import random
from pathlib import Path

import pytest

from qa.evaluation.metrics import mean_reciprocal_rank, recall_at
from qa.evaluation.retrieval import measure, write_run


def test_recall_and_mrr_of_first_ranks_are_those_of_ir_measures() -> None:
    chance = random.Random(3)
    ranks = [chance.choice([None, *range(1, 9)]) for _ in range(60)]
    qrels = {str(number): {"right": 1} for number in range(len(ranks))}
    run = {
        str(number): {("right" if place == rank else f"other{place}"): 1 / place for place in range(1, 9)}
        for number, rank in enumerate(ranks)
    }
    found = measure(qrels, run, ["Success@1", "Success@3", "Success@8", "RR"])
    assert [found["Success@1"], found["Success@3"], found["Success@8"], found["RR"]] == pytest.approx(
        [recall_at(ranks, 1), recall_at(ranks, 3), recall_at(ranks, 8), mean_reciprocal_rank(ranks)]
    )


def test_a_question_without_a_ranking_counts_nothing() -> None:
    assert measure({"a": {"x": 1}, "b": {"y": 1}}, {"a": {"x": 1.0}}, ["R@1"]) == {"R@1": 0.5}


def test_a_run_is_trec_s_and_ids_hold_no_white_space(tmp_path: Path) -> None:
    write_run(tmp_path / "run.txt", {"q 1": {"low.txt": 0.25, "my article.txt": 0.5}})
    assert (tmp_path / "run.txt").read_text().splitlines() == [
        "q%201 Q0 my%20article.txt 1 0.500000 qa",
        "q%201 Q0 low.txt 2 0.250000 qa",
    ]
