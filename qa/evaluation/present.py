"""Reports as tables in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from qa.evaluation.beir import Ranking
from qa.evaluation.compare import Comparison, Difference
from qa.evaluation.report import Report

CHANGES = 20
"""Changed questions that are listed, of those that lost and of those that gained."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Hold one line of a report, as it is printed."""

    name: str
    value: str
    interval: str = ""


def figures(report: Report) -> list[Figure]:
    """Return the figures of a report, those that can be formed."""
    return list(_figures(report))


def present(report: Report, console: Console) -> None:
    """Print the figures of a report, then its scores by question type and the stages that failed."""
    table = _table(f"{report.scores.overall.total} questions", "Measure", "Value", "95 %")
    for figure in figures(report):
        table.add_row(figure.name, figure.value, figure.interval)
    console.print(table)
    console.print(_types(report))
    if report.failures:
        console.print(_failures(report))


def present_comparison(comparison: Comparison, console: Console) -> None:
    """Print two runs side by side, then the questions that changed."""
    table = _table(f"{comparison.shared} questions that both were asked", "Measure", "Before", "Now", "Change", "95 %")
    for name, difference in (("Exact match", comparison.exact), ("F1", comparison.f1)):
        table.add_row(name, f"{difference.before:.1f}", f"{difference.after:.1f}", *_changed(difference))
    console.print(table)
    lost = [change for change in comparison.changes if change.after.f1 < change.before.f1]
    gained = [change for change in comparison.changes if change.after.f1 > change.before.f1][::-1]
    level = len(comparison.changes) - len(lost) - len(gained)
    for title, changes in ((f"{len(lost)} lost", lost), (f"{len(gained)} gained", gained)):
        if changes:
            table = Table("Question", "Before", "Now", "Right would be", title=title, title_justify="left")
            for change in changes[:CHANGES]:
                answers = (change.before.answer or "none", change.after.answer or "none", change.gold[:1] or ("none",))
                table.add_row(*map(Text, (change.question, *answers[:2], answers[2][0])))
            console.print(table)
    if level:
        console.print(f"{level} more are answered in other words, and score the same.")


def present_ranking(ranking: Ranking, console: Console) -> None:
    """Print how good a retrieval is."""
    table = _table(f"{len(ranking.run)} questions, retrieval alone", "Measure", "Value")
    for name, value in ranking.measures.items():
        table.add_row(name, f"{value:.3f}")
    table.add_row("Seconds, median", f"{ranking.seconds_p50:.3f}")
    table.add_row("Seconds, 95th percentile", f"{ranking.seconds_p95:.3f}")
    console.print(table)


def _figures(report: Report) -> Iterator[Figure]:
    scores, spread = report.scores, report.intervals

    def percent(name: str, value: float, key: str) -> Figure:
        low, high = spread[key]
        return Figure(name, f"{value:.1f}", f"{low:.1f} to {high:.1f}")

    yield percent("Exact match", scores.overall.exact, "exact")
    yield percent("F1", scores.overall.f1, "f1")
    kinds = (("answerable", "HasAns_", scores.has_answer), ("not answerable", "NoAns_", scores.no_answer))
    for name, prefix, share in kinds:
        if share is not None:
            yield percent(f"  {name} ({share.total}): exact match", share.exact, f"{prefix}exact")
            yield percent(f"  {name} ({share.total}): F1", share.f1, f"{prefix}f1")
    if scores.best_f1 is not None and scores.best_f1_thresh is not None:
        yield Figure(f"Best F1, answering from {1 - scores.best_f1_thresh:.3f}", f"{scores.best_f1:.1f}")
    fractions = {
        "Answerable or not (AUROC)": ("auroc", report.auroc),
        "Abstention precision": ("abstention_precision", report.abstention_precision),
        "Abstention recall": ("abstention_recall", report.abstention_recall),
        "Calibration error (ECE)": ("calibration_error", report.calibration_error),
        "Risk-coverage area": ("risk_coverage", report.risk_coverage),
        **{f"Passage recall@{k}": (f"recall@{k}", value) for k, value in report.recall.items()},
        "Passage MRR": ("mrr", report.mrr),
        "Citations that stand": ("citation_exactness", report.citation_exactness),
    }
    for name, (key, fraction) in fractions.items():
        if fraction is not None:
            low_high = "{:.3f} to {:.3f}".format(*spread[key]) if key in spread else ""
            yield Figure(name, f"{fraction:.3f}", low_high)
    yield Figure("Seconds, median", f"{report.seconds_p50:.3f}")
    yield Figure("Seconds, 95th percentile", f"{report.seconds_p95:.3f}")


def _types(report: Report) -> Table:
    table = _table("By type of question", "Type", "Questions", "Exact match", "F1")
    for type_, share in sorted(report.types.items(), key=lambda item: -item[1].total):
        table.add_row(Text(type_), str(share.total), f"{share.exact:.1f}", f"{share.f1:.1f}")
    return table


def _failures(report: Report) -> Table:
    table = _table("What went wrong", "Failed", "Questions")
    table.add_column("For example", overflow="fold")
    for failure, count in report.failures.items():
        row = next(row for row in report.rows if row.failure == failure)
        table.add_row(failure, str(count), Text(f"{row.question} -> {row.answer or 'no answer'}"))
    return table


def _changed(difference: Difference) -> tuple[str, str]:
    low, high = difference.interval
    clear = "" if difference.is_clear else " (may be chance)"
    return f"{difference.after - difference.before:+.1f}", f"{low:+.1f} to {high:+.1f}{clear}"


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(first, title=title, title_justify="left")
    for name in others:
        table.add_column(name, justify="right")
    return table
