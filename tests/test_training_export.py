from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from qa.reader.training.export import export
from qa.reader.training.model import JointReader

SHAPES = ((1, 5), (3, 40), (2, 512))


def outputs(folder: Path, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(str(folder / "reader.onnx"))
    inputs = {"input_ids": ids.numpy(), "attention_mask": mask.numpy(), "token_type_ids": types.numpy()}
    return session.run(["start", "end", "relevance"], inputs)


@pytest.mark.parametrize(("quantise", "tolerance"), [(False, 1e-4), (True, 0.15)])
def test_what_is_exported_answers_as_the_network(
    tiny_network: JointReader, tokenizer_file: Path, tmp_path: Path, quantise: bool, tolerance: float
) -> None:
    export(tiny_network, tokenizer_file, tmp_path / "reader", quantise=quantise)
    assert sorted(path.name for path in (tmp_path / "reader").iterdir()) == ["reader.onnx", "tokenizer.json"]
    assert (tmp_path / "reader" / "tokenizer.json").read_bytes() == tokenizer_file.read_bytes()
    for shape in SHAPES:
        ids = torch.randint(1000, 30000, shape, generator=torch.Generator().manual_seed(1))
        mask, types = torch.ones_like(ids), (torch.arange(shape[1]) > 3).long().expand(shape).contiguous()
        mask[0, -2:] = 0
        with torch.no_grad():
            expected = tiny_network(ids, mask, types)
        found = outputs(tmp_path / "reader", ids, mask, types)
        for name, mine, theirs in zip(expected._fields, found, expected, strict=True):
            theirs = theirs.numpy()
            assert mine.shape == theirs.shape
            error = np.abs(mine - theirs)[..., mask[0].numpy() > 0] if name != "relevance" else np.abs(mine - theirs)
            assert error.max() <= tolerance * max(1, np.abs(theirs).max()), name


def test_quantising_makes_weights_small_and_matrices_integer(
    tiny_network: JointReader, tokenizer_file: Path, tmp_path: Path
) -> None:
    import onnx

    export(tiny_network, tokenizer_file, tmp_path)
    graph = onnx.load(tmp_path / "reader.onnx").graph
    scales = [tensor for tensor in graph.initializer if tensor.name.endswith("_scale")]
    assert sum(node.op_type == "MatMulInteger" for node in graph.node) >= 2 * 6
    assert any(len(onnx.numpy_helper.to_array(tensor).reshape(-1)) > 1 for tensor in scales), "a scale for each channel"
