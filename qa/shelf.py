"""Documents that somebody adds for a while: an index of their own, asked together with the corpus."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from qa.engine import QA, Progress, split_and_encode
from qa.errors import CorpusError, UnknownDocument
from qa.index import Index, Joined, write
from qa.types import Document, Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qa.corpus import Skipped

FOLDER = "yours"
"""What the ids of added documents begin with."""
MOST_CHARACTERS = 20_000_000
"""Characters that a shelf holds."""
MOST_DOCUMENTS = 5_000
"""Documents that a shelf holds."""


@dataclass(frozen=True, slots=True)
class Added:
    """Hold what came of adding files."""

    documents: tuple[Document, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """Hold a document as it was split and encoded."""

    document: Document
    passages: tuple[Passage, ...]
    vectors: NDArray[np.float32]


class Shelf:
    """Add documents to an open engine without touching its index; ``engine`` asks both.

    What is added lies in a temporary folder and is gone with the shelf, unless ``keep`` makes an index of it.
    """

    def __init__(self, engine: QA) -> None:
        if not isinstance(engine.index, Index):
            raise TypeError("a shelf stands beside one index, not beside several")
        self._base, self._corpus = engine, engine.index
        self._engine = engine
        self._entries: dict[str, _Entry] = {}
        self._scratch = tempfile.TemporaryDirectory(prefix="qa-shelf-", ignore_cleanup_errors=True)
        self._lock = Lock()
        self._is_closed = False

    @property
    def engine(self) -> QA:
        """Return an engine over the corpus and what was added; it goes on answering the same when more is added."""
        return self._engine

    @property
    def documents(self) -> tuple[Document, ...]:
        """Return what was added, in the order of adding."""
        return tuple(entry.document for entry in self._entries.values())

    def add(self, files: Sequence[str | Path], progress: Progress | None = None) -> Added:
        """Read files and index what they hold; a document replaces one that was added under the same name.

        Files that can't be read are named in the result. Raises CorpusError when none can be, or when they hold too
        much.
        """
        from qa.corpus import load

        say = progress or (lambda stage, done, total: None)
        say("read", 0, 1)
        corpus = load(*files)
        say("read", 1, 1)
        with self._lock:
            documents = tuple(self._named(document) for document in corpus.documents)
            fresh = {document.id: document for document in documents}
            kept = sum(len(entry.document.text) for name, entry in self._entries.items() if name not in fresh)
            held = kept + sum(len(document.text) for document in documents)
            if len(fresh.keys() | self._entries.keys()) > MOST_DOCUMENTS:
                raise CorpusError(
                    f"Those are {len(fresh):,} articles; with {len(self._entries):,} that are there, "
                    f"{MOST_DOCUMENTS:,} are the most. Build an index of them with `qa index`."
                )
            if held > MOST_CHARACTERS:
                raise CorpusError(
                    f"That would make {held:,} characters; {MOST_CHARACTERS:,} are the most that can be added here. "
                    "Remove some, or build an index of them with `qa index`."
                )
            passages, vectors = split_and_encode(documents, self._base.encoder, self._base.settings, say)
            numbers: dict[str, list[int]] = {}
            for number, passage in enumerate(passages):
                numbers.setdefault(passage.document, []).append(number)
            entries = dict(self._entries)
            for document in documents:
                own = numbers.get(document.id, [])
                entries[document.id] = _Entry(document, tuple(passages[number] for number in own), vectors[own])
            say("write", 0, 1)
            self._put(entries)
            say("write", 1, 1)
        return Added(documents, corpus.skipped)

    def remove(self, identifier: str) -> None:
        """Remove a document that was added; raise UnknownDocument when there is none of this id."""
        with self._lock:
            if identifier not in self._entries:
                raise UnknownDocument(f"No document {identifier!r} was added here.")
            self._put({name: entry for name, entry in self._entries.items() if name != identifier})

    def keep(self, folder: str | Path) -> None:
        """Make an index of what was added; its documents' ids are those of the files."""
        with self._lock:
            plain = [_renamed(entry, entry.document.id.removeprefix(f"{FOLDER}/")) for entry in self._entries.values()]
            self._write(Path(folder), plain)

    def close(self) -> None:
        """Throw away what was added; adding to it is an error from then on."""
        with self._lock:
            self._engine, self._entries, self._is_closed = self._base, {}, True
            self._scratch.cleanup()

    def _named(self, document: Document) -> Document:
        """Return the document under an id that the corpus doesn't have."""
        name = f"{FOLDER}/{document.id}"
        while self._in_corpus(name):
            name = f"{FOLDER}/{name}"
        return replace(document, id=name, sources=(name,))

    def _in_corpus(self, name: str) -> bool:
        try:
            self._corpus.document(name)
        except UnknownDocument:
            return False
        return True

    def _put(self, entries: dict[str, _Entry]) -> None:
        """Index these entries and no others. The old index isn't closed: a question may be reading it."""
        if self._is_closed:
            raise CorpusError("What was added here has been thrown away meanwhile. Add it again.")
        base, engine = self._base, self._base
        if entries:
            folder = Path(self._scratch.name) / "index"
            self._write(folder, entries.values())
            engine = QA(Joined(self._corpus, Index.open(folder)), base.encoder, base.reader, base.settings)
        self._engine, self._entries = engine, entries

    def _write(self, folder: Path, entries: Iterable[_Entry]) -> None:
        several = list(entries)
        empty = np.zeros((0, self._base.encoder.dimension), dtype=np.float32)
        write(
            folder,
            [entry.document for entry in several],
            [passage for entry in several for passage in entry.passages],
            np.concatenate([empty, *(entry.vectors for entry in several)]),
            encoder=self._corpus.encoder,
            exported=self._corpus.encoder_folder,
            settings=self._base.settings.splitting,
        )


def _renamed(entry: _Entry, name: str) -> _Entry:
    document = replace(entry.document, id=name, sources=(name,))
    return _Entry(document, tuple(replace(passage, document=name) for passage in entry.passages), entry.vectors)
