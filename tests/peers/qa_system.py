"""This project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from protocol import NOTHING, Found, run


def build(task: dict, work: Path) -> None:
    """Nothing: the passages that everybody gets were cut by building this index."""


def start(task: dict, work: Path) -> Callable[[str], Found]:
    """Open the index."""
    from qa import QA
    from qa.settings import Settings

    engine = QA.open(work / "qa", Settings(top_k=task["top_k"], threads=task["threads"]))

    def answer(question: str) -> Found:
        found = engine.ask(question)
        if found.text is None:
            return NOTHING
        return found.text, found.citations[0].document, found.citations[0].start

    return answer


if __name__ == "__main__":
    run(["qa"], build, start)
