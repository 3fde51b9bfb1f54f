"""Windows -> logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa.errors import ReaderError
from qa.network import Network, Text
from qa.reader.decoding import Floats
from qa.reader.windows import Window


@dataclass(frozen=True, slots=True, eq=False)
class WindowLogits:
    """Hold what the network says of one window; ``start`` and ``end`` are over the pieces of its passage."""

    start: Floats
    end: Floats
    null: float
    """Start plus end logit of the null answer."""
    relevance: float


class Runtime:
    """Run the exported reader; its outputs are the logits of start, end and relevance."""

    def __init__(self, model: Path, threads: int = 0) -> None:
        try:
            self._network = Network(model, threads)
        except Exception as error:  # onnxruntime raises classes of its own that share no public base
            raise ReaderError(f"{model} can't be run: {error}") from error

    def __call__(self, windows: Sequence[Window]) -> list[WindowLogits]:
        """Return the logits of each window, in order."""
        outputs = self._network([_text(window) for window in windows])
        return [_logits(window, *output) for window, output in zip(windows, outputs, strict=True)]


def _text(window: Window) -> Text:
    ids = np.asarray(window.ids, dtype=np.int64)
    types = (np.arange(len(ids)) >= window.offset).astype(np.int64)
    return {"input_ids": ids, "token_type_ids": types, "attention_mask": np.ones_like(ids)}  # older exports have a mask


def _logits(window: Window, start: Floats, end: Floats, relevance: Floats) -> WindowLogits:
    passage = slice(window.offset, window.offset + window.count)
    return WindowLogits(start[passage], end[passage], float(start[0] + end[0]), float(relevance))
