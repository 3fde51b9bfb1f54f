"""Hits -> Spans: read passages for a question and say where, and how surely, they answer it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from qa.errors import QuestionError, ReaderError
from qa.reader.calibration import Calibration, Evidence, probability
from qa.reader.decoding import decode
from qa.reader.runtime import Runtime, WindowLogits
from qa.reader.windows import Pieces, PieceTokenizer, Window, windows
from qa.types import Passage, Span

__all__ = ["FORMAT", "Candidate", "Reader"]

FORMAT = 1
FIRST = 2
"""Passages that are read before it is asked whether the rest is needed. One alone would leave a core idle, and misled
more often: F1 80.6 on 400 questions of SQuAD v1.1, two 81.4, all eight 81.1."""

_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold a span before it is weighed; offsets are in the passage's text."""

    start: int
    end: int
    evidence: Evidence


class Reader:
    """Find answers in passages; safe to use from many threads."""

    def __init__(self, folder: Path, *, threads: int = 0, answer_tokens: int = 30) -> None:
        card = _Card.load(folder)
        self.name = card.name
        self.calibration = card.calibration
        self._length, self._stride = card.length, card.stride
        self._longest = answer_tokens
        self._tokenizer = PieceTokenizer(folder / "tokenizer.json")
        self._runtime = Runtime(folder / "reader.onnx", threads)

    @classmethod
    def open(cls, folder: str | Path = "", *, threads: int = 0, answer_tokens: int = 30) -> Reader:
        """Open the weights in a folder, or those in the package; raise ReaderError where there are none."""
        if not folder:
            folder = Path(str(resources.files("qa.reader"))) / "weights"
        return cls(Path(folder), threads=threads, answer_tokens=answer_tokens)

    @property
    def threshold(self) -> float:
        """The least probability at which answering pays, as calibrated."""
        return self.calibration.threshold

    def read(
        self, question: str, passages: Sequence[Passage], *, count: int = 3, certain: float = 1.0
    ) -> tuple[Span, ...]:
        """Return up to ``count`` spans of each passage, the likeliest first; ties keep the passages' order.

        Passages are taken to come best first. When a span of the FIRST is at least as probable as ``certain``, of the
        others only those are read that may say the same, so that they are cited.
        """
        if certain >= 1:
            spans = self._weighed(question, passages, count)
        else:
            spans = self._weighed(question, passages[:FIRST], count)
            rest = passages[FIRST:]
            surest = max(spans, key=lambda span: span.score, default=None)
            if surest and surest.probability >= certain:
                rest = [passage for passage in rest if _may_say(surest.text, passage.text)]
            if rest:
                spans += self._weighed(question, rest, count)
        return tuple(sorted(spans, key=lambda span: -span.score))

    def _weighed(self, question: str, passages: Sequence[Passage], count: int) -> list[Span]:
        spans = []
        for passage, candidates in zip(passages, self.candidates(question, passages, count=count), strict=True):
            for candidate in candidates:
                score = self.calibration.log_odds(candidate.evidence)
                spans.append(
                    Span(
                        passage=passage,
                        start=passage.start + candidate.start,
                        end=passage.start + candidate.end,
                        text=passage.text[candidate.start : candidate.end],
                        score=score,
                        probability=probability(score),
                    )
                )
        return spans

    def candidates(self, question: str, passages: Sequence[Passage], *, count: int) -> list[list[Candidate]]:
        """Return the best spans of each passage with their evidence, as calibration is fitted on them."""
        asked, *texts = self._tokenizer.pieces([question, *(passage.text for passage in passages)])
        if not len(asked):
            raise QuestionError(f"The question {question[:80]!r} holds no word. Ask with words.")
        jobs = [
            (number, window)
            for number, pieces in enumerate(texts)
            for window in windows(asked, pieces, length=self._length, stride=self._stride)
        ]
        found: list[list[Candidate]] = [[] for _ in passages]
        for (number, window), logits in zip(jobs, self._runtime([window for _, window in jobs]), strict=True):
            found[number] += self._decode(texts[number], window, logits, count)
        return [_best(candidates, count) for candidates in found]

    def _decode(self, pieces: Pieces, window: Window, logits: WindowLogits, count: int) -> list[Candidate]:
        heads = pieces.heads[window.first : window.first + window.count + 1]
        spans = decode(logits.start, logits.end, heads, longest=self._longest, count=count)
        return [
            Candidate(
                int(pieces.starts[window.first + span.first]),
                int(pieces.ends[window.first + span.last]),
                Evidence(span.score - logits.null, logits.relevance),
            )
            for span in spans
        ]


def _may_say(answer: str, text: str) -> bool:
    """Tell whether the last word of an answer stands in a text: whoever says the same ends with it.

    >>> _may_say("Commissioner Bratton", "BRATTON said so."), _may_say("Bratton", "He said so.")
    (True, False)
    """
    words = _WORDS.findall(answer.casefold())
    return not words or words[-1] in _WORDS.findall(text.casefold())


def _best(candidates: list[Candidate], count: int) -> list[Candidate]:
    """Keep the best candidates that don't overlap; windows of one passage may find the same twice."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda candidate: -candidate.evidence.margin):
        if all(candidate.end <= other.start or other.end <= candidate.start for other in kept):
            kept.append(candidate)
    return kept[:count]


@dataclass(frozen=True, slots=True)
class _Card:
    """Hold what ``reader.json`` says."""

    name: str
    length: int
    stride: int
    calibration: Calibration

    @classmethod
    def load(cls, folder: Path) -> _Card:
        path = folder / "reader.json"
        try:
            card = json.loads(path.read_text(encoding="utf-8"))
            if card["format"] != FORMAT:
                raise ReaderError(
                    f"{path} has format {card['format']}, this version reads {FORMAT}. Train the reader anew."
                )
            calibration = Calibration.from_dict(card["calibration"])
            return cls(str(card["name"]), int(card["length"]), int(card["stride"]), calibration)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ReaderError(
                f"{folder} holds no reader ({error!r}). `qa train DATA --start START --out {folder}` makes one."
            ) from error
