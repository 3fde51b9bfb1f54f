"""Text -> word pieces -> windows: what the reader sees, with the way back to characters.

A window is ``[CLS] question [SEP] part of a passage [SEP]``. A passage that doesn't fit one window is read in several,
which overlap by ``stride`` pieces.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from qa.errors import ReaderError

Integers = npt.NDArray[np.int32]

CLS, SEP = 101, 102


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Hold the word pieces of a text; piece i stands at characters ``starts[i]:ends[i]``."""

    ids: Integers
    starts: Integers
    ends: Integers
    heads: npt.NDArray[np.bool_]
    """True where a word begins, so that no answer starts or ends inside one."""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Hold the input of one pass of the reader."""

    ids: Integers
    offset: int
    """Index in ``ids`` of the first piece of the passage."""
    first: int
    """Which piece of the passage that is."""
    count: int
    """How many pieces of the passage follow."""


class PieceTokenizer:
    """Cut text into word pieces; raise ReaderError for a file that is no tokenizer."""

    def __init__(self, file: Path) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # tokenizers raises Exception itself
            raise ReaderError(f"{file} is no tokenizer: {error}. Copy the reader's folder anew.") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        # A text that says "[SEP]" must not end its part of the window.
        self._tokenizer.encode_special_tokens = True

    def pieces(self, texts: Sequence[str]) -> list[Pieces]:
        """Return the pieces of each text, without special tokens."""
        legible = [text.encode("utf-8", errors="replace").decode("utf-8") for text in texts]  # of the same length
        encodings = self._tokenizer.encode_batch(legible, add_special_tokens=False)
        return [
            _pieces(text, encoding.ids, encoding.offsets, encoding.word_ids)
            for text, encoding in zip(texts, encodings, strict=True)
        ]


def _pieces(text: str, ids: list[int], offsets: list[tuple[int, int]], words: list[int | None]) -> Pieces:
    if not text.isascii():
        offsets = [(start, _with_marks(text, end)) for start, end in offsets]
    bounds = np.asarray(offsets, dtype=np.int32).reshape(-1, 2)
    numbers = np.asarray([-1 if word is None else word for word in words], dtype=np.int32)
    heads = np.ones(len(ids), dtype=np.bool_)
    heads[1:] = numbers[1:] != numbers[:-1]
    return Pieces(np.asarray(ids, dtype=np.int32), bounds[:, 0], bounds[:, 1], heads)


def _with_marks(text: str, end: int) -> int:
    r"""Move an end behind the combining marks there: the tokenizer drops them, and a quote keeps its accents.

    >>> _with_marks("cafe\u0301s", 4)
    5
    """
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def windows(
    question: Pieces, passage: Pieces, *, length: int, stride: int, question_length: int = 64
) -> Iterator[Window]:
    """Yield the windows of ``length`` pieces at most that cover the passage.

    A question longer than ``question_length`` pieces is cut there. Raises ValueError where ``length`` leaves the
    passage no more than ``stride``.
    """
    head = np.concatenate(([CLS], question.ids[:question_length], [SEP])).astype(np.int32)
    room = length - len(head) - 1
    if room <= stride:
        raise ValueError(f"A window of {length} pieces leaves {room} for the passage; a stride of {stride} needs more.")
    first = 0
    while True:
        part = passage.ids[first : first + room]
        yield Window(np.concatenate((head, part, [SEP])).astype(np.int32), len(head), first, len(part))
        if first + room >= len(passage):
            return
        first += room - stride
