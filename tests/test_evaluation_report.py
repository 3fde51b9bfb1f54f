from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from qa.evaluation.judge import judge, stands
from qa.evaluation.present import present
from qa.evaluation.questions import Question
from qa.evaluation.report import Row, summarize
from qa.types import Alternative, Answer, Citation, Document, Hit, Passage

MEETING = Document(
    "meeting.txt",
    "Talks failed. The two sides met in Queens on Tuesday.",
    "Talks failed",
    sources=("meeting.txt", "copy.txt"),
)
FUNERAL = Document("funeral.txt", "The service was held in Brooklyn.", "The service")
DOCUMENTS = {document.id: document for document in (MEETING, FUNERAL)}
WHERE = Question("where", "Where did they meet?", ("Queens", "in Queens"), ("meeting.txt",), "where")
WHY = Question("why", "Why did they meet?", type="why")


def cite(document: Document, text: str) -> Citation:
    start = document.text.index(text)
    return Citation(1, document.id, document.title, start, start + len(text), text, document.text, 0, 0.9)


def hit(document: Document, start: int = 0, *, read: bool = True) -> Hit:
    text = document.text[start:]
    return Hit(Passage(document.id, start, len(document.text), text, (start,)), 1.0, read=read)


def answered(text: str, document: Document = MEETING, confidence: float = 0.9, hits: tuple[Hit, ...] = ()) -> Answer:
    return Answer("?", text, confidence, (cite(document, text),), (), hits or (hit(FUNERAL), hit(MEETING)))


def refused(text: str, document: Document = MEETING, confidence: float = 0.2, hits: tuple[Hit, ...] = ()) -> Answer:
    alternative = Alternative(text, confidence, (cite(document, text),))
    return Answer("?", None, confidence, (), (alternative,), hits or (hit(FUNERAL), hit(MEETING)))


def row(question: Question, answer: Answer, *, abstain: bool = True, retrieved: bool = True) -> Row:
    return judge(question, answer, DOCUMENTS.__getitem__, abstain=abstain, retrieved=retrieved, seconds=0.1)


@pytest.mark.parametrize(
    ("question", "answer", "failure"),
    [
        (WHERE, answered("Queens"), None),
        (WHERE, answered("Queens on Tuesday"), "inexact"),
        (WHERE, answered("Tuesday"), "not chosen"),
        (WHERE, answered("Brooklyn", FUNERAL, hits=(hit(FUNERAL),)), "not retrieved"),
        (WHERE, refused("Queens"), "wrongly abstained"),
        (WHERE, refused("Brooklyn", FUNERAL, hits=(hit(FUNERAL),)), "not retrieved"),
        (WHERE, answered("Brooklyn", FUNERAL, hits=(hit(FUNERAL), hit(MEETING, read=False))), "not read"),
        (WHERE, refused("Tuesday", hits=(hit(MEETING, MEETING.text.index("Tuesday")),)), "not retrieved"),
        (WHY, refused("Queens"), None),
        (WHY, answered("Queens"), "wrongly answered"),
    ],
)
def test_the_stage_that_failed_is_named(question: Question, answer: Answer, failure: str | None) -> None:
    assert row(question, answer).failure == failure


def test_a_passage_with_the_answer_in_an_article_that_does_not_support_it_is_no_support() -> None:
    elsewhere = replace(WHERE, answers=("in",), docs=("meeting.txt",))
    assert row(elsewhere, refused("Brooklyn", FUNERAL, hits=(hit(FUNERAL),))).failure == "not retrieved"
    assert (
        row(replace(elsewhere, docs=()), refused("Brooklyn", FUNERAL, hits=(hit(FUNERAL),))).failure
        == "wrongly abstained"
    )


def test_the_rank_is_that_of_the_first_hit_with_an_answer_in_a_supporting_article_under_any_of_its_names() -> None:
    assert row(WHERE, answered("Queens")).rank == 2
    assert row(replace(WHERE, docs=("copy.txt",)), answered("Queens")).rank == 2
    assert row(replace(WHERE, docs=("other.txt",)), answered("Queens")).rank is None
    assert row(replace(WHERE, docs=()), answered("Queens")).rank == 2
    assert row(replace(WHERE, answers=("Bronx",)), answered("Queens")).rank is None


def test_without_abstaining_the_refused_candidate_counts() -> None:
    assert row(WHERE, refused("Queens")).answer is None
    forced = row(WHERE, refused("Queens"), abstain=False)
    assert (forced.answer, forced.exact, forced.f1, forced.failure) == ("Queens", 1, 1, None)
    assert row(WHERE, Answer("?", None, 0.0), abstain=False).answer is None


