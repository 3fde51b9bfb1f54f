"""The vectors of an index, in FAISS: exact while that is fast, approximate above.

Every vector has length 1, so the inner product is the cosine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss as untyped_faiss
import numpy as np
from numpy.typing import NDArray

from qa.errors import IndexOutdated

faiss: Any = untyped_faiss  # its stubs don't know what its wrappers add

EXACT_UP_TO = 50_000
_TRAINED_ON = 64  # vectors for each list of an approximate index
_AT_ONCE = 10_000


def kind(count: int) -> tuple[str, int]:
    """Return which FAISS index holds ``count`` vectors, and how many of its lists a search looks into.

    Up to EXACT_UP_TO every vector is compared, which takes some five milliseconds for 50,000. Above, the vectors are in
    four lists for each square root of their number, and a search looks into one list of 32: of 970,000 the ten nearest
    were found to 99.3 % in 5.6 ms, with one of 16 to 99.5 % in 8.9 ms, with one of 64 to 99.2 % in 3.2 ms. A graph
    (HNSW) found as many of 100,000 in about the same time, and took ten times as long to build.

    >>> kind(2_000)
    ('SQfp16', 0)
    >>> kind(100_000)
    ('IVF1264,SQfp16', 39)
    """
    if count <= EXACT_UP_TO:
        return "SQfp16", 0
    lists = 4 * math.isqrt(count)
    return f"IVF{lists},SQfp16", lists // 32


def write(file: Path, vectors: NDArray[np.float16]) -> tuple[str, int]:
    """Write vectors, float16 [n, dimension], to a file and return what ``kind`` says of them.

    Raises OSError when the file can't be written.
    """
    count, dimension = vectors.shape
    spelling, probes = kind(count)
    index = faiss.index_factory(dimension, spelling, faiss.METRIC_INNER_PRODUCT)
    if probes:
        wanted = min(count, _TRAINED_ON * index.nlist)
        chosen = np.random.default_rng(0).choice(count, wanted, replace=False)
        index.train(vectors[np.sort(chosen)].astype(np.float32))
    for start in range(0, count, _AT_ONCE):
        index.add(vectors[start : start + _AT_ONCE].astype(np.float32))
    try:
        faiss.write_index(index, str(file))
    except RuntimeError as error:
        raise OSError(f"FAISS couldn't write {file}: {error}") from error
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

    def stored(self, numbers: Sequence[int]) -> NDArray[np.float16]:
        """Return the vectors of these numbers as they were given, float16 [n, dimension]."""
        if self._probes and self._index.direct_map.type == faiss.DirectMap.NoMap:
            self._index.make_direct_map()
        return np.asarray(self._index.reconstruct_batch(np.asarray(numbers, dtype=np.int64)), dtype=np.float16)

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
