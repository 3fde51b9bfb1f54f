from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from test_evaluation_report import ROWS, WHERE, answered, refused, row

from qa.errors import QuestionSetError
from qa.evaluation import Report, compare, present_comparison, read_outcomes
from qa.evaluation.report import summarize


def saved(report: Report, path: Path) -> Path:
    path.write_text(json.dumps(report.to_dict()), encoding="utf-8")
    return path


def test_a_run_against_itself_has_not_changed(tmp_path: Path) -> None:
    report = summarize(ROWS)
    same = compare(report, read_outcomes(saved(report, tmp_path / "run.json")))
    assert (same.shared, same.changes) == (5, ())
    assert same.f1.interval == (0, 0)
    assert not same.f1.is_clear


def test_the_difference_is_that_of_the_questions_both_were_asked(tmp_path: Path) -> None:
    questions = [replace(WHERE, id=str(number)) for number in range(40)]
    before = summarize([row(question, refused("Queens")) for question in questions])
    rows = [row(question, answered("Queens")) for question in questions[:30]]
    now = summarize([*rows, row(replace(WHERE, id="new"), refused("Queens"))])
    found = compare(now, read_outcomes(saved(before, tmp_path / "run.json")))
    assert (found.shared, found.f1.before, found.f1.after) == (30, 0, 100)
    assert found.exact.interval == (100, 100)
    assert found.f1.is_clear
    assert len(found.changes) == 30


def test_what_was_lost_comes_first_and_the_tables_read_no_markup(tmp_path: Path) -> None:
    hostile = replace(WHERE, id="hostile", question="Where [bold]else[/bold]?")
    before = summarize([row(WHERE, refused("Queens")), row(hostile, answered("Queens"))])
    now = summarize([row(WHERE, answered("Queens")), row(hostile, refused("Queens"))])
    found = compare(now, read_outcomes(saved(before, tmp_path / "run.json")))
    assert [change.question for change in found.changes] == [hostile.question, WHERE.question]
    console = Console(file=io.StringIO(), width=120)
    present_comparison(found, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for expected in ("1 lost", "1 gained", "may be chance", "Where [bold]else[/bold]?"):
        assert expected in shown


@pytest.mark.parametrize("content", ["", "[]", '{"rows": [{"id": "a"}]}', '{"rows": [{"id": 1, "answer": 2}]}', "\xff"])
def test_what_is_no_run_is_named(content: str, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(QuestionSetError, match=r"run\.json: not what `qa evaluate --json` prints"):
        read_outcomes(path)


def test_runs_over_other_questions_can_not_be_compared(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match="share no question"):
        compare(summarize(ROWS), {})
    with pytest.raises(QuestionSetError, match=r"`qa evaluate --json > .*none\.json`"):
        read_outcomes(tmp_path / "none.json")
