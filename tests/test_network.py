from __future__ import annotations

from pathlib import Path

import numpy as np

from qa.network import Network


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
