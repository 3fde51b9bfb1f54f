"""How one build of an index differs from the one before it, in documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.errors import UnknownDocument
from qa.index.store import VectorStore
from qa.types import Document

_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Changes:
    """Hold how a build differs from the index that was there, in documents; and how many passages it embedded."""

    new: int
    changed: int
    removed: int
    kept: int
    embedded: int


def compare(earlier: VectorStore | None, documents: Sequence[Document], embedded: int) -> Changes:
    """Return how documents differ from those of an earlier index."""
    if earlier is None:
        return Changes(len(documents), 0, 0, 0, embedded)
    kept = changed = 0
    for document in documents:
        try:
            same = earlier.document(document.id) == document
        except UnknownDocument:
            continue
        kept, changed = kept + same, changed + (not same)
    there = kept + changed
    return Changes(len(documents) - there, changed, earlier.document_count - there, kept, embedded)


def natural(document: Document) -> list[tuple[int, str]]:
    """Return what documents are ordered by: their ids, what is numbered 2 before what is numbered 10."""
    parts = _DIGITS.split(document.id)
    return [(int(part) if number % 2 else 0, part) for number, part in enumerate(parts)]
