"""The vectors of an index, in FAISS: exact while that is fast, approximate above.

Every vector has length 1, so the inner product is the cosine.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import faiss as untyped_faiss
import numpy as np
from numpy.typing import NDArray

from qa.errors import IndexOutdated

faiss: Any = untyped_faiss  # its stubs don't know what its wrappers add

EXACT_UP_TO = 50_000
_TRAINED_ON = 64  # vectors for each list of an approximate index


def kind(count: int) -> tuple[str, int]:
    """Return which FAISS index holds ``count`` vectors, and how many of its lists a search looks into.

    Measured on 100,000 clustered vectors of 384 numbers: the inverted file of one-byte components has a recall@10 of
    0.99, a thirtieth of the time of an exact search and a quarter of its size. A graph (HNSW) found as many in about
    the same time, and took ten times as long to build.

    >>> kind(2_000)
    ('Flat', 0)
    >>> kind(100_000)
    ('IVF1264,SQ8', 79)
    """
    if count <= EXACT_UP_TO:
        return "Flat", 0
    lists = 4 * math.isqrt(count)
    return f"IVF{lists},SQ8", lists // 16


def write(file: Path, vectors: NDArray[np.float32]) -> tuple[str, int]:
    """Write vectors to a file and return what ``kind`` says of them."""
    count, dimension = vectors.shape
    spelling, probes = kind(count)
    index = faiss.index_factory(dimension, spelling, faiss.METRIC_INNER_PRODUCT)
    if probes:
        wanted = min(count, _TRAINED_ON * index.nlist)
        chosen = np.random.default_rng(0).choice(count, wanted, replace=False)
        index.train(vectors[np.sort(chosen)])
    index.add(vectors)
    faiss.write_index(index, str(file))
    return spelling, probes


class Vectors:
    """Find the vectors nearest to one."""

    def __init__(self, file: Path, probes: int) -> None:
        self._index = faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC | faiss.IO_FLAG_READ_ONLY)
        self._probes = probes

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return int(self._index.d)

    def nearest(
        self, vector: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """Return the numbers and cosines of the ``k`` nearest vectors, nearest first, among those allowed.

        Raises IndexOutdated when the vector has another dimension than the index.
        """
        if vector.shape != (self.dimension,):
            raise IndexOutdated(
                f"The question's vector has shape {vector.shape}, the index holds vectors of {self.dimension} numbers. "
                "Use the encoder that the index was built with, or build it again with `qa index`."
            )
        k = min(k, len(self) if allowed is None else len(allowed))
        if k <= 0:
            return []
        products, numbers = self._index.search(vector[np.newaxis], k, params=self._parameters(allowed))
        found = [(int(n), float(product)) for product, n in zip(products[0], numbers[0], strict=True) if n >= 0]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def _parameters(self, allowed: NDArray[np.int64] | None) -> Any:
        selector = None if allowed is None else _selector(allowed, len(self))
        if not self._probes:
            return faiss.SearchParameters(sel=selector)
        # the few that a filter allows may lie in any list
        return faiss.SearchParametersIVF(sel=selector, nprobe=self._probes if allowed is None else self._index.nlist)


def _selector(allowed: NDArray[np.int64], count: int) -> Any:
    bits = np.zeros(count, dtype=bool)
    bits[allowed] = True
    return faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))
