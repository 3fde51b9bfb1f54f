from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from test_evaluation_report import ROWS, WHERE, WHY, answered, row

from qa.evaluation import write_page
from qa.evaluation.plots import plot, reliability, risk_coverage
from qa.evaluation.report import summarize

pytest.importorskip("matplotlib")


def test_the_page_stands_alone_and_shows_every_question(tmp_path: Path) -> None:
    page = write_page(summarize(ROWS), tmp_path / "new" / "report", "A <title>")
    html = page.read_text(encoding="utf-8")
    assert {path.name for path in page.parent.iterdir()} == {
        "index.html",
        "recall.png",
        "reliability.png",
        "risk-coverage.png",
        "latency.png",
        "f1-by-type.png",
    }
    assert "A &lt;title&gt;" in html
    assert html.count("data-failure=") == len(ROWS)
    assert html.count("data:image/png;base64,") == 5
    assert not re.search(r"(src|href)=\"(?!data:)", html), "nothing is fetched"
    assert "wrongly abstained (1)" in html
    assert "refused: Queens" in html


def test_what_articles_and_people_wrote_is_escaped(tmp_path: Path) -> None:
    hostile = replace(WHY, question="<script>window.hacked = 1</script> $x^2$?", type="<img src=x> $\\frac")
    html = write_page(summarize([row(hostile, answered("Queens"))]), tmp_path, "t").read_text(encoding="utf-8")
    assert "<script>window.hacked" not in html
    assert "<img src=x>" not in html


def test_a_curve_that_the_questions_do_not_allow_is_left_out() -> None:
    alone = summarize([row(WHERE, answered("Queens"), retrieved=False)])
    assert set(plot(alone)) == {"reliability", "risk-coverage", "latency", "f1-by-type"}


def test_bins_and_curve_add_up() -> None:
    # 0.9 right, 0.6 wrong, 0.5 and 0.2 wrong as there is nothing to say, 0.4 right but refused.
    bins = reliability(ROWS)
    assert [each.count for each in bins] == [1, 1, 1, 1, 1]
    assert [each.right for each in bins] == [0, 1, 0, 0, 1]
    coverage, risk = risk_coverage(ROWS)
    assert coverage == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert risk == pytest.approx([0, 1 / 2, 2 / 3, 2 / 4, 3 / 5])
