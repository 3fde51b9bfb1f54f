"""Vectors for a corpus that is too large to be read: a made passage's is made of those of its sentences.

The encoder averages over word pieces, so the mean over the sentences of a passage lies near the vector of the whole.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from qa.bench.grow import nameless, sentences
from qa.encoder import Encoder
from qa.types import Document

SPREAD = 0.25
"""Length of the random vector that tells apart what differs in its names only; a vector is 1 long."""


class Composer(Encoder):
    """Encode passages of ``grown`` documents without reading them."""

    def __init__(self, encoder: Encoder, documents: Sequence[Document], progress: Callable[[int, int], None]) -> None:
        """Encode the sentences of the original documents, which takes a while; ``progress`` is called."""
        self.__dict__ |= vars(encoder)
        texts = {nameless(text): text for document in documents for text in sentences(document.text)}
        vectors = encoder.encode_passages(list(texts.values()), progress)
        self._known = {key: len(key) * vector for key, vector in zip(texts, vectors, strict=True)}

    def fits(self, text: str) -> bool:
        """Say yes: the budget in tokens keeps a passage of English within what an encoder reads."""
        return True

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Return unit vectors, float32 [n, dimension]: for each text the mean of its sentences', moved at random."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            known = [self._known[key] for key in map(nameless, sentences(text)) if key in self._known]
            mean = np.sum(known, axis=0) if known else super().encode_passages([text])[0]
            chance = np.random.default_rng(zlib.crc32(text.encode()))
            moved = mean / np.linalg.norm(mean) + SPREAD * _unit(chance, self.dimension)
            vectors[row] = moved / np.linalg.norm(moved)
        return vectors


def _unit(chance: np.random.Generator, dimension: int) -> NDArray[np.float32]:
    drawn = chance.standard_normal(dimension, dtype=np.float32)
    return drawn / np.float32(np.linalg.norm(drawn))
