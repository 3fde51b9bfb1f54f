"""The curves of a report, as PNGs; needs matplotlib, of the extra ``report``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from qa.errors import MissingExtra

if TYPE_CHECKING:
    from qa.evaluation.report import Report, Row

INK, SOFT, ACCENT = "#1f2424", "#8a9494", "#14595f"
BINS = 10


def plot(report: Report) -> dict[str, bytes]:
    """Return the PNGs by name; a curve that the questions don't allow is left out."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("matplotlib", "report") from error
    drawn: dict[str, bytes] = {}
    curves: dict[str, Callable[[Any, Report], bool]] = {
        "recall": _recall,
        "reliability": _reliability,
        "risk-coverage": _risk_coverage,
        "latency": _latency,
        "f1-by-type": _types,
    }
    for name, draw in curves.items():
        figure = Figure(figsize=(4.6, 3.4), layout="constrained")
        axes = figure.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(SOFT)
        axes.tick_params(colors=INK, labelsize=9)
        if draw(axes, report):
            png = BytesIO()
            figure.savefig(png, format="png", dpi=144)
            drawn[name] = png.getvalue()
    return drawn


@dataclass(frozen=True, slots=True)
class Bin:
    """Hold the candidates of like probability."""

    probability: float
    """Their mean."""
    right: float
    """The share of them that is right."""
    count: int


def reliability(rows: Sequence[Row]) -> list[Bin]:
    """Sort candidates into bins by probability; return those bins that hold any."""
    sure = np.asarray([row.probability for row in rows])
    right = np.asarray([row.candidate_right for row in rows], dtype=np.float64)
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    chosen = [place == number for number in range(BINS)]
    return [Bin(float(sure[at].mean()), float(right[at].mean()), int(at.sum())) for at in chosen if at.any()]


def risk_coverage(rows: Sequence[Row]) -> tuple[list[float], list[float]]:
    """Return the share of questions answered and the share of those answered wrongly, the surest first."""
    ordered = sorted(rows, key=lambda row: -row.probability)
    wrong = np.cumsum([not row.candidate_right for row in ordered])
    number = np.arange(1, len(ordered) + 1)
    return (number / len(ordered)).tolist(), (wrong / number).tolist()


def _recall(axes: Any, report: Report) -> bool:
    ranks = [row.rank for row in report.rows if row.gold and row.hits]
    if not ranks:
        return False
    depths = range(1, max(len(row.hits) for row in report.rows) + 1)
    found = [sum(rank is not None and rank <= depth for rank in ranks) / len(ranks) for depth in depths]
    axes.plot(depths, found, color=ACCENT, marker="o", markersize=3)
    axes.set(xlabel="passages retrieved", ylabel="with a right answer among them", ylim=(0, 1.02))
    axes.xaxis.get_major_locator().set_params(integer=True)
    return True


def _reliability(axes: Any, report: Report) -> bool:
    bins = reliability(report.rows)
    sure, right = [each.probability for each in bins], [each.right for each in bins]
    axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle="--")
    axes.scatter(sure, right, s=[12 + 300 * each.count / len(report.rows) for each in bins], color=ACCENT, alpha=0.8)
    axes.set(xlabel="probability that was given", ylabel="share that was right", xlim=(0, 1), ylim=(-0.02, 1.02))
    return True


def _risk_coverage(axes: Any, report: Report) -> bool:
    coverage, risk = risk_coverage(report.rows)
    axes.plot(coverage, risk, color=ACCENT)
    axes.set(xlabel="share of questions answered, surest first", ylabel="share of them wrong", xlim=(0, 1), ylim=(0, 1))
    return True


def _latency(axes: Any, report: Report) -> bool:
    axes.hist([1000 * row.seconds for row in report.rows], bins=30, color=ACCENT)
    for value, name in ((report.seconds_p50, "median"), (report.seconds_p95, "95 %")):
        axes.axvline(1000 * value, color=INK, linewidth=1, linestyle="--")
        axes.annotate(
            name, (1000 * value, 0.95), xycoords=("data", "axes fraction"), fontsize=8, rotation=90, ha="right"
        )
    axes.set(xlabel="milliseconds for a question", ylabel="questions")
    return True


def _types(axes: Any, report: Report) -> bool:
    types = sorted(report.types.items(), key=lambda item: item[1].f1)
    names = [f"{name[:24]} ({share.total})" for name, share in types]
    axes.barh(range(len(names)), [share.f1 for _, share in types], color=ACCENT)
    axes.set_yticks(range(len(names)), [name.replace("$", r"\$") for name in names])
    axes.set(xlabel="F1", xlim=(0, 100))
    return True
