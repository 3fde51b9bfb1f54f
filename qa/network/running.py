"""An exported network at work, on onnxruntime alone.

Texts run one by one, each on one core, as many at a time as there are cores. Measured on two cores with the reader and
eight passages: 0.35 s, against 0.53 s one by one on both cores and 0.63 s as one padded batch. And what the network
says of a text doesn't depend on the texts that happen to run beside it, which in 8 bits it would: a batch shares its
scales.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

SLOW_FUSIONS = {"SkipLayerNormFusion"}
"""Of onnxruntime 1.31: an addition and a normalisation as one step take four times as long as both alone."""

Text = Mapping[str, NDArray[np.int64]]
"""What the network reads of a text: for each of its inputs a row, int64 [pieces]."""


class Network:
    """Run an ONNX file on texts; safe to use from many threads, which share the cores."""

    def __init__(self, file: Path, threads: int = 0) -> None:
        """Open a file; ``threads`` 0 means one for each core. Raises what onnxruntime raises."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Without VNNI, x86 adds up products of 8 bits in 16, which overflow; this keeps them right, and costs a tenth.
        options.add_session_config_entry("session.x64quantprecision", "1")
        self._session = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOW_FUSIONS
        )
        self._inputs = [node.name for node in self._session.get_inputs()]
        self._threads = threads or cores()
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="network")

    def __call__(self, texts: Sequence[Text]) -> Iterator[list[NDArray[Any]]]:
        """Yield the outputs for each text, in order and in the order of the graph, without the dimension of a batch."""
        run: Iterable[list[NDArray[Any]]] = map(self._run, texts)
        if min(self._threads, len(texts)) > 1:
            with contextlib.suppress(RuntimeError):  # Python is ending, and takes no more threads
                run = self._pool.map(self._run, texts)
        yield from run

    def _run(self, text: Text) -> list[NDArray[Any]]:
        outputs = self._session.run(None, {name: text[name][None] for name in self._inputs})
        return [output[0] for output in outputs]


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
