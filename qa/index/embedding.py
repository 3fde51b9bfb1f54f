"""Vectors by the text they stand for: what was embedded before, by the last build or by one that broke off, is reused.

Vectors are kept as float16. The rounding moves a cosine by less than 0.001, which is less than the encoder's own eight
bits do, and halves what is stored and searched.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.index.store import VectorStore

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""From n texts to their unit vectors, float32 [n, dimension]."""
Spread = Callable[[Embed, Iterable[Sequence[str]]], Iterable[NDArray[np.float32]]]
"""Embed batches of texts and yield their vectors in the same order; ``map``, or what does so on many machines."""
Halves = NDArray[np.float16]

_AT_ONCE = 256
_KEY = 16


def embed_all(
    texts: Callable[[], Iterable[str]],
    count: int,
    embed: Embed,
    *,
    dimension: int,
    earlier: Sequence[VectorStore],
    journal: Journal,
    progress: Callable[[int, int], None],
    spread: Spread = map,
) -> tuple[Halves, int]:
    """Return the vectors of ``count`` texts, float16 [count, dimension], and for how many ``embed`` was called.

    ``texts`` gives the same ones whenever it is called. ``earlier`` are indexes of the same encoder. ``progress`` is
    called with how many are done, and of how many.
    """
    vectors = np.empty((count, dimension), dtype=np.float16)
    keys = list(map(key_of, texts()))
    first = {key: row for row, key in reversed(list(enumerate(keys)))}
    known = {key: (index, number) for index in earlier for number, key in enumerate(map(key_of, index.texts()))}
    old: dict[VectorStore, dict[int, int]] = {}
    fresh = []
    for key, row in sorted(first.items(), key=lambda item: item[1]):
        if key in known:
            index, number = known[key]
            old.setdefault(index, {})[row] = number
        elif key in journal.found:
            vectors[row] = journal.found[key]
        else:
            fresh.append(row)
    for index, numbers in old.items():
        rows = list(numbers)
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            vectors[some] = index.vectors([numbers[row] for row in some])
    done = count - len(fresh)
    progress(done, count)
    batches = [fresh[start : start + _AT_ONCE] for start in range(0, len(fresh), _AT_ONCE)]
    for batch, made in zip(batches, spread(embed, _chosen(texts(), batches)), strict=True):
        if made.shape != (len(batch), dimension):
            raise ValueError(f"{len(batch)} texts have vectors of {made.shape}, expected [n, {dimension}]")
        vectors[batch] = made
        journal.append([keys[row] for row in batch], vectors[batch])
        done += len(batch)
        progress(done, count)
    for row, key in enumerate(keys):
        if first[key] != row:
            vectors[row] = vectors[first[key]]
    return vectors, len(fresh)


def _chosen(texts: Iterable[str], batches: Iterable[Sequence[int]]) -> Iterator[list[str]]:
    """Yield the texts of batches of numbers, all of them ascending."""
    numbered = enumerate(texts)
    for batch in batches:
        wanted = iter(batch)
        row, chosen = next(wanted), []
        for number, text in numbered:
            if number == row:
                chosen.append(text)
                row = next(wanted, -1)
                if row < 0:
                    break
        yield chosen


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
        records = list(_records(file, self._record)) if file.exists() else []
        self.found: dict[bytes, Halves] = {record["key"].tobytes(): record["vector"] for record in records}
        """What an earlier build left, by key."""
        self._file = file.open("ab")
        self._file.truncate(len(records) * self._record.itemsize)

    def append(self, keys: Sequence[bytes], vectors: Halves) -> None:
        """Keep vectors, float16 [n, dimension], under their keys."""
        records = np.empty(len(keys), dtype=self._record)
        records["key"] = np.frombuffer(b"".join(keys), dtype=f"V{_KEY}")
        records["vector"] = vectors
        records["sum"] = [_sum(record) for record in records]
        self._file.write(records.tobytes())
        self._file.flush()

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
