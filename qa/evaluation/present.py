"""A report as tables in a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from qa.evaluation.report import Report


def present(report: Report, console: Console) -> None:
    """Print the figures of a report, then its scores by question type and the stages that failed."""
    console.print(_figures(report))
    if report.types:
        console.print(_types(report))
    if report.failures:
        console.print(_failures(report))


def _figures(report: Report) -> Table:
    scores = report.scores
    table = Table("Measure", title=f"{scores.overall.total} questions", title_justify="left")
    table.add_column("Value", justify="right")
    table.add_row("Exact match", f"{scores.overall.exact:.1f}")
    table.add_row("F1", f"{scores.overall.f1:.1f}")
    for name, share in (("answerable", scores.has_answer), ("not answerable", scores.no_answer)):
        if share is not None:
            table.add_row(f"  {name} ({share.total}): exact match", f"{share.exact:.1f}")
            table.add_row(f"  {name} ({share.total}): F1", f"{share.f1:.1f}")
    if scores.best_f1 is not None and scores.best_f1_thresh is not None:
        table.add_row(f"Best F1, answering from {1 - scores.best_f1_thresh:.3f}", f"{scores.best_f1:.1f}")
    table.add_section()
    fractions = {
        "Answerable or not (AUROC)": report.auroc,
        "Abstention precision": report.abstention_precision,
        "Abstention recall": report.abstention_recall,
        "Calibration error (ECE)": report.calibration_error,
        "Risk-coverage area": report.risk_coverage,
        **{f"Retrieval recall@{k}": value for k, value in report.recall.items()},
        "Retrieval MRR": report.mrr,
        "Citations that stand": report.citation_exactness,
    }
    for name, fraction in fractions.items():
        if fraction is not None:
            table.add_row(name, f"{fraction:.3f}")
    table.add_section()
    table.add_row("Seconds, median", f"{report.seconds_p50:.3f}")
    table.add_row("Seconds, 95th percentile", f"{report.seconds_p95:.3f}")
    return table


def _types(report: Report) -> Table:
    table = Table("Type", title="By type of question", title_justify="left")
    for name in ("Questions", "Exact match", "F1"):
        table.add_column(name, justify="right")
    for type_, share in report.types.items():
        table.add_row(Text(type_), str(share.total), f"{share.exact:.1f}", f"{share.f1:.1f}")
    return table


def _failures(report: Report) -> Table:
    table = Table("Failed", title="What went wrong", title_justify="left")
    table.add_column("Questions", justify="right")
    table.add_column("For example", overflow="fold")
    for failure, count in report.failures.items():
        row = next(row for row in report.rows if row.failure == failure)
        table.add_row(failure, str(count), Text(f"{row.question} -> {row.answer or 'no answer'}"))
    return table
