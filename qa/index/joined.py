"""Two indexes read as one: the corpus, and what somebody has added to it for a while."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain

import numpy as np
from numpy.typing import NDArray

from qa.errors import IndexOutdated, UnknownDocument
from qa.index.manifest import EncoderRecord
from qa.index.store import VectorStore
from qa.types import Document, Passage, Where


class Joined:
    """Read several indexes of one encoder as one; their documents' ids must differ.

    A passage's number is that in its own index, after all those of the indexes before it. Cosines compare across
    indexes; BM25 doesn't, since it weighs a word by the corpus, so its scores are taken as shares of the best in each.
    """

    def __init__(self, *indexes: VectorStore) -> None:
        self.indexes = indexes
        self._firsts = [0, *accumulate(index.passage_count for index in indexes)][:-1]
        self.encoder: EncoderRecord = indexes[0].encoder
        """Which encoder made the vectors of all."""
        for index in indexes:
            if index.encoder.fingerprint != self.encoder.fingerprint:
                raise IndexOutdated(
                    f"Indexes of the encoders {self.encoder.name} and {index.encoder.name} can't be asked together. "
                    "Build one of them again with the other's encoder."
                )

    def is_current(self) -> bool:
        """Say yes: what is asked together stays what it was."""
        return True

    @property
    def passage_count(self) -> int:
        """Return how many passages there are."""
        return sum(index.passage_count for index in self.indexes)

    @property
    def document_count(self) -> int:
        """Return how many documents there are."""
        return sum(index.document_count for index in self.indexes)

    def dense(self, vector: NDArray[np.float32], k: int, where: Where | None = None) -> list[tuple[int, float]]:
        """Return the numbers of the ``k`` passages whose vectors are nearest, nearest first, with the cosines."""
        found = [
            (first + number, cosine)
            for first, index in zip(self._firsts, self.indexes, strict=True)
            for number, cosine in index.dense(vector, k, where)
        ]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]

    def lexical(self, question: str, k: int, where: Where | None = None) -> list[tuple[int, float]]:
        """Return the numbers of the ``k`` best passages by BM25, best first, with the share of their index's best."""
        found = []
        for first, index in zip(self._firsts, self.indexes, strict=True):
            scored = index.lexical(question, k, where)
            found += [(first + number, score / scored[0][1]) for number, score in scored]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """Return passages by their numbers, in the order asked for."""
        found = []
        for number in numbers:
            place = bisect_right(self._firsts, number) - 1
            found += self.indexes[place].passages([number - self._firsts[place]])
        return found

    def texts(self) -> Iterator[str]:
        """Yield the text of every passage, by number."""
        return chain.from_iterable(index.texts() for index in self.indexes)

    def vectors(self, numbers: Sequence[int]) -> NDArray[np.float16]:
        """Return the vectors of passages by their numbers, float16 [n, dimension]."""
        places = [bisect_right(self._firsts, number) - 1 for number in numbers]
        pairs = zip(numbers, places, strict=True)
        return np.concatenate([self.indexes[p].vectors([number - self._firsts[p]]) for number, p in pairs])

    def document(self, identifier: str) -> Document:
        """Return a document by its id; raise UnknownDocument when there is none."""
        for index in self.indexes[:-1]:
            try:
                return index.document(identifier)
            except UnknownDocument:
                continue
        return self.indexes[-1].document(identifier)

    def documents(self) -> Iterator[Document]:
        """Yield every document, index after index."""
        return chain.from_iterable(index.documents() for index in self.indexes)

    def identifiers(self) -> list[str]:
        """Return the id of every document, index after index."""
        return [identifier for index in self.indexes for identifier in index.identifiers()]

    def close(self) -> None:
        """Close the files of all."""
        for index in self.indexes:
            index.close()
