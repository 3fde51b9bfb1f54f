"""What a format yields: a record for each article, and a name for each thing that can't be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Record:
    """Hold one article as its file tells it, before it has an id."""

    text: str
    title: str | None = None
    url: str | None = None
    published: str | None = None
    author: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)
    number: int | None = None
    """Place in a file of many, from 1; None in a file that is one article."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Hold what was left out, a file or a record of one, and why."""

    path: str
    reason: str
