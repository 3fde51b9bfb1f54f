"""A torch module to the ONNX file that a Network runs: one text at a time, in 8 bits, nothing done for nothing.

Measured on the reader, a window of 200 pieces on one core: 89 ms as torch exports it, 57 ms without what follows from
batches and from torch's fused attention (a mask that hides nothing, and a search for the NaN that it could cause).
"""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

WORDS, WORD_SCALES = "words_rounded", "words_scales"
"""Names of the word embeddings in the graph: int8, and a scale for each word."""

_MASK = "create_bidirectional_mask"  # as transformers calls what BERT and its kin mask with
_ONE_FILE = 1_900_000_000  # bytes; a protobuf holds 2 GB at most


def write_network(
    network: torch.nn.Module,
    file: Path,
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    longest: int,
    quantise: bool = True,
) -> None:
    """Write a module whose ``forward(*inputs)`` takes int64 [1, length], with a length up to ``longest``.

    Weights are quantised to 8 bits, those of matrices for each output channel, those of word embeddings for each word.
    For the reader, one scale for a whole matrix would cost ten points of F1, one for all words most of a point. A
    module of more than 2 GB stays as it is.
    """
    size = sum(parameter.numel() * 4 for parameter in network.parameters())
    with quiet(), tempfile.TemporaryDirectory(prefix="qa-export-") as scratch:
        quantise = quantise and size < _ONE_FILE
        plain = Path(scratch, "plain.onnx") if quantise else file
        with _bare_attention(network):
            torch.onnx.export(
                network.cpu().float().eval(),
                tuple(torch.ones((1, 8), dtype=torch.int64) for _ in inputs),
                plain,
                input_names=list(inputs),
                output_names=list(outputs),
                dynamic_shapes=(tuple({1: torch.export.Dim("length", max=longest)} for _ in inputs),),
                dynamo=True,
                external_data=size >= _ONE_FILE,
                verbose=False,
            )
        if quantise:
            _quantise(plain, file)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the chatter of exporter, quantiser and model loader off the terminal."""
    from transformers.utils import logging as transformers_logging

    before = logging.root.manager.disable
    bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
        if bars:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def _bare_attention(network: torch.nn.Module) -> Iterator[None]:
    """Have attention computed step by step and, where transformers makes the mask in the usual place, without one."""
    parts = list(network.modules())
    settings: list[Any] = [getattr(part, "config", None) for part in parts]
    configurations = [each for each in settings if hasattr(each, "_attn_implementation")]
    homes = {sys.modules[type(part).__module__] for part in parts}
    masking = {home: getattr(home, _MASK) for home in homes if hasattr(home, _MASK)}
    before = [configuration._attn_implementation for configuration in configurations]
    try:
        for configuration in configurations:
            configuration._attn_implementation = "eager"
        for home in masking:
            setattr(home, _MASK, lambda *_, **__: None)
        yield
    finally:
        for configuration, implementation in zip(configurations, before, strict=True):
            configuration._attn_implementation = implementation
        for home, make in masking.items():
            setattr(home, _MASK, make)


def _quantise(plain: Path, file: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = plain.with_name("prepared.onnx")
    _forget_shapes(plain)
    quant_pre_process(plain, prepared, skip_symbolic_shape=True)
    _forget_shapes(prepared)
    _quantise_words(prepared)
    quantize_dynamic(
        prepared, file, op_types_to_quantize=["MatMul", "Gemm"], per_channel=True, weight_type=QuantType.QInt8
    )


def _quantise_words(file: Path) -> None:
    """Store the word embeddings as int8 with a scale for each word, put back where they are looked up."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(file)
    graph = model.graph
    table = max(graph.initializer, key=lambda tensor: tensor.dims[0] if len(tensor.dims) == 2 else 0)
    place = next(at for at, node in enumerate(graph.node) if table.name in node.input)
    lookup = graph.node[place]
    words, out = lookup.input[1], lookup.output[0]
    values = numpy_helper.to_array(table)
    scales = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-9) / 127
    graph.initializer.append(numpy_helper.from_array(np.round(values / scales).astype(np.int8), WORDS))
    graph.initializer.append(numpy_helper.from_array(scales.astype(np.float32), WORD_SCALES))
    graph.initializer.remove(table)
    graph.node.remove(lookup)
    steps = [
        helper.make_node("Gather", [WORDS, words], ["word_rounded"]),
        helper.make_node("Gather", [WORD_SCALES, words], ["word_scale"]),
        helper.make_node("Cast", ["word_rounded"], ["word_cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["word_cast", "word_scale"], [out]),
    ]
    for step in reversed(steps):
        graph.node.insert(place, step)
    onnx.save(model, file)


def _forget_shapes(file: Path) -> None:
    """Drop the recorded shapes, which contradict those of the weights that quantisation transposes."""
    import onnx

    model = onnx.load(file)
    del model.graph.value_info[:]
    onnx.save(model, file)
