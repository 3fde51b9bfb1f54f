"""Documents that somebody adds for a while: an index of their own, asked together with the corpus."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, cast

from qa.building import Progress, silent, write_index
from qa.engine import QA
from qa.errors import CorpusError, UnknownDocument
from qa.index import Index, Joined
from qa.types import Document

if TYPE_CHECKING:
    from qa.corpus import Skipped
    from qa.index import Updatable, VectorStore

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


class Shelf:
    """Add documents to an open engine without touching its index; ``engine`` asks both.

    What is added lies in a temporary folder and is gone with the shelf, unless ``keep`` makes an index of it.
    """

    def __init__(self, engine: QA) -> None:
        if isinstance(engine.index, Joined):
            raise TypeError("a shelf stands beside one index, not beside several")
        self._base = self._engine = engine
        self._corpus: VectorStore = engine.index  # what the engine was joined with
        self._own: Index | None = None
        self._added: dict[str, Document] = {}
        self._scratch = tempfile.TemporaryDirectory(prefix="qa-shelf-", ignore_cleanup_errors=True)
        self._lock = Lock()
        self._is_closed = False

    @property
    def engine(self) -> QA:
        """Return an engine over the corpus as it is now and what was added; it answers the same when more is added."""
        if self._own and self._base.index is not self._corpus and self._lock.acquire(blocking=False):
            try:  # whoever holds the lock joins what is newest anyway
                if self._own and self._own.encoder == self._base.index.encoder:
                    self._join(self._own)
                elif self._own:
                    self._put(self._added, silent)
            finally:
                self._lock.release()
        return self._engine

    @property
    def documents(self) -> tuple[Document, ...]:
        """Return what was added, in the order of adding."""
        return tuple(self._added.values())

    def add(self, files: Sequence[str | Path], progress: Progress | None = None) -> Added:
        """Read files and index what they hold; a document replaces one that was added under the same name.

        Files that can't be read are named in the result. Raises CorpusError when none can be, or when they hold too
        much.
        """
        from qa.corpus import load

        say = progress or silent
        say("read", 0, 1)
        corpus = load(*files, most_characters=MOST_CHARACTERS)
        say("read", 1, 1)
        with self._lock:
            documents = tuple(self._named(document) for document in corpus.documents)
            fresh = {document.id: document for document in documents}
            kept = sum(len(document.text) for name, document in self._added.items() if name not in fresh)
            held = kept + sum(len(document.text) for document in documents)
            if len(fresh.keys() | self._added.keys()) > MOST_DOCUMENTS:
                raise CorpusError(
                    f"Those are {len(fresh):,} articles; with {len(self._added):,} that are there, "
                    f"{MOST_DOCUMENTS:,} are the most. Build an index of them with `qa index`."
                )
            if held > MOST_CHARACTERS:
                raise CorpusError(
                    f"That would make {held:,} characters; {MOST_CHARACTERS:,} are the most that can be added here. "
                    "Remove some, or build an index of them with `qa index`."
                )
            self._put(self._added | fresh, say)
        return Added(documents, corpus.skipped)

    def remove(self, identifier: str) -> None:
        """Remove a document that was added; raise UnknownDocument when there is none of this id."""
        with self._lock:
            if identifier not in self._added:
                raise UnknownDocument(f"No document {identifier!r} was added here.")
            self._put({name: document for name, document in self._added.items() if name != identifier}, silent)

    def keep(self, folder: str | Path) -> None:
        """Make an index of what was added; its documents' ids are those of the files."""
        with self._lock:
            plain = [_renamed(document, document.id.removeprefix(f"{FOLDER}/")) for document in self._added.values()]
            self._write(Path(folder), plain)

    def close(self) -> None:
        """Throw away what was added; adding to it is an error from then on."""
        with self._lock:
            self._engine, self._own, self._added, self._is_closed = self._base, None, {}, True
            self._scratch.cleanup()

    def _named(self, document: Document) -> Document:
        """Return the document under an id that the corpus doesn't have."""
        name = f"{FOLDER}/{document.id}"
        while self._in_corpus(name):
            name = f"{FOLDER}/{name}"
        return replace(document, id=name, sources=(name,))

    def _in_corpus(self, name: str) -> bool:
        try:
            self._base.document(name)
        except UnknownDocument:
            return False
        return True

    def _put(self, added: dict[str, Document], say: Progress) -> None:
        """Index these documents and no others. The old index isn't closed: a question may be reading it."""
        if self._is_closed:
            raise CorpusError("What was added here has been thrown away meanwhile. Add it again.")
        if added:
            folder = Path(self._scratch.name) / "index"
            self._write(folder, added.values(), say)
            self._join(Index.open(folder))
        else:
            self._engine, self._own = self._base, None
        self._added = added

    def _join(self, own: Index) -> None:
        base, corpus = self._base, self._base.index
        engine = QA(Joined(corpus, own), base.encoder, base.reader, base.settings)
        self._engine, self._corpus, self._own = engine, corpus, own

    def _write(self, folder: Path, documents: Iterable[Document], say: Progress = silent) -> None:
        write_index(
            folder,
            documents,
            self._base.encoder,
            cast("Updatable", self._base.index).encoder_folder,
            self._base.settings,
            reuse=[self._own] if self._own else (),  # not the corpus, which may be large
            progress=say,
        )


def _renamed(document: Document, name: str) -> Document:
    return replace(document, id=name, sources=(name,))
