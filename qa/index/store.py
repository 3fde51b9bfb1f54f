"""What an index is to those who ask it, whichever engine holds its vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa.index.manifest import EncoderRecord
from qa.index.milvus.address import Address
from qa.types import Document, Passage, Where


class VectorStore(Protocol):
    """Read one build of an index, which never changes; many threads may.

    A passage is known by its number, counted from 0 in the order of the documents' ids. ``where`` keeps a search to the
    passages of documents that have all these values, or one of several where several are given for a key. Its keys are
    ``document`` (the id), ``title``, ``url``, ``published``, ``author`` or a key of the documents' metadata.
    """

    @property
    def encoder(self) -> EncoderRecord:
        """Return which encoder made the vectors."""

    @property
    def document_count(self) -> int:
        """Return how many documents there are."""

    @property
    def passage_count(self) -> int:
        """Return how many passages there are."""

    def is_current(self) -> bool:
        """Tell whether no later build has taken this one's place."""

    def dense(self, vector: NDArray[np.float32], k: int, where: Where | None = None) -> list[tuple[int, float]]:
        """Return the numbers of the ``k`` passages whose vectors are nearest, nearest first, with the cosines."""

    def lexical(self, question: str, k: int, where: Where | None = None) -> list[tuple[int, float]]:
        """Return the numbers of the ``k`` best passages by BM25, best first, with their scores; all share a word."""

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """Return passages by their numbers, in the order asked for; raise KeyError where there is no such passage."""

    def document(self, identifier: str) -> Document:
        """Return a document by its id; raise UnknownDocument when there is none."""

    def documents(self) -> Iterator[Document]:
        """Yield every document, in the order of their ids."""

    def identifiers(self) -> list[str]:
        """Return the id of every document, in their order."""

    def texts(self) -> Iterator[str]:
        """Yield the text of every passage, by number."""

    def vectors(self, numbers: Sequence[int]) -> NDArray[np.float16]:
        """Return the vectors of passages by their numbers, float16 [n, dimension]."""

    def close(self) -> None:
        """Close what is open."""


class Updatable(VectorStore, Protocol):
    """An index that stands alone and may be built again."""

    @property
    def place(self) -> Path | Address:
        """Return where it is built again."""

    @property
    def folder(self) -> Path:
        """Return the folder on this machine where it is, or where what building it needs is."""

    @property
    def encoder_folder(self) -> Path:
        """Return the folder of the encoder that made the vectors."""

    @property
    def splitting(self) -> dict[str, int | str]:
        """Return how its documents were split."""

    def reopened(self) -> Updatable:
        """Open what is there now; this one stays open."""
