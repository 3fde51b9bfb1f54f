"""What people think of answers, as a question set that ``qa evaluate`` reads: one line of JSON for each vote."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import filelock

from qa.dialogue import Turn

Vote = Literal["up", "down"]

PATIENCE = 10.0
"""Seconds to wait while another server writes; longer is a TimeoutError."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Hold what somebody thought of an answer."""

    id: str
    """One judgement replaces an earlier one of the same id."""
    question: str
    history: tuple[Turn, ...]
    given: str | None
    """The answer that was judged; None where the articles were said not to answer."""
    documents: tuple[str, ...]
    vote: Vote
    right: tuple[str, ...] | None
    """What would be right; nothing where the articles don't say, None where that isn't known."""

    def to_line(self) -> str:
        """Return the judgement as a line of a question set."""
        record: dict[str, object] = {"id": self.id, "question": self.question}
        if self.history:
            record["history"] = [{"question": turn.question, "answer": turn.answer or ""} for turn in self.history]
        record["answers"] = None if self.right is None else list(self.right)
        if self.vote == "up" and self.documents:
            record["docs"] = list(self.documents)
        return json.dumps(record | {"vote": self.vote, "given": self.given}, ensure_ascii=False)


class Feedback:
    """Keep judgements in a file; several servers may share it."""

    def __init__(self, file: Path) -> None:
        self.file = file.resolve()

    def put(self, judgement: Judgement) -> None:
        """Add a judgement, or put it in the place of the earlier one of its id; other lines stay as they are."""
        self._rewrite(judgement.id, [judgement.to_line()])

    def take_back(self, identifier: str) -> None:
        """Remove a judgement."""
        self._rewrite(identifier, [])

    def _rewrite(self, identifier: str, new: Sequence[str]) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(self.file.with_name(f".{self.file.name}.lock"), timeout=PATIENCE):
            old = self.file.read_text(encoding="utf-8") if self.file.is_file() else ""
            kept = old.removesuffix("\n").split("\n") if old else []
            lines = [line for line in kept if not _is_of(line, identifier)]
            aside = self.file.with_name(f".{self.file.name}.tmp")
            aside.write_text("".join(f"{line}\n" for line in [*lines, *new]), encoding="utf-8")
            aside.replace(self.file)


def _is_of(line: str, identifier: str) -> bool:
    try:
        record = json.loads(line)
    except ValueError:
        return False
    return isinstance(record, dict) and record.get("id") == identifier
