"""A trained network -> the files that the reader runs; its card is written by whoever trained it."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from torch import Tensor

from qa.network.writing import write_network
from qa.reader.training.model import JointReader, Logits


def export(model: JointReader, tokenizer: Path, folder: Path, *, quantise: bool = True) -> None:
    """Write ``reader.onnx`` and ``tokenizer.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    inputs = ("input_ids", "token_type_ids")
    file = folder / "reader.onnx"
    write_network(_Window(model), file, inputs=inputs, outputs=Logits._fields, longest=512, quantise=quantise)


class _Window(torch.nn.Module):
    """The network on a window without padding, its outputs as a tuple."""

    def __init__(self, model: JointReader) -> None:
        super().__init__()
        self.model = model

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        input_ids, token_type_ids = inputs
        return tuple(self.model(input_ids, torch.ones_like(input_ids), token_type_ids))