def test_when_the_right_passage_was_handed_over_nothing_counts_as_retrieved() -> None:
    alone = row(WHERE, refused("Tuesday", hits=()), retrieved=False)
    assert (alone.rank, alone.hits, alone.failure) == (None, (), "wrongly abstained")


@pytest.mark.parametrize(
    "change",
    [
        {"start": 1},
        {"end": 3},
        {"text": "queens"},
        {"context_start": 1},
        {"context": "Talks failed! The two sides met in Queens on Tuesday."},
        {"context": "Talks failed."},
    ],
)
def test_a_citation_off_by_anything_does_not_stand(change: dict[str, object]) -> None:
    citation = cite(MEETING, "Queens")
    assert stands(citation, MEETING)
    assert not stands(replace(citation, **change), MEETING)  # type: ignore[arg-type]


ROWS = (
    row(WHERE, answered("Queens")),
    row(replace(WHERE, id="refused"), refused("Queens", confidence=0.4)),
    row(replace(WHERE, id="wrong", question="Which day was it?", type=None), answered("Tuesday", confidence=0.6)),
    row(WHY, refused("Brooklyn", FUNERAL)),
    row(replace(WHY, id="fooled"), answered("Brooklyn", FUNERAL, confidence=0.5)),
)


def test_the_report_adds_the_rows_up() -> None:
    report = summarize(ROWS)
    values = report.to_dict()
    assert (values["exact"], values["HasAns_exact"], values["NoAns_exact"]) == (40, pytest.approx(100 / 3), 50)
    # 2 by silence; sweep: 0.9 +1 = 3 (best), 0.6 ±0, 0.5 -1 = 2, 0.4 +1 = 3 (no better), 0.2 -1.
    assert (values["best_f1"], values["best_f1_thresh"]) == (60, pytest.approx(0.1))
    assert report.abstention_precision == 0.5
    assert report.abstention_recall == 0.5
    assert report.auroc == 5 / 6, "0.4 is outscored by 0.5"
    # Only 0.9 and 0.4 are right; every candidate is alone in its bin.
    assert report.calibration_error == pytest.approx((0.1 + 0.6 + 0.6 + 0.2 + 0.5) / 5)
    assert report.risk_coverage == pytest.approx((0 + 1 / 2 + 2 / 3 + 2 / 4 + 3 / 5) / 5)
    assert report.recall == {1: 0.0}
    assert report.mrr == 0.5
    assert report.citation_exactness == 1
    assert report.seconds_p95 == pytest.approx(0.1)
    assert {type_: (share.exact, share.total) for type_, share in report.types.items()} == {
        "where": (50, 2),
        "why": (50, 2),
        "when": (0, 1),
    }
    assert report.run()["where"] == {"funeral.txt": 1.0, "meeting.txt": 0.5}
    assert report.shares()["f1"] == pytest.approx(values["f1"] / 100)
    assert report.shares()["recall@1"] == 0
    for name, (low, high) in report.intervals.items():
        assert low <= float(values[name]) <= high, name
    assert report.failures == {"wrongly abstained": 1, "not chosen": 1, "wrongly answered": 1}


def test_a_citation_that_does_not_stand_shows_in_the_report() -> None:
    off = replace(cite(MEETING, "Queens"), start=0)
    answer = replace(answered("Queens"), citations=(off, cite(MEETING, "Queens")))
    assert summarize([row(WHERE, answer)]).citation_exactness == 0.5


def test_the_report_is_json_and_its_predictions_are_those_of_squad(tmp_path: Path) -> None:
    report = summarize(ROWS)
    copy = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert [hit["document"] for hit in copy["rows"][0]["hits"]] == ["funeral.txt", "meeting.txt"]
    quote = copy["rows"][0]["cited"][0]
    assert MEETING.text[quote["start"] : quote["end"]] == "Queens"
    report.write_predictions(tmp_path / "predictions.json")
    written = json.loads((tmp_path / "predictions.json").read_text(encoding="utf-8"))
    assert written == {"where": "Queens", "refused": "", "wrong": "Tuesday", "why": "", "fooled": "Brooklyn"}


def test_tables_show_figures_types_and_failures_without_reading_markup() -> None:
    hostile = row(replace(WHY, id="hostile", question="Why [bold]this[/bold]?", type="[red]"), answered("Queens"))
    console = Console(file=io.StringIO(), width=120)
    present(summarize([hostile, ROWS[0]]), console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for expected in (
        "2 questions",
        "Exact match",
        "50.0",
        "1.000",
        "[red]",
        "wrongly answered",
        "Why [bold]this[/bold]?",
    ):
        assert expected in shown
