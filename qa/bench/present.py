"""A run as tables in a terminal."""

from __future__ import annotations

from statistics import median

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from qa.bench.results import Bench


def present(bench: Bench, console: Console) -> None:
    """Print what each size costs to build, to open and to ask, and how a crowd fares."""
    machine = bench.machine
    console.print(f"{machine['cores']} cores, {machine['system']}, Python {machine['python']}\n", highlight=False)
    console.print(_builds(bench))
    if any(size.build.composed for size in bench.sizes):
        console.print("* Vectors composed of those of the sentences: reading so many passages takes hours.\n")
    console.print(_starts(bench))
    console.print(_questions(bench))
    if bench.crowds:
        console.print(_crowds(bench))


def _builds(bench: Bench) -> Table:
    table = _table("Indexing", "passages", "seconds", "embedding", "passages/s", "MB on disk", "peak MB", "vectors")
    for build in (size.build for size in bench.sizes):
        table.add_row(
            f"{build.passages:,}{'*' if build.composed else ''}",
            f"{build.seconds:.1f}",
            f"{build.embedding_seconds:.1f}",
            f"{build.passages_per_second:,.0f}",
            f"{build.megabytes:,.1f}",
            _number(build.peak_megabytes),
            build.vectors,
        )
    return table


def _starts(bench: Bench) -> Table:
    table = _table(
        "`qa ask`, from its start to its answer", "passages", "seconds", "peak MB", "of which opening s", "recall@10"
    )
    for size in bench.sizes:
        table.add_row(
            f"{size.build.passages:,}",
            f"{median(size.start.seconds):.2f}",
            _number(size.start.peak_megabytes),
            f"{size.open_seconds:.2f}",
            f"{size.recall_at_10:.3f}",
        )
    return table


def _questions(bench: Bench) -> Table:
    stages = list(bench.sizes[0].asked[0].milliseconds)
    title = "A question in an open engine, milliseconds: medians by stage, then retrieval and all of it"
    table = _table(title, "passages", "top k", *stages, "p50", "p95", "p50", "p95")
    for size in bench.sizes:
        for asked in size.asked:
            table.add_row(
                f"{asked.passages:,}",
                str(asked.top_k),
                *(f"{asked.milliseconds[stage]:.1f}" for stage in stages),
                f"{asked.retrieve_p50:.1f}",
                f"{asked.retrieve_p95:.1f}",
                f"{asked.p50:.0f}",
                f"{asked.p95:.0f}",
            )
    return table


def _crowds(bench: Bench) -> Table:
    names = ("people", "questions", "errors", "other answers", "per second", "p50 ms", "p95 ms", "MB before", "after")
    table = _table("People at once, over HTTP", *names)
    for crowd in bench.crowds:
        before, after = crowd.megabytes or (None, None)
        table.add_row(
            *(f"{number:,}" for number in (crowd.people, crowd.questions, crowd.errors, crowd.differing)),
            f"{crowd.per_second:.1f}",
            *(f"{value:,.0f}" for value in (crowd.p50, crowd.p95)),
            _number(before),
            _number(after),
        )
    return table


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _table(title: str, *names: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in names:
        table.add_column(name, justify="right")
    return table
