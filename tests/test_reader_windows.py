from __future__ import annotations

import unicodedata
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import ReaderError
from qa.reader.windows import CLS, SEP, Pieces, PieceTokenizer, windows


def numbered(count: int, first: int = 1000) -> Pieces:
    """Return pieces that can be told apart."""
    places = np.arange(count, dtype=np.int32)
    return Pieces(places + first, places, places + 1, np.ones(count, dtype=np.bool_))


@given(st.text(max_size=80) | st.text("aé\u0301İß🙂\u200b\r\n שלום漢'.-", max_size=80))
def test_pieces_stand_in_order_and_cover_all_that_can_be_seen(piece_tokenizer: PieceTokenizer, text: str) -> None:
    (pieces,) = piece_tokenizer.pieces([text])
    assert (pieces.starts < pieces.ends).all()
    assert (pieces.ends[:-1] <= pieces.starts[1:]).all()
    seen = {place for start, end in zip(pieces.starts, pieces.ends, strict=True) for place in range(start, end)}
    assert seen <= set(range(len(text)))
    unseen = {text[place] for place in set(range(len(text))) - seen} - {"\ufffd"}
    assert {unicodedata.category(character)[0] for character in unseen} <= set("CMZ")


def test_pieces_name_their_characters_and_the_heads_of_words(piece_tokenizer: PieceTokenizer) -> None:
    text = "Zoë’s unbelievability, 🙂"
    (pieces,) = piece_tokenizer.pieces([text])
    words = ["Zoë", "’", "s", "unbelievability", ",", "🙂"]
    heads = [text[start:] for start, head in zip(pieces.starts, pieces.heads, strict=True) if head]
    assert [rest[: len(word)] for rest, word in zip(heads, words, strict=True)] == words
    assert len(pieces) > len(words)


def test_a_piece_keeps_the_combining_marks_that_the_tokenizer_drops(piece_tokenizer: PieceTokenizer) -> None:
    text = "a cafe\u0301 opens"
    (pieces,) = piece_tokenizer.pieces([text])
    assert [text[start:end] for start, end in zip(pieces.starts, pieces.ends, strict=True)] == text.split()


def test_a_text_cannot_write_special_pieces(piece_tokenizer: PieceTokenizer) -> None:
    (pieces,) = piece_tokenizer.pieces(["end [SEP] begin [CLS]"])
    assert not {CLS, SEP} & set(pieces.ids.tolist())


def test_pieces_of_several_texts_are_those_of_each(piece_tokenizer: PieceTokenizer) -> None:
    texts = ["one", "", "a much longer text than the others"]
    for alone, pieces in zip(texts, piece_tokenizer.pieces(texts), strict=True):
        np.testing.assert_array_equal(pieces.ids, piece_tokenizer.pieces([alone])[0].ids)


@given(st.integers(0, 12), st.integers(0, 90), st.integers(0, 15), st.integers(1, 20))
def test_windows_cover_the_passage_and_overlap_by_the_stride(asked: int, count: int, stride: int, extra: int) -> None:
    question, passage = numbered(asked, first=5000), numbered(count)
    length = asked + 3 + stride + extra
    found = list(windows(question, passage, length=length, stride=stride))
    for window in found:
        part = passage.ids[window.first : window.first + window.count]
        np.testing.assert_array_equal(window.ids, [CLS, *question.ids, SEP, *part, SEP])
        assert window.ids[window.offset : window.offset + window.count].tolist() == part.tolist()
        assert len(window.ids) <= length
    assert found[0].first == 0
    assert found[-1].first + found[-1].count == count
    for before, after in pairwise(found):
        assert before.first + before.count - after.first == stride
        assert len(before.ids) == length


def test_a_long_question_is_cut() -> None:
    (window,) = windows(numbered(70, first=5000), numbered(3), length=384, stride=128)
    assert window.ids.tolist() == [CLS, *range(5000, 5064), SEP, 1000, 1001, 1002, SEP]


def test_a_window_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves 4 for the passage; a stride of 4 needs more"):
        next(windows(numbered(3), numbered(9), length=10, stride=4))


def test_a_file_that_is_no_tokenizer_is_named(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    for name in ("tokenizer.json", "missing.json"):
        with pytest.raises(ReaderError, match=name):
            PieceTokenizer(tmp_path / name)
