"""The measurements, one run on one machine."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from qa.bench.grow import grown
from qa.building import build_index
from qa.encoder import Encoder
from qa.engine import QA
from qa.errors import QAError
from qa.passages import split
from qa.settings import Settings
from qa.types import Document

WARMING = 3
"""Questions that are asked before any is timed."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Build:
    """Hold what an index of a size costs."""

    documents: int
    passages: int
    seconds: float
    passages_per_second: float
    """Over the whole build: splitting, encoding, writing."""
    megabytes: float
    """On disk, without the encoder."""


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


@dataclass(frozen=True, slots=True)
class Size:
    """Hold everything about one size of corpus."""

    build: Build
    start: Start
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """Hold a run."""

    machine: dict[str, str]
    sizes: tuple[Size, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the run as JSON-ready values."""
        return asdict(self)


def bench(
    documents: Sequence[Document],
    questions: Sequence[str],
    settings: Settings,
    *,
    passages: Sequence[int] = (),
    top_ks: Sequence[int] = (),
    repeat: int = 5,
    progress: Progress = lambda *_: None,
) -> Bench:
    """Index the documents, and as many more as make each number of ``passages``, and ask each index the questions.

    ``top_ks`` are numbers of passages read, by default that of the settings. The indexes are temporary.
    """
    sizes = []
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder:
        index = Path(folder, "index")
        build_index(documents[:1], index, settings)  # exports the encoder, which is no part of the measurement
        for wanted in (0, *sorted(passages)):
            with QA.open(index, settings) as engine:
                corpus = list(_corpus(documents, wanted, engine.encoder, settings))
            begun = perf_counter()
            built = build_index(corpus, index, settings, progress)
            seconds = perf_counter() - begun
            build = Build(len(corpus), built.passages, seconds, built.passages / seconds, _megabytes(index))
            start = _start(index, questions[0], settings, repeat, progress)
            asked = []
            with QA.open(index, settings) as engine:
                for top_k in top_ks or [settings.top_k]:
                    asked.append(_ask(engine, built.passages, questions, top_k, progress))
            sizes.append(Size(build, start, tuple(asked)))
    return Bench(_machine(), tuple(sizes))


def _corpus(documents: Sequence[Document], wanted: int, encoder: Encoder, settings: Settings) -> Iterator[Document]:
    """Yield the documents, then made ones until there are so many passages."""
    passages = 0
    for number, document in enumerate(grown(documents)):
        if number >= len(documents) and passages >= wanted:
            return
        yield document
        tokens, overlap = settings.passage_tokens, settings.passage_overlap
        passages += len(split(document, tokens=tokens, overlap=overlap, fits=encoder.fits)) if wanted else 0


def _start(index: Path, question: str, settings: Settings, repeat: int, progress: Progress) -> Start:
    code = "import sys; from qa.cli import main; sys.argv[0] = 'qa'; main()"
    command = [sys.executable, "-c", code, "ask", question, "--index", str(index)]
    command += ["--reader", settings.reader] if settings.reader else []
    runs = []
    for number in range(repeat + 1):  # the first fills the system's cache
        runs.append(_timed(command))
        progress("Starting", number, repeat)
    return Start(tuple(seconds for seconds, _ in runs[1:]), max((peak for _, peak in runs if peak), default=None))


def _timed(command: Sequence[str]) -> tuple[float, float | None]:
    """Run a command; return the seconds to its first line, and its peak memory in megabytes where the system says."""
    probe = [sys.executable, str(Path(__file__).with_name("probe.py")), *command]
    done = subprocess.run(probe, capture_output=True, text=True, check=True)  # noqa: S603
    found = json.loads(done.stdout)
    if found["status"] not in (0, 1):
        raise QAError(f"`qa ask` failed while it was being timed: {done.stderr.strip()}")
    return found["seconds"], found["peak"]


def _ask(engine: QA, passages: int, questions: Sequence[str], top_k: int, progress: Progress) -> Asked:
    for question in questions[:WARMING]:
        engine.ask(question, top_k=top_k)
    depth = max(engine.settings.candidates, top_k)
    stages: dict[str, list[float]] = {name: [] for name in ("encode", "dense", "lexical", "read", "choose")}
    totals = []
    for done, question in enumerate(questions, start=1):
        marks = [perf_counter()]
        vector = engine.encoder.encode_question(question)
        marks.append(perf_counter())
        engine.index.dense(vector, depth)
        marks.append(perf_counter())
        engine.index.lexical(question, depth)
        marks.append(perf_counter())
        answer = engine.ask(question, top_k=top_k)
        totals.append(perf_counter() - marks[-1])
        for name, before, after in zip(stages, marks, marks[1:], strict=False):
            stages[name].append(after - before)
        for name in ("read", "choose"):
            stages[name].append(answer.seconds[name])
        progress(f"Asking, top {top_k}", done, len(questions))
    p50, p95 = np.percentile(totals, [50, 95])
    medians = {name: 1000 * median(values) for name, values in stages.items()}
    return Asked(passages, top_k, len(questions), medians, 1000 * float(p50), 1000 * float(p95))


def _megabytes(index: Path) -> float:
    return sum(f.stat().st_size for f in index.rglob("*") if f.is_file() and not _is_encoder(f, index)) / 1e6


def _is_encoder(file: Path, index: Path) -> bool:
    return any("encoder" in part for part in file.relative_to(index).parts)


def _machine() -> dict[str, str]:
    names = ("faiss-cpu", "onnxruntime", "bm25s", "tokenizers", "numpy")
    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }
