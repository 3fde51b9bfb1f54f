"""The words of an index: BM25 (Robertson & Zaragoza 2009, in Lucene's form) over English stems, by bm25s.

Stemming raises recall@8 of the fused ranking from 0.970 to 0.978 on 1,991 questions of SQuAD v1.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray


def write(folder: Path, texts: Sequence[str]) -> None:
    """Write the words of passages to a folder."""
    words = _words(list(texts), return_ids=True)
    bm25 = bm25s.BM25()
    if not words.vocab:  # bm25s takes no empty one: an empty word stands in, which no question holds
        words = ([[0]] * max(1, len(texts)), {"": 0})
    bm25.index(words, show_progress=False)
    bm25.save(folder, allow_pickle=False)


class Lexical:
    """Find the passages that share the rarest words with a question."""

    def __init__(self, folder: Path) -> None:
        self._bm25 = bm25s.BM25.load(folder, mmap=True, load_corpus=False, allow_pickle=False)

    def best(self, question: str, k: int, allowed: NDArray[np.int64] | None = None) -> list[int]:
        """Return the numbers of the ``k`` best passages, best first, of those allowed that share a word."""
        words = _words([question], return_ids=False)[0]
        if not words or k <= 0:
            return []
        scores = self._bm25.get_scores(words)
        numbers = np.flatnonzero(scores > 0) if allowed is None else allowed[scores[allowed] > 0]
        if len(numbers) > k:
            least = np.partition(scores[numbers], -k)[-k]
            numbers = numbers[scores[numbers] >= least]
        order = np.lexsort((numbers, -scores[numbers]))
        return [int(number) for number in numbers[order[:k]]]


def _words(texts: list[str], *, return_ids: bool) -> Any:
    stemmer = Stemmer.Stemmer("english")  # one a call: it is not for several threads
    return bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, return_ids=return_ids, show_progress=False)
