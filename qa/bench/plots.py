"""How the figures of a run grow with the corpus, as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from qa.bench.results import Bench
from qa.errors import MissingExtra, SettingsError


def plot(bench: Bench, file: Path) -> None:
    """Draw building, disk and memory, time and recall over the number of passages; the suffix chooses the format."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("matplotlib", "report") from None
    sizes = sorted(bench.sizes, key=lambda size: size.build.passages)
    passages = [size.build.passages for size in sizes]
    last = [size.asked[-1] for size in sizes]
    figure = Figure(figsize=(9, 6), layout="constrained")
    building, space, time, recall = figure.subplots(2, 2).flat
    rest = [size.build.seconds - size.build.embedding_seconds for size in sizes]
    _lines(building, "Building without embedding, seconds", passages, {"": rest})
    _lines(
        space,
        "Megabytes",
        passages,
        {
            "on disk": [size.build.megabytes for size in sizes],
            "memory of qa ask": [size.start.peak_megabytes for size in sizes],
        },
    )
    _lines(
        time,
        "Milliseconds",
        passages,
        {
            "start to answer": [1000 * median(size.start.seconds) for size in sizes],
            "answer, p50": [asked.p50 for asked in last],
            "retrieval, p95": [asked.retrieve_p95 for asked in last],
            "retrieval, p50": [asked.retrieve_p50 for asked in last],
        },
    )
    _lines(recall, "Recall@10 against exact search", passages, {"": [size.recall_at_10 for size in sizes]})
    recall.set_yscale("linear")
    recall.set_ylim(0.9, 1.005)
    try:
        figure.savefig(file, dpi=110)
    except (OSError, ValueError) as error:
        raise SettingsError(f"The picture can't be written to {file}: {error}") from error


def _lines(axes: Any, title: str, passages: Sequence[int], lines: dict[str, Sequence[float | None]]) -> None:
    for name, values in lines.items():
        axes.plot(passages, [float("nan") if value is None else value for value in values], marker="o", label=name)
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.grid(visible=True, alpha=0.3)
    if len(lines) > 1:
        axes.legend(fontsize=8)
    axes.set_xlabel("passages")
