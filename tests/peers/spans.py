"""The best span of several texts by a question answering network of transformers, decoded as its papers say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

LONGEST = 30
"""Word pieces of an answer."""


@dataclass(frozen=True)
class Best:
    """Hold the best span; ``score`` is its margin over the null answer of its text."""

    score: float
    text: int
    start: int
    end: int


def best_span(tokenizer: Any, model: Any, question: str, texts: Sequence[str]) -> Best:
    """Read all texts as one padded batch."""
    batch = tokenizer(
        [question] * len(texts),
        list(texts),
        truncation="only_second",
        max_length=384,
        padding=True,
        return_offsets_mapping=True,
        return_tensors="pt",
    )
    offsets = batch.pop("offset_mapping")
    with torch.inference_mode():
        logits = model(**batch)
    found = []
    for row in range(len(texts)):
        inside = torch.tensor([part == 1 for part in batch.encodings[row].sequence_ids])
        begin = logits.start_logits[row].masked_fill(~inside, -torch.inf)
        end = logits.end_logits[row].masked_fill(~inside, -torch.inf)
        null = logits.start_logits[row, 0] + logits.end_logits[row, 0]
        allowed = torch.ones(len(begin), len(end), dtype=torch.bool).triu().tril(LONGEST - 1)
        spans = (begin[:, None] + end[None, :] - null).masked_fill(~allowed, -torch.inf)
        score, place = spans.flatten().max(0)
        first, last = divmod(int(place), spans.shape[1])
        found.append(Best(float(score), row, int(offsets[row, first, 0]), int(offsets[row, last, 1])))
    return max(found, key=lambda best: best.score)
