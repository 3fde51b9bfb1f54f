"""The values that travel from a file to an answer.

    Document -> Passage -> Hit -> Span -> Citation -> Answer

Every offset is half-open, in code points, into ``Document.text``: for each Passage, Span and Citation,
``document.text[start:end] == text``. Every ``score`` is higher-is-better; every ``probability`` is calibrated.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field

Value = str | int | float | bool
Where = Mapping[str, Value | Collection[Value]]
"""What documents must be to be asked: for each key the value, or several of which one."""


def wanted(value: Value | Collection[Value]) -> list[str]:
    """Return the values of a key of ``where`` as documents hold them: as text, numbers as JSON writes them.

    >>> wanted("2014"), wanted(2014), wanted(["Ann", True])
    (['2014'], ['2014'], ['Ann', 'true'])
    """
    values = [value] if isinstance(value, str | int | float) else value
    return [each if isinstance(each, str) else json.dumps(each) for each in values]


@dataclass(frozen=True, slots=True)
class Document:
    """Hold one article; its text is fixed here, once, and never changed afterwards."""

    id: str
    """Path relative to the corpus, with ``/``; ``#3`` follows for the third record of a file of many."""
    text: str
    title: str
    url: str | None = None
    published: str | None = None
    author: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)
    sources: tuple[str, ...] = ()
    """Every id under which the same text was found, this document's own first."""

    def to_dict(self) -> dict[str, object]:
        """Return the document as JSON-ready values."""
        return asdict(self) | {"sources": list(self.sources)}


@dataclass(frozen=True, slots=True)
class Passage:
    """Hold a run of whole sentences of one document."""

    document: str
    start: int
    end: int
    text: str
    sentences: tuple[int, ...]
    """Where each sentence starts, in the document; the first is ``start``."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Hold a passage that was retrieved for a question."""

    passage: Passage
    score: float
    """Fused score of both rankings, as ``qa.retrieve.fuse`` tells; comparable within one question only."""
    dense_rank: int | None = None
    """Rank among the nearest vectors, from 1; None when it was not among them."""
    lexical_rank: int | None = None
    """Rank by BM25, from 1; None when it was not among the best."""
    read: bool = False
    """Whether the reader read it; it leaves out the rest when the answer is certain before."""

    def to_dict(self) -> dict[str, object]:
        """Return the hit as JSON-ready values."""
        return {
            "document": self.passage.document,
            "start": self.passage.start,
            "end": self.passage.end,
            "text": self.passage.text,
            "score": self.score,
            "dense_rank": self.dense_rank,
            "lexical_rank": self.lexical_rank,
        }


@dataclass(frozen=True, slots=True)
class Span:
    """Hold a candidate answer that the reader found in a passage."""

    passage: Passage
    start: int
    end: int
    text: str
    score: float
    """Log-odds that this is the answer rather than that the passage holds none; comparable across passages."""
    probability: float


@dataclass(frozen=True, slots=True)
class Citation:
    """Hold one place where an answer stands."""

    number: int
    document: str
    title: str
    start: int
    end: int
    text: str
    context: str
    """The sentence or sentences around the quote, verbatim."""
    context_start: int
    """Where ``context`` begins in the document; the quote starts ``start - context_start`` characters into it."""
    probability: float

    def to_dict(self) -> dict[str, object]:
        """Return the citation as JSON-ready values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Hold one of several answers: an item of a list, or one that was found and not chosen."""

    text: str
    probability: float
    citations: tuple[Citation, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the alternative as JSON-ready values."""
        return {
            "text": self.text,
            "probability": self.probability,
            "citations": [citation.to_dict() for citation in self.citations],
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what the articles answer to a question: a quote with its citations, or nothing."""

    question: str
    text: str | None
    """The quote, as it stands at the first citation; None when the articles don't answer."""
    confidence: float
    """Probability that ``text`` is right; without a text, that of the best candidate, which was refused."""
    citations: tuple[Citation, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    """What was found and not chosen, likeliest first; a refused answer is the first of them."""
    hits: tuple[Hit, ...] = ()
    """The passages that were retrieved, best first."""
    seconds: Mapping[str, float] = field(default_factory=dict, hash=False)
    """Time by stage (retrieve, read, choose) and ``total``."""
    asked_as: str | None = None
    """What the question was taken to mean in its conversation; None where it stands alone."""
    items: tuple[Alternative, ...] = ()
    """Where the question asks for several and several are sure enough: all of them, ``text`` first."""

    @property
    def read(self) -> int:
        """Return how many of the hits were read before the answer was certain."""
        return sum(hit.read for hit in self.hits)

    def to_dict(self) -> dict[str, object]:
        """Return the answer as JSON-ready values, as ``qa ask --json`` prints it."""
        return {
            "question": self.question,
            "asked_as": self.asked_as,
            "text": self.text,
            "confidence": self.confidence,
            "citations": [citation.to_dict() for citation in self.citations],
            "items": [item.to_dict() for item in self.items],
            "alternatives": [alternative.to_dict() for alternative in self.alternatives],
            "seconds": dict(self.seconds),
        }
