"""A run as tables in a terminal."""

from __future__ import annotations

from statistics import median

from rich.console import Console
from rich.table import Table

from qa.bench.measure import Bench


def present(bench: Bench, console: Console) -> None:
    """Print what each size costs, then what a question costs in it."""
    machine = bench.machine
    console.print(f"{machine['cores']} cores, {machine['system']}, Python {machine['python']}", highlight=False)
    console.print(_sizes(bench))
    console.print(_questions(bench))


def _sizes(bench: Bench) -> Table:
    table = _table(
        "Indexing, and `qa ask` from its start to its answer",
        "Passages",
        "Build s",
        "Passages/s",
        "Index MB",
        "Start to answer s",
        "Peak MB",
    )
    for size in bench.sizes:
        build, start = size.build, size.start
        table.add_row(
            f"{build.passages:,}",
            f"{build.seconds:.1f}",
            f"{build.passages_per_second:.0f}",
            f"{build.megabytes:.1f}",
            f"{median(start.seconds):.2f}",
            "" if start.peak_megabytes is None else f"{start.peak_megabytes:.0f}",
        )
    return table


def _questions(bench: Bench) -> Table:
    stages = list(bench.sizes[0].asked[0].milliseconds)
    table = _table(
        "A question in an open engine, milliseconds (medians by stage)",
        "Passages",
        "Read at most",
        *stages,
        "p50",
        "p95",
    )
    for size in bench.sizes:
        for asked in size.asked:
            table.add_row(
                f"{asked.passages:,}",
                str(asked.top_k),
                *(f"{asked.milliseconds[stage]:.1f}" for stage in stages),
                f"{asked.p50:.0f}",
                f"{asked.p95:.0f}",
            )
    return table


def _table(title: str, *names: str) -> Table:
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(name, justify="right")
    return table
