from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from qa.errors import ReaderError
from qa.reader.runtime import Runtime
from qa.reader.training.model import JointReader
from qa.reader.windows import PieceTokenizer, Window, windows


@pytest.fixture(scope="module")
def asked(piece_tokenizer: PieceTokenizer) -> list[Window]:
    """Return windows of many lengths, in no order of length."""
    texts = ["word " * (1 + number * 17 % 60) for number in range(20)]
    question, *passages = piece_tokenizer.pieces(["Who was that?", *texts])
    return [next(windows(question, passage, length=128, stride=16)) for passage in passages]


def test_logits_are_those_of_the_network_in_order(
    tiny_reader: Path, tiny_network: JointReader, asked: list[Window]
) -> None:
    for window, found in zip(asked, Runtime(tiny_reader / "reader.onnx", 1)(asked), strict=True):
        ids = torch.tensor(window.ids[None].astype(np.int64))
        types = (torch.arange(ids.shape[1]) >= window.offset).long()[None]
        with torch.no_grad():
            logits = tiny_network(ids, torch.ones_like(ids), types)
        part = slice(window.offset, window.offset + window.count)
        np.testing.assert_allclose(found.start, logits.start[0, part], atol=1e-4)
        np.testing.assert_allclose(found.end, logits.end[0, part], atol=1e-4)
        assert found.null == pytest.approx(float(logits.start[0, 0] + logits.end[0, 0]), abs=1e-4)
        assert found.relevance == pytest.approx(float(logits.relevance[0]), abs=1e-4)


def test_a_window_s_logits_depend_on_no_other_and_not_on_the_threads(tiny_reader: Path, asked: list[Window]) -> None:
    together = Runtime(tiny_reader / "reader.onnx", 3)(asked)
    alone = Runtime(tiny_reader / "reader.onnx", 1)
    for window, found in zip(asked, together, strict=True):
        (other,) = alone([window])
        assert (found.start == other.start).all()
        assert (found.null, found.relevance) == (other.null, other.relevance)


def test_no_window_gives_no_logits(tiny_reader: Path) -> None:
    assert Runtime(tiny_reader / "reader.onnx", 1)([]) == []


def test_a_file_that_is_no_network_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    for name in ("broken.onnx", "missing.onnx"):
        with pytest.raises(ReaderError, match=name):
            Runtime(tmp_path / name)
