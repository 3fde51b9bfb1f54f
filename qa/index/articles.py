"""The articles of an index, in SQLite: documents as they were given, passages as slices of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from qa.errors import IndexUnusable, UnknownDocument
from qa.types import Document, Passage, Where, wanted

_SCHEMA = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, text TEXT NOT NULL, title TEXT NOT NULL,
    url TEXT, published TEXT, author TEXT, sources TEXT NOT NULL
);
CREATE TABLE metadata (
    document INTEGER NOT NULL REFERENCES documents, key TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (document, key)
) WITHOUT ROWID;
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents,
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, sentences TEXT NOT NULL
);
"""
_INDEXES = """
CREATE INDEX passages_of_document ON passages (document);
CREATE INDEX documents_with_metadata ON metadata (key, value);
"""
_DOCUMENT = "SELECT number, id, text, title, url, published, author, sources FROM documents"
Split = Callable[[Document], Iterable[Passage]]

_ROW = tuple[int, str, str, str, str | None, str | None, str | None, str]

_ONE_OF = "IN (SELECT value FROM json_each(?))"
_CONDITIONS = {
    "document": f"id {_ONE_OF}",
    "title": f"title {_ONE_OF}",
    "url": f"url {_ONE_OF}",
    "published": f"published {_ONE_OF}",
    "author": f"author {_ONE_OF}",
}
_OTHER_CONDITION = f"number IN (SELECT document FROM metadata WHERE key = ? AND value {_ONE_OF})"  # noqa: S608 - constants


def write(file: Path, documents: Iterable[Document], split: Split) -> int:
    """Write documents and the passages that they split into to a file and return how many passages there are.

    Raises ValueError when an id comes twice, or a passage isn't a slice of its document.
    """
    connection = sqlite3.connect(file)
    passages = 0
    try:
        with connection:
            connection.executescript(_SCHEMA)
            for number, document in enumerate(documents):
                _write_document(connection, number, document)
                for passage in split(document):
                    _write_passage(connection, passages, number, document, passage)
                    passages += 1
            connection.executescript(_INDEXES)
    finally:
        connection.close()
    return passages


class Articles:
    """Read documents and passages; many threads may."""

    def __init__(self, file: Path) -> None:
        address = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        self._lock = Lock()
        self._rows("SELECT 1 FROM documents LIMIT 1", ())  # SQLite reads nothing before it is asked

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def document(self, identifier: str) -> Document:
        """Return a document by its id.

        Raises UnknownDocument when there is none.
        """
        rows = self._rows(f"{_DOCUMENT} WHERE id = ?", (identifier,))
        if not rows:
            raise UnknownDocument(f"The index holds no document {identifier!r}; `documents()` names those it holds.")
        return self._document(rows[0])

    def documents(self) -> Iterator[Document]:
        """Yield every document, by number."""
        number = -1
        while rows := self._rows(f"{_DOCUMENT} WHERE number > ? ORDER BY number LIMIT 100", (number,)):
            yield from map(self._document, rows)
            number = rows[-1][0]

    def identifiers(self) -> list[str]:
        """Return the id of every document, by number."""
        return [identifier for (identifier,) in self._rows("SELECT id FROM documents ORDER BY number", ())]

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """Return passages by their numbers, in the order asked for.

        Raises KeyError when there is no such passage.
        """
        query = 'SELECT document, "start", "end", sentences FROM passages WHERE number = ?'
        texts: dict[int, tuple[str, str]] = {}
        passages = []
        for number in numbers:
            rows = self._rows(query, (int(number),))
            if not rows:
                raise KeyError(f"no passage {number} in the index")
            document, start, end, sentences = rows[0]
            if document not in texts:
                texts[document] = self._rows("SELECT id, text FROM documents WHERE number = ?", (document,))[0]
            identifier, text = texts[document]
            passages.append(Passage(identifier, start, end, text[start:end], tuple(json.loads(sentences))))
        return passages

    def texts(self) -> Iterator[str]:
        """Yield the text of every passage, by number; SQLite holds few of them at a time."""
        query = 'SELECT number, document, "start", "end" FROM passages WHERE number > ? ORDER BY number LIMIT 1000'
        number, document, text = -1, -1, ""
        while rows := self._rows(query, (number,)):
            for number, owner, start, end in rows:  # noqa: B007 - the last one is where to go on
                if owner != document:
                    document = owner
                    text = self._rows("SELECT text FROM documents WHERE number = ?", (owner,))[0][0]
                yield text[start:end]

    def matching(self, where: Where) -> NDArray[np.int64]:
        """Return the numbers of the passages whose document has all these values, ascending."""
        conditions, values = ["1"], []
        for key, value in where.items():
            conditions.append(_CONDITIONS.get(key, _OTHER_CONDITION))
            several = json.dumps(wanted(value))
            values += [several] if key in _CONDITIONS else [key, several]
        query = (
            "SELECT number FROM passages WHERE document IN "  # noqa: S608 - the conditions are constants
            f"(SELECT number FROM documents WHERE {' AND '.join(conditions)}) ORDER BY number"
        )
        return np.array([number for (number,) in self._rows(query, values)], dtype=np.int64)

    def _document(self, row: _ROW) -> Document:
        number, identifier, text, title, url, published, author, sources = row
        metadata = dict(self._rows("SELECT key, value FROM metadata WHERE document = ?", (number,)))
        return Document(identifier, text, title, url, published, author, metadata, tuple(json.loads(sources)))

    def _rows(self, query: str, values: Sequence[object]) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock:
            try:
                return self._connection.execute(query, tuple(values)).fetchall()
            except sqlite3.ProgrammingError as error:
                raise IndexUnusable(f"The index can't be read ({error}). Once closed, open it again.") from error


def _write_document(connection: sqlite3.Connection, number: int, document: Document) -> None:
    row = (
        number,
        document.id,
        document.text,
        document.title,
        document.url,
        document.published,
        document.author,
        json.dumps(document.sources),
    )
    try:
        connection.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    except sqlite3.IntegrityError:
        raise ValueError(f"two documents have the id {document.id!r}; give each an id of its own") from None
    values = [(number, key, value) for key, value in document.metadata.items()]
    connection.executemany("INSERT INTO metadata VALUES (?, ?, ?)", values)


def _write_passage(
    connection: sqlite3.Connection, number: int, owner: int, document: Document, passage: Passage
) -> None:
    if passage.document != document.id or document.text[passage.start : passage.end] != passage.text:
        raise ValueError(f"passage {number} isn't what {document.id} holds at {passage.start}:{passage.end}")
    row = (number, owner, passage.start, passage.end, json.dumps(passage.sentences))
    connection.execute("INSERT INTO passages VALUES (?, ?, ?, ?, ?)", row)
