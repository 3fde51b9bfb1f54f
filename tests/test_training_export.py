from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper

from qa.reader.training.export import export
from qa.reader.training.model import JointReader


def test_the_exported_network_answers_as_the_trained_one(tiny_network: JointReader, tiny_reader: Path) -> None:
    assert largest_error(tiny_network, tiny_reader) < 1e-4


def test_quantising_changes_little(tiny_network: JointReader, tokenizer_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "reader"
    export(tiny_network, tokenizer_file, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["reader.onnx", "tokenizer.json"]
    assert (folder / "tokenizer.json").read_bytes() == tokenizer_file.read_bytes()
    assert 1e-4 < largest_error(tiny_network, folder) < 0.15

    graph = onnx.load(folder / "reader.onnx").graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    products = [node.input[1] for node in graph.node if node.op_type == "MatMulInteger"]
    assert len(products) == 2 * 6 + 3, "six matrices a layer, three of the heads"
    for name in products:
        scale = tensors[name.removesuffix("_quantized") + "_scale"]
        assert scale.shape == tensors[name].shape[1:], "a scale for each channel"
    assert not {"IsNaN", "Where"} & {node.op_type for node in graph.node}, "nothing that only masks need"
    words = {name: tensor for name, tensor in tensors.items() if tensor.shape[:1] == (30522,)}
    assert sorted((str(tensor.dtype), tensor.shape[1]) for tensor in words.values()) == [("float32", 1), ("int8", 32)]


def largest_error(network: JointReader, folder: Path) -> float:
    """Return the error beside the size of the logits, where that is more than 1, over windows of several lengths."""
    session = onnxruntime.InferenceSession(str(folder / "reader.onnx"))
    errors = []
    for length in (5, 40, 512):
        ids = torch.randint(1000, 30000, (1, length), generator=torch.Generator().manual_seed(1))
        inputs = {"input_ids": ids, "token_type_ids": (torch.arange(length) > 3).long()[None]}
        with torch.no_grad():
            expected = network(attention_mask=torch.ones_like(ids), **inputs)
        found = session.run(list(expected._fields), {name: tensor.numpy() for name, tensor in inputs.items()})
        for mine, theirs in zip(found, expected, strict=True):
            assert mine.shape == tuple(theirs.shape)
            errors.append(float(np.abs(mine - theirs.numpy()).max()) / max(1.0, float(theirs.abs().max())))
    return max(errors)
