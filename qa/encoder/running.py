"""An exported encoder at work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.errors import EncoderError
from qa.network import Network, Text

_SPECIAL = 8
"""More special tokens than any tokenizer adds."""

Vectors = NDArray[np.float32]

_CHUNK = 256
"""Texts that are cut into word pieces at a time."""


@dataclass(frozen=True, slots=True)
class EncoderCard:
    """Hold what ``encoder.json`` says of an exported encoder."""

    name: str
    fingerprint: str
    """SHA-256 over the model's weights, tokenizer and configuration."""
    weights: dict[str, str]
    """SHA-256 of each file of weights that it was exported from."""
    dimension: int
    max_pieces: int
    """Most word pieces that it reads, special tokens included; what follows is cut off."""
    question_prompt: str
    passage_prompt: str
    pad_id: int
    versions: dict[str, str]


class Encoder:
    """Turn text into unit vectors."""

    def __init__(self, folder: Path, card: EncoderCard, threads: int) -> None:
        from tokenizers import Tokenizer

        self._network = Network(folder / "model.onnx", threads)
        self._cut = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._cut.no_padding()
        self._cut.enable_truncation(card.max_pieces)
        self._card = card

    @classmethod
    def open(cls, folder: str | Path, threads: int = 0) -> Encoder:
        """Open an exported encoder; ``threads`` 0 means one per core.

        Raises EncoderError when the folder holds no readable encoder.
        """
        folder = Path(folder)
        try:
            card = EncoderCard(**json.loads((folder / "encoder.json").read_text(encoding="utf-8")))
            return cls(folder, card, threads)
        except Exception as error:  # onnxruntime and tokenizers raise classes of their own
            message = f"{folder} holds no usable encoder ({first_line(error)}). Build the index again with `qa index`."
            raise EncoderError(message) from error

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._card.name

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 that tells this encoder from every other."""
        return self._card.fingerprint

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return self._card.dimension

    def fits(self, text: str) -> bool:
        """Tell whether the encoder reads the whole passage, nothing cut off."""
        text = self._card.passage_prompt + text
        if text.isascii() and len(text) + _SPECIAL <= self._card.max_pieces:
            return True  # no piece is shorter than a character, so most sentences needn't be cut
        return not self._cut.encode(_legible(text)).overflowing

    def encode_question(self, text: str) -> Vectors:
        """Return the unit vector of a question, float32 [dimension]."""
        (vector,) = self._encode([self._card.question_prompt + text])
        return vector

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> Vectors:
        """Return the unit vectors of passages, float32 [n, dimension].

        ``progress`` is called with how many are done, and of how many.
        """
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            chunk = [self._card.passage_prompt + text for text in texts[start : start + _CHUNK]]
            for row, vector in enumerate(self._encode(chunk), start):
                vectors[row] = vector
                if progress is not None:
                    progress(row + 1, len(texts))
        return vectors

    def _encode(self, texts: list[str]) -> Iterator[Vectors]:
        encodings = self._cut.encode_batch([_legible(text) for text in texts])
        for (vector,) in self._network([_text(encoding) for encoding in encodings]):
            yield np.asarray(vector, dtype=np.float32)


def _text(encoding: Any) -> Text:
    ids = np.asarray(encoding.ids, dtype=np.int64)
    types = np.asarray(encoding.type_ids, dtype=np.int64)
    return {"input_ids": ids, "token_type_ids": types, "attention_mask": np.ones_like(ids)}  # older exports have a mask


def _legible(text: str) -> str:
    """Replace lone surrogates, which the tokenizer refuses."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or its class."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
