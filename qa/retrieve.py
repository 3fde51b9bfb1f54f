"""A question to the passages worth reading: nearest vectors and BM25, their scores added up."""

from __future__ import annotations

from collections.abc import Sequence

from qa.encoder import Encoder
from qa.errors import IndexOutdated
from qa.index import VectorStore
from qa.types import Hit, Where

LEXICAL = 0.2
"""What the best passage by BM25 gains on a cosine. More helps questions in the words of the text (SQuAD), less those in
other words; from 0.15 to 0.25 it beat adding up ranks on SQuAD and on news alike."""


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
    dense = index.dense(encoder.encode_question(question), depth, where)
    lexical = index.lexical(question, depth, where)
    best = fuse(dense, lexical, depth)[:top_k]
    ranks = [{number: rank for rank, (number, _) in enumerate(ranking, start=1)} for ranking in (dense, lexical)]
    passages = index.passages([number for number, _ in best])
    return tuple(
        Hit(passage, score, ranks[0].get(number), ranks[1].get(number))
        for passage, (number, score) in zip(passages, best, strict=True)
    )


def fuse(
    dense: Sequence[tuple[int, float]], lexical: Sequence[tuple[int, float]], depth: int
) -> list[tuple[int, float]]:
    """Fuse two rankings of passages into one with scores: the cosine, and BM25 as a share of the best one's.

    Rankings end after ``depth`` passages; one that a full ranking doesn't name is taken to score as its last. Adding
    up scores ranks better than adding up ranks (Bruch, Gai and Ingber, TOIS 2023). Of two with the same score the lower
    number comes first.

    >>> fuse([(7, 0.75), (3, 0.5)], [(3, 8.0), (5, 4.0)], depth=2)
    [(7, 0.85), (3, 0.7), (5, 0.6)]
    """
    cosines, shares = dict(dense), {number: score / lexical[0][1] for number, score in lexical}
    cosine_else, share_else = (
        min(scores.values()) if 0 < depth <= len(scores) else 0.0 for scores in (cosines, shares)
    )
    scores = {
        number: round(cosines.get(number, cosine_else) + LEXICAL * shares.get(number, share_else), 6)
        for number in cosines.keys() | shares.keys()
    }
    return sorted(scores.items(), key=lambda scored: (-scored[1], scored[0]))
