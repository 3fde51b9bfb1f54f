"""Plain text: the file is the text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qa.corpus.content import read_text
from qa.corpus.records import Record


def read_plain(path: Path) -> Iterator[Record]:
    """Yield a ``.txt`` file as one record."""
    yield Record(read_text(path))
