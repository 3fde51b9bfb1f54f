"""A question to the passages worth reading: nearest vectors and BM25, fused by rank."""

from __future__ import annotations

from collections.abc import Sequence

from qa.encoder import Encoder
from qa.errors import IndexOutdated
from qa.index import VectorStore
from qa.types import Hit, Where

RANK_CONSTANT = 60
"""Of reciprocal rank fusion; the value of Cormack, Clarke and Büttcher (SIGIR 2009)."""


def retrieve(
    index: VectorStore,
    encoder: Encoder,
    question: str,
    *,
    top_k: int,
    candidates: int,
    where: Where | None = None,
) -> tuple[Hit, ...]:
    """Return the ``top_k`` passages that fit a question best, best first.

    Dense and lexical retrieval each name ``candidates`` passages, or ``top_k`` where that is more. ``where`` is that of
    VectorStore. Raises IndexOutdated when the index was built with another encoder.
    """
    if encoder.fingerprint != index.encoder.fingerprint:
        raise IndexOutdated(
            f"The index was built with the encoder {index.encoder.name}, not with this {encoder.name}. "
            "Open the encoder that lies in the index, or build it again with `qa index`."
        )
    depth = max(candidates, top_k)
    dense = [number for number, _ in index.dense(encoder.encode_question(question), depth, where)]
    lexical = index.lexical(question, depth, where)
    best = fuse(dense, lexical)[:top_k]
    ranks = [{number: rank for rank, number in enumerate(ranking, start=1)} for ranking in (dense, lexical)]
    passages = index.passages([number for number, _ in best])
    return tuple(
        Hit(passage, score, ranks[0].get(number), ranks[1].get(number))
        for passage, (number, score) in zip(passages, best, strict=True)
    )


def fuse(*rankings: Sequence[int]) -> list[tuple[int, float]]:
    """Fuse rankings of passage numbers into one, by reciprocal rank (Cormack et al. 2009), with its scores.

    Of two with the same score the lower number comes first.

    >>> [number for number, _ in fuse([7, 3, 5], [5, 7])]
    [7, 5, 3]
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, number in enumerate(ranking, start=1):
            scores[number] = scores.get(number, 0.0) + 1 / (RANK_CONSTANT + rank)
    return sorted(scores.items(), key=lambda scored: (-scored[1], scored[0]))
