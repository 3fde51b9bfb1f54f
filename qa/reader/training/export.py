"""A trained network -> the files that the reader runs: int8 ONNX, tokenizer, card."""

from __future__ import annotations

import contextlib
import io
import logging
import shutil
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from qa.reader.training.model import JointReader


def export(model: JointReader, tokenizer: Path, folder: Path, *, quantise: bool = True) -> None:
    """Write ``reader.onnx`` and ``tokenizer.json``; the card is written by whoever knows how it was trained.

    Weights are quantised to 8 bits, those of matrices for each output channel, those of word embeddings for each word.
    One scale for a whole matrix would cost ten points of F1, one for all words most of a point.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    with tempfile.TemporaryDirectory(prefix="qa-export-") as scratch, _quiet():
        plain = Path(scratch, "plain.onnx") if quantise else folder / "reader.onnx"
        _export_graph(model, plain)
        if quantise:
            _quantise(plain, folder / "reader.onnx")


class _Plain(torch.nn.Module):
    """The network with its outputs as a tuple, by the order of the names."""

    def __init__(self, model: JointReader) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.model(input_ids, attention_mask, token_type_ids))


def _export_graph(model: JointReader, file: Path) -> None:
    names = ["input_ids", "attention_mask", "token_type_ids"]
    examples = tuple(torch.ones((2, 8), dtype=torch.int64) for _ in names)
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length", max=512)
    torch.onnx.export(
        _Plain(model.cpu().float().eval()).eval(),
        examples,
        file,
        input_names=names,
        output_names=["start", "end", "relevance"],
        dynamic_shapes={name: {0: batch, 1: length} for name in names},
        dynamo=True,
        external_data=False,
        verbose=False,
    )


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
    graph.initializer.append(numpy_helper.from_array(np.round(values / scales).astype(np.int8), "words_rounded"))
    graph.initializer.append(numpy_helper.from_array(scales.astype(np.float32), "words_scales"))
    graph.initializer.remove(table)
    graph.node.remove(lookup)
    steps = [
        helper.make_node("Gather", ["words_rounded", words], ["word_rounded"]),
        helper.make_node("Gather", ["words_scales", words], ["word_scale"]),
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


@contextlib.contextmanager
def _quiet():  # type: ignore[no-untyped-def]
    """Keep the exporter's and the quantiser's chatter off the terminal."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
