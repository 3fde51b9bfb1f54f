"""An index in Milvus that is open for reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.errors import IndexDamaged, IndexNotFound, IndexOutdated, UnknownDocument
from qa.index.encoders import encoder_folder
from qa.index.lexical import words
from qa.index.manifest import FORMAT, EncoderRecord, Manifest
from qa.index.milvus.address import Address
from qa.index.milvus.connection import PATIENCE, Connection
from qa.index.milvus.schema import MANIFEST, column, condition, document_of, vector_index
from qa.types import Document, Passage, Where

_PAGE = 500


class MilvusIndex:
    """Read a build of an index in Milvus; many threads may, and a later build doesn't disturb them."""

    def __init__(self, connection: Connection, contents: Manifest) -> None:
        self.manifest = contents
        self._connection = connection
        self._passages, self._documents = contents.snapshot, f"{contents.snapshot}_documents"

    @classmethod
    def open(cls, address: Address, connection: Connection | None = None) -> MilvusIndex:
        """Open the index at an address.

        Raises StoreUnavailable, IndexNotFound or IndexOutdated.
        """
        connection = connection or Connection(address)
        collection = connection.collection()
        if collection is None:
            raise IndexNotFound(f"No index in {address}. Run `{_rebuild(address)}` first.")
        return cls(connection, _manifest(connection, collection))

    @property
    def place(self) -> Address:
        """Return where the index is."""
        return self._connection.address

    @property
    def folder(self) -> Path:
        """Return the folder on this machine where the encoder is."""
        return self.place.folder

    @property
    def encoder(self) -> EncoderRecord:
        """Return which encoder made the vectors."""
        return self.manifest.encoder

    @property
    def encoder_folder(self) -> Path:
        """Return the folder of the encoder that made the vectors."""
        return encoder_folder(self.folder, self.encoder.fingerprint)

    @property
    def splitting(self) -> dict[str, int | str]:
        """Return how its documents were split."""
        return dict(self.manifest.settings)

    @property
    def document_count(self) -> int:
        """Return how many documents there are."""
        return self.manifest.documents

    @property
    def passage_count(self) -> int:
        """Return how many passages there are."""
        return self.manifest.passages

    def is_current(self) -> bool:
        """Tell whether no later build has taken this one's place."""
        return self._connection.collection() == self._passages

    def damage(self) -> str | None:
        """Say which rows are missing; None where there are as many as were written."""
        passages, documents = self._connection.count(self._passages), len(self.identifiers())
        if passages != self.passage_count:
            return f"{passages:,} passages of {self.passage_count:,}"
        return None if documents == self.document_count else f"{documents:,} documents of {self.document_count:,}"

    def reopened(self) -> MilvusIndex:
        """Open what is there now; this one stays open."""
        return MilvusIndex.open(self.place, self._connection)

    def dense(self, vector: NDArray[np.float32], k: int, where: Where | None = None) -> list[tuple[int, float]]:
        """Return the numbers of the ``k`` passages whose vectors are nearest, nearest first, with the cosines."""
        _, built = vector_index(self.passage_count)
        probes = {"nprobe": built["nlist"] if where else self.manifest.probes} if built else {}
        return self._nearest("vector", vector.tolist(), k, where, probes)

    def lexical(self, question: str, k: int, where: Where | None = None) -> list[tuple[int, float]]:
        """Return the numbers of the ``k`` best passages by BM25, best first, with their scores; all share a word."""
        asked = {column(stem): float(count) for stem, count in Counter(words(question)).items()}
        return self._nearest("words", asked, k, where, {}) if asked else []

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """Return passages by their numbers, in the order asked for; raise KeyError where there is no such passage."""
        found = {row["number"]: row for row in self._rows(numbers, "document", "start", "end", "text", "sentences")}
        if missing := [number for number in numbers if number not in found]:
            raise KeyError(f"no passage {missing[0]} in the index")
        rows = (found[number] for number in numbers)
        return [Passage(r["document"], r["start"], r["end"], r["text"], tuple(r["sentences"])) for r in rows]

    def texts(self) -> Iterator[str]:
        """Yield the text of every passage, by number."""
        for row in self._rows(range(self.passage_count), "text"):
            yield row["text"]

    def vectors(self, numbers: Sequence[int]) -> NDArray[np.float16]:
        """Return the vectors of passages by their numbers, float16 [n, dimension]."""
        found = {row["number"]: row["vector"] for row in self._rows(numbers, "vector")}
        return np.asarray([found[number] for number in numbers], dtype=np.float16)

    def document(self, identifier: str) -> Document:
        """Return a document by its id; raise UnknownDocument when there is none."""
        pieces = self._query(self._documents, filter=condition({"document": identifier}), output_fields=["*"])
        if not pieces:
            raise UnknownDocument(f"The index holds no document {identifier!r}; `documents()` names those it holds.")
        return document_of(pieces)

    def documents(self) -> Iterator[Document]:
        """Yield every document, in the order of their ids."""
        for _, pieces in groupby(self._pieces("*"), key=lambda row: row["document"]):
            yield document_of(list(pieces))

    def identifiers(self) -> list[str]:
        """Return the id of every document, in their order."""
        return list(dict.fromkeys(row["document"] for row in self._pieces("document")))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _nearest(
        self, field: str, asked: Any, k: int, where: Where | None, params: Mapping[str, int]
    ) -> list[tuple[int, float]]:
        k = min(k, self.passage_count)
        if k <= 0:
            return []
        (hits,) = self._connection.call(
            lambda client: client.search(
                self._passages,
                data=[asked],
                anns_field=field,
                limit=k,
                filter=condition(where),
                output_fields=["number"],
                search_params={"metric_type": "IP", "params": dict(params)},
                timeout=PATIENCE,
            )
        )
        found = [(int(hit["number"]), float(hit["distance"])) for hit in hits]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def _rows(self, numbers: Sequence[int], *names: str) -> Iterator[dict[str, Any]]:
        """Yield rows of passages; of those asked for, the ones there are, by number within a page."""
        for start in range(0, len(numbers), _PAGE):
            page = [int(number) for number in numbers[start : start + _PAGE]]
            rows = self._query(self._passages, ids=page, output_fields=["number", *names])
            yield from sorted(rows, key=lambda row: row["number"])

    def _pieces(self, *names: str) -> Iterator[dict[str, Any]]:
        start = 0
        names = ("number", *names)
        while rows := self._query(self._documents, ids=list(range(start, start + _PAGE)), output_fields=list(names)):
            yield from sorted(rows, key=lambda row: row["number"])
            start += _PAGE

    def _query(self, collection: str, **asked: Any) -> list[dict[str, Any]]:
        return list(self._connection.call(lambda client: client.query(collection, timeout=PATIENCE, **asked)))

    def __enter__(self) -> MilvusIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def verify(address: Address) -> Manifest:
    """Raise IndexDamaged when a collection doesn't hold as many rows as the index is made of."""
    with MilvusIndex.open(address) as index:
        if damage := index.damage():
            raise IndexDamaged(f"{address} holds {damage}. Run `{_rebuild(address)}` again.")
        return index.manifest


def _manifest(connection: Connection, collection: str) -> Manifest:
    def read(client: Any) -> Any:
        for each in (collection, f"{collection}_documents"):  # a server keeps them in memory, Milvus Lite doesn't
            client.load_collection(each, timeout=PATIENCE)
        return client.query(f"{collection}_documents", ids=[MANIFEST], output_fields=["about"], timeout=PATIENCE)

    rows = connection.call(read)
    values = rows[0]["about"] if rows else {}
    if values.get("format") != FORMAT:
        raise IndexOutdated(
            f"The index in {connection.address} has format {values.get('format')}, this version reads {FORMAT}. "
            f"Run `{_rebuild(connection.address)}` again."
        )
    known = {field.name: values[field.name] for field in fields(Manifest)}
    return Manifest(**known | {"encoder": EncoderRecord(**values["encoder"])})


def _rebuild(address: Address) -> str:
    return f"qa index {address.name}/ --store {address}"
