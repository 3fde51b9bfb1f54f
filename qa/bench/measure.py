"""The measurements, one run on one machine."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.metadata import version
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from qa.bench.compose import Composer
from qa.bench.crowd import Crowd, crowd
from qa.bench.grow import grown
from qa.bench.results import Asked, Bench, Build, Size, Start
from qa.building import build_index, write_index
from qa.encoder import Encoder
from qa.engine import QA
from qa.errors import QAError
from qa.index import Index, encoder_folder
from qa.passages import split
from qa.settings import Settings
from qa.types import Document

WARMING = 3
"""Questions that are asked before any is timed."""
READ_UP_TO = 20_000
"""Passages that are read by the encoder; of a larger corpus the vectors are composed."""

_SAMPLE = 100  # made documents, to know how many passages one has
_AT_ONCE = 10_000
_EACH = 10  # questions of each person in a crowd

Progress = Callable[[str, int, int], None]


def bench(
    documents: Sequence[Document],
    questions: Sequence[str],
    settings: Settings,
    *,
    passages: Sequence[int] = (),
    top_ks: Sequence[int] = (),
    repeat: int = 5,
    people: int = 0,
    progress: Progress = lambda *_: None,
) -> Bench:
    """Index the documents, and as many more as make each number of ``passages``, and ask each index the questions.

    ``top_ks`` are numbers of passages read, by default that of the settings; ``people`` ask the chat server at once.
    The indexes are temporary.
    """
    sizes: list[Size] = []
    crowds: tuple[Crowd, ...] = ()
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder:
        index = Path(folder, "index")
        with ProcessPoolExecutor(1, get_context("spawn")) as aside:  # exporting the encoder takes a gigabyte
            aside.submit(build_index, documents[:1], index, settings).result()
        with QA.open(index, settings) as engine:
            own = encoder_folder(index, engine.index.encoder.fingerprint)
            encoder, exported = engine.encoder, _keep(own, Path(folder, "encoder"))
        for wanted in (0, *sorted(passages)):
            composed = wanted > READ_UP_TO
            reader = Composer(encoder, documents, partial(progress, "Encoding sentences")) if composed else encoder
            corpus = list(_corpus(documents, wanted, encoder, settings))
            shutil.rmtree(index)  # or it would lend its vectors
            clock = _Clock(progress)
            built = write_index(index, corpus, reader, exported, settings, progress=clock)
            rate = built.passages / built.seconds
            size = len(corpus)
            del corpus
            with Index.open(index) as opened:
                kind = opened.manifest.vectors
            build = Build(
                documents=size,
                passages=built.passages,
                seconds=built.seconds,
                embedding_seconds=clock.seconds("encode"),
                passages_per_second=rate,
                megabytes=_megabytes(index),
                vectors=kind,
                composed=composed,
                peak_megabytes=_peak(),
            )
            start = _start(index, questions[0], settings, repeat, progress)
            sizes.append(_size(index, build, start, questions, settings, top_ks, progress))
            if people and not crowds:
                each = min(len(questions), _EACH)
                crowds = crowd(index, questions, people=people, each=each, reader=settings.reader, progress=progress)
    return Bench(_machine(), tuple(sizes), crowds)


class _Clock:
    """Pass progress on, and note when each stage first and last spoke."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._spoke: dict[str, float] = {}
        self._stages: list[str] = []

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage not in self._spoke:
            self._stages.append(stage)
        self._spoke[stage] = perf_counter()
        self._progress(stage, done, total)

    def seconds(self, stage: str) -> float:
        """Return how long a stage took, from the end of the one before it."""
        before = self._stages[self._stages.index(stage) - 1]
        return self._spoke[stage] - self._spoke[before]


def _size(
    index: Path,
    build: Build,
    start: Start,
    questions: Sequence[str],
    settings: Settings,
    top_ks: Sequence[int],
    progress: Progress,
) -> Size:
    begun = perf_counter()
    Index.open(index).close()
    seconds = perf_counter() - begun
    with QA.open(index, settings) as engine:
        recall = _recall(engine, questions)
        asked = [_ask(engine, build.passages, questions, top_k, progress) for top_k in top_ks or [settings.top_k]]
    return Size(build, start, seconds, recall, tuple(asked))


def _recall(engine: QA, questions: Sequence[str], k: int = 10) -> float:
    """Compare what a search finds with what comparing every vector finds; of equally near ones any will do."""
    index = engine.index
    assert isinstance(index, Index)  # noqa: S101 - for the type checker
    asked = np.stack([engine.encoder.encode_question(question) for question in questions])
    nearest = np.empty((len(questions), 0), dtype=np.float32)
    for first in range(0, index.passage_count, _AT_ONCE):
        block = index.vectors(range(first, min(first + _AT_ONCE, index.passage_count))).astype(np.float32)
        nearest = np.sort(np.hstack([nearest, asked @ block.T]), axis=1)[:, -k:]
    found = sum(
        cosine >= row[0] - 1e-5
        for vector, row in zip(asked, nearest, strict=True)
        for _, cosine in index.dense(vector, k)
    )
    return float(found / nearest.size)


def _corpus(documents: Sequence[Document], wanted: int, encoder: Encoder, settings: Settings) -> Iterator[Document]:
    """Yield the documents, then as many made ones as give about so many passages."""
    yield from documents
    if not wanted:
        return
    tokens, overlap = settings.passage_tokens, settings.passage_overlap

    def count(several: Iterable[Document]) -> int:
        return sum(len(split(document, tokens=tokens, overlap=overlap, fits=encoder.fits)) for document in several)

    made = islice(grown(documents), len(documents), None)
    sample = list(islice(made, _SAMPLE))
    missing = wanted - count(documents)
    yield from islice(chain(sample, made), max(0, round(missing * _SAMPLE / count(sample))))


def _keep(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


def _peak() -> float | None:
    if sys.platform == "win32":
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _start(index: Path, question: str, settings: Settings, repeat: int, progress: Progress) -> Start:
    code = "import sys; from qa.cli import main; sys.argv[0] = 'qa'; main()"
    command = [sys.executable, "-P", "-c", code, "ask", question, "--index", str(index)]
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
    totals, retrieved = [], []
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
        retrieved.append(answer.seconds["retrieve"])
        for name, before, after in zip(stages, marks, marks[1:], strict=False):
            stages[name].append(after - before)
        for name in ("read", "choose"):
            stages[name].append(answer.seconds[name])
        progress(f"Asking, top {top_k}", done, len(questions))
    p50, p95, retrieve_p50, retrieve_p95 = (
        1000 * float(value) for values in (totals, retrieved) for value in np.percentile(values, [50, 95])
    )
    medians = {name: 1000 * median(values) for name, values in stages.items()}
    return Asked(passages, top_k, len(questions), medians, p50, p95, retrieve_p50, retrieve_p95)


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
