"""Vectors by the text they stand for: what was embedded before, by the last build or by one that broke off, is reused.

Vectors are kept as float16. The rounding moves a cosine by less than 0.001, which is less than the encoder's own eight
bits do, and halves what is stored and searched.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.index.reading import Index

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""From n texts to their unit vectors, float32 [n, dimension]."""
Halves = NDArray[np.float16]

_AT_ONCE = 256
_KEY = 16


def embed_all(
    texts: Iterable[str],
    count: int,
    embed: Embed,
    *,
    dimension: int,
    earlier: Sequence[Index],
    journal: Journal,
    progress: Callable[[int, int], None],
) -> tuple[Halves, int]:
    """Return the vectors of ``count`` texts, float16 [count, dimension], and for how many ``embed`` was called.

    ``earlier`` are indexes of the same encoder. ``progress`` is called with how many are done, and of how many.
    """
    vectors = np.empty((count, dimension), dtype=np.float16)
    known = {key: (index, number) for index in earlier for number, key in enumerate(map(key_of, index.texts()))}
    done = fresh = 0
    remaining = iter(texts)
    while chunk := list(islice(remaining, _AT_ONCE)):
        keys = [key_of(text) for text in chunk]
        missing = {key: text for key, text in zip(keys, chunk, strict=True) if key not in known and key not in journal}
        if missing:
            made = embed(list(missing.values()))
            if made.shape != (len(missing), dimension):
                raise ValueError(f"{len(missing)} texts have vectors of {made.shape}, expected [n, {dimension}]")
            journal.append(list(missing), made.astype(np.float16))
            fresh += len(missing)
        old: dict[Index, list[tuple[int, int]]] = {}
        for row, key in enumerate(keys, done):
            if key in known:
                index, number = known[key]
                old.setdefault(index, []).append((row, number))
            else:
                vectors[row] = journal[key]
        for index, pairs in old.items():
            rows, numbers = zip(*pairs, strict=True)
            vectors[list(rows)] = index.vectors(numbers)
        done += len(chunk)
        progress(done, count)
    return vectors, fresh


def key_of(text: str) -> bytes:
    """Return what a text is known by: 16 bytes of its BLAKE2."""
    return hashlib.blake2b(text.encode("utf-8"), digest_size=_KEY).digest()


class Journal:
    """Keep vectors in a file as they are made, so that a build which breaks off needn't make them again.

    Each has a checksum: of a file that a crash cut short or left half written, what is whole is used.
    """

    def __init__(self, file: Path, dimension: int) -> None:
        kinds: Any = [("key", f"V{_KEY}"), ("vector", "<f2", (dimension,)), ("sum", "<u4")]
        self._record = np.dtype(kinds)
        self._vectors: dict[bytes, Halves] = {}
        whole = 0
        if file.exists():
            for record in _records(file, self._record):
                self._vectors[record["key"].tobytes()] = record["vector"]
                whole += 1
        self._file = file.open("ab")
        self._file.truncate(whole * self._record.itemsize)

    def __contains__(self, key: bytes) -> bool:
        return key in self._vectors

    def __getitem__(self, key: bytes) -> Halves:
        return self._vectors[key]

    def append(self, keys: Sequence[bytes], vectors: Halves) -> None:
        """Keep vectors, float16 [n, dimension], under their keys."""
        records = np.empty(len(keys), dtype=self._record)
        records["key"] = np.frombuffer(b"".join(keys), dtype=f"V{_KEY}")
        records["vector"] = vectors
        records["sum"] = [_sum(record) for record in records]
        self._file.write(records.tobytes())
        self._file.flush()
        self._vectors |= zip(keys, vectors, strict=True)

    def close(self) -> None:
        """Close the file, which stays."""
        self._file.close()


def _records(file: Path, record: np.dtype[Any]) -> Iterator[Any]:
    """Yield the records of a file up to the first that isn't whole."""
    with file.open("rb") as opened:
        while len(block := opened.read(record.itemsize)) == record.itemsize:
            (found,) = np.frombuffer(block, dtype=record)
            if _sum(found) != found["sum"]:
                return
            yield found


def _sum(record: Any) -> int:
    return zlib.crc32(record["vector"].tobytes(), zlib.crc32(record["key"].tobytes()))
