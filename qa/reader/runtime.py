"""Windows -> logits, on onnxruntime alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from qa.errors import ReaderError
from qa.reader.decoding import Floats
from qa.reader.windows import PAD, Window

BATCH = 16


@dataclass(frozen=True, slots=True, eq=False)
class WindowLogits:
    """Hold what the network says of one window; ``start`` and ``end`` are over the pieces of its passage."""

    start: Floats
    end: Floats
    null: float
    """Start plus end logit of the null answer."""
    relevance: float


class Runtime:
    """Run the exported network."""

    def __init__(self, model: Path, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises classes of its own that share no public base
            raise ReaderError(f"{model} can't be run: {error}") from error

    def __call__(self, windows: Sequence[Window]) -> list[WindowLogits]:
        """Return the logits of each window, in order; those of similar length run together."""
        logits: list[WindowLogits | None] = [None] * len(windows)
        order = sorted(range(len(windows)), key=lambda number: len(windows[number].ids))
        for low in range(0, len(order), BATCH):
            numbers = order[low : low + BATCH]
            for number, result in zip(numbers, self._run([windows[number] for number in numbers]), strict=True):
                logits[number] = result
        return [result for result in logits if result is not None]

    def _run(self, windows: Sequence[Window]) -> list[WindowLogits]:
        shape = (len(windows), max(len(window.ids) for window in windows))
        ids = np.full(shape, PAD, dtype=np.int64)
        mask, types = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, window in enumerate(windows):
            size = len(window.ids)
            ids[row, :size] = window.ids
            mask[row, :size] = 1
            types[row, window.offset : size] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        start, end, relevance = self._session.run(["start", "end", "relevance"], inputs)
        return [
            WindowLogits(
                start[row, window.offset : window.offset + window.count],
                end[row, window.offset : window.offset + window.count],
                float(start[row, 0] + end[row, 0]),
                float(relevance[row]),
            )
            for row, window in enumerate(windows)
        ]
