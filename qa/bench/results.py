"""What a run measures."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from qa.bench.crowd import Crowd


@dataclass(frozen=True, slots=True)
class Build:
    """Hold what an index of a size costs."""

    documents: int
    passages: int
    seconds: float
    embedding_seconds: float
    """Of these, making vectors."""
    passages_per_second: float
    """Over the whole build: splitting, embedding, writing."""
    megabytes: float
    """On disk, without the encoder."""
    vectors: str
    """Kind of vector index, as FAISS's factory spells it."""
    composed: bool
    """Whether the vectors of made passages were composed of their sentences', for lack of time to read them all."""
    peak_megabytes: float | None
    """Most resident memory of the building process so far; None where the system doesn't say."""


@dataclass(frozen=True, slots=True)
class Start:
    """Hold what ``qa ask`` costs as a new process, from its start to its first line."""

    seconds: tuple[float, ...]
    """Of each run, the files in the system's cache."""
    peak_megabytes: float | None
    """Most resident memory of the process; None where the system doesn't say."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what a question costs in an open engine."""

    passages: int
    top_k: int
    questions: int
    milliseconds: dict[str, float]
    """Medians by stage: encode (the question), dense, lexical, read, choose."""
    p50: float
    """Milliseconds, the whole answer."""
    p95: float
    retrieve_p50: float
    """Milliseconds, the question's encoding, both searches and fetching the passages."""
    retrieve_p95: float


@dataclass(frozen=True, slots=True)
class Size:
    """Hold everything about one size of corpus."""

    build: Build
    start: Start
    open_seconds: float
    """Opening the index, in a process that has opened others."""
    recall_at_10: float
    """Of the ten passages whose vectors are nearest to a question, those that the search finds."""
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """Hold a run."""

    machine: dict[str, str]
    sizes: tuple[Size, ...]
    crowds: tuple[Crowd, ...]
    """Of the smallest size: one person over HTTP, then many."""

    def to_dict(self) -> dict[str, object]:
        """Return the run as JSON-ready values."""
        return asdict(self)
