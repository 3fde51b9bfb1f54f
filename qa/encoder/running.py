"""An exported encoder at work, on onnxruntime and tokenizers alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.errors import EncoderError

Vectors = NDArray[np.float32]

_CHUNK = 4096
_BATCH_ROWS = 64
_BATCH_PIECES = 8192


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
    """Turn text into unit vectors with onnxruntime."""

    def __init__(self, folder: Path, card: EncoderCard, threads: int) -> None:
        import onnxruntime as ort
        from tokenizers import Tokenizer

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
        self._inputs = [node.name for node in self._session.get_inputs()]
        self._whole = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._whole.no_truncation()
        self._whole.no_padding()
        self._cut = Tokenizer.from_str(self._whole.to_str())
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
        return len(self._whole.encode(_legible(self._card.passage_prompt + text)).ids) <= self._card.max_pieces

    def encode_question(self, text: str) -> Vectors:
        """Return the unit vector of a question, float32 [dimension]."""
        ((_, vectors),) = self._batches([self._card.question_prompt + text])
        vector: Vectors = vectors[0]
        return vector

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> Vectors:
        """Return the unit vectors of passages, float32 [n, dimension].

        ``progress`` is called with how many are done, and of how many.
        """
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            chunk = [self._card.passage_prompt + text for text in texts[start : start + _CHUNK]]
            done = start
            for rows, values in self._batches(chunk):
                vectors[[start + row for row in rows]] = values
                done += len(rows)
                if progress is not None:
                    progress(done, len(texts))
        return vectors

    def _batches(self, texts: list[str]) -> Iterator[tuple[list[int], Vectors]]:
        """Yield rows and their vectors, texts of like length together: padding is work for nothing."""
        encodings = self._cut.encode_batch([_legible(text) for text in texts])
        lengths = [len(encoding.ids) for encoding in encodings]
        batch: list[int] = []
        for row in sorted(range(len(texts)), key=lambda row: (lengths[row], row)):
            if batch and (len(batch) == _BATCH_ROWS or (len(batch) + 1) * lengths[row] > _BATCH_PIECES):
                yield batch, self._run([encodings[row] for row in batch])
                batch = []
            batch.append(row)
        if batch:
            yield batch, self._run([encodings[row] for row in batch])

    def _run(self, encodings: list[Any]) -> Vectors:
        shape = len(encodings), max(1, *(len(encoding.ids) for encoding in encodings))
        ids = np.full(shape, self._card.pad_id, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        types = np.zeros(shape, dtype=np.int64)
        for row, encoding in enumerate(encodings):
            length = len(encoding.ids)
            ids[row, :length] = encoding.ids
            mask[row, :length] = 1
            types[row, :length] = encoding.type_ids
        values = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        (vectors,) = self._session.run(None, {name: values[name] for name in self._inputs})
        return np.asarray(vectors, dtype=np.float32)


def _legible(text: str) -> str:
    """Replace lone surrogates, which the tokenizer refuses."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or its class."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
