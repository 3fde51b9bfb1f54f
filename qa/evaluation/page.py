"""A report as a folder: one HTML page that needs nothing else, and its curves as PNGs; needs the extra ``report``."""

from __future__ import annotations

from base64 import b64encode
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import MissingExtra
from qa.evaluation.plots import plot
from qa.evaluation.present import figures

if TYPE_CHECKING:
    from qa.evaluation.report import Report

CAPTIONS = {
    "recall": "How often a right answer is among the passages",
    "reliability": "Whether the probabilities mean what they say; the larger, the more questions",
    "risk-coverage": "What it costs to answer more",
    "latency": "How long a question takes",
    "f1-by-type": "What is hard",
}


def write_page(report: Report, folder: str | Path, title: str) -> Path:
    """Write ``index.html`` and the PNGs into a folder, which may be new; return the page's path."""
    try:
        from jinja2 import Environment
    except ImportError as error:
        raise MissingExtra("jinja2", "report") from error
    pictures = plot(report)
    template = files("qa.evaluation").joinpath("page.html.j2").read_text(encoding="utf-8")
    html = (
        Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        .from_string(template)
        .render(
            title=title,
            report=report,
            figures=figures(report),
            pictures=[(CAPTIONS[name], b64encode(png).decode()) for name, png in pictures.items()],
        )
    )
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    for name, png in pictures.items():
        (root / f"{name}.png").write_bytes(png)
    page = root / "index.html"
    page.write_text(html, encoding="utf-8")
    return page
