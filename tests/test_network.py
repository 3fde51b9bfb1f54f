from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from qa.network import Network
from qa.network.writing import write_network


def texts(count: int) -> list[dict[str, np.ndarray]]:
    ids = [np.arange(1000, 1003 + 5 * number) for number in range(count)]
    return [{"input_ids": row, "token_type_ids": np.zeros_like(row)} for row in ids]


def test_outputs_come_in_the_order_of_the_texts_from_any_number_of_threads(tiny_reader: Path) -> None:
    one, many = (Network(tiny_reader / "reader.onnx", threads) for threads in (1, 4))
    for text, alone, beside in zip(texts(9), one(texts(9)), many(texts(9)), strict=True):
        assert alone[0].shape == text["input_ids"].shape
        for left, right in zip(alone, beside, strict=True):
            assert (left == right).all()
    assert list(many([])) == []


def test_a_network_still_answers_while_python_ends(tiny_reader: Path) -> None:
    network = Network(tiny_reader / "reader.onnx", 2)
    network._pool.shutdown()
    assert len(list(network(texts(3)))) == 3


def test_sums_of_large_products_do_not_overflow(tmp_path: Path) -> None:
    class Sum(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words, self.add = torch.nn.Embedding(100, 64), torch.nn.Linear(64, 4)
            for parameter in self.parameters():
                torch.nn.init.ones_(parameter)

        def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor]:
            return (self.add(self.words(inputs[0])),)

    write_network(Sum(), tmp_path / "sum.onnx", inputs=["ids"], outputs=["sums"], longest=16)
    ((sums,),) = Network(tmp_path / "sum.onnx")([{"ids": np.arange(5)}])
    np.testing.assert_allclose(sums, np.full((5, 4), 65.0), rtol=0.01)
