"""BEIR's format (Thakur et al. 2021): a folder that judges retrieval alone.

``corpus.jsonl`` ({"_id", "title", "text"}), ``queries.jsonl`` ({"_id", "text"}) and ``qrels/test.tsv``, or another file
of that folder: query, document and grade, with a line of headings.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from qa.building import build_index
from qa.engine import MOST_CHARACTERS, QA
from qa.errors import QuestionSetError
from qa.evaluation.retrieval import by_rank, measure
from qa.settings import Settings
from qa.types import Document

DEPTH = 100
"""Passages that are retrieved for a question."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Hold a corpus, the questions that are judged, and which documents are right for them, with grades."""

    documents: tuple[Document, ...]
    questions: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Hold how good the retrieval of a run is."""

    measures: Mapping[str, float]
    run: Mapping[str, Mapping[str, float]]
    seconds_p50: float
    seconds_p95: float

    def to_dict(self) -> dict[str, object]:
        """Return the figures and the run as JSON-ready values."""
        return {
            **self.measures,
            "questions": len(self.run),
            "seconds_p50": self.seconds_p50,
            "seconds_p95": self.seconds_p95,
            "run": {question: dict(scores) for question, scores in self.run.items()},
        }


def read_beir(folder: str | Path, split: str = "test") -> Judged:
    """Read a BEIR folder; raise QuestionSetError with file, line and reason where it is malformed."""
    root = Path(folder)
    qrels = _qrels(root / "qrels" / f"{split}.tsv")
    queries = {_text(record, "_id"): _text(record, "text") for record in _records(root / "queries.jsonl")}
    missing = next((name for name in qrels if name not in queries), None)
    if missing is not None:
        raise QuestionSetError(f"{root / 'queries.jsonl'}: the query {missing!r}, which qrels judge, is missing.")
    documents = []
    for record in _records(root / "corpus.jsonl"):
        name, title = _text(record, "_id"), str(record.values.get("title") or "")
        body = _text(record, "text", blank=True)
        whole = f"{title}\n\n{body}" if title else body
        if whole.strip():
            documents.append(Document(name, whole, title or name, sources=(name,)))
    return Judged(tuple(documents), {name: queries[name] for name in qrels}, qrels)


def evaluate_ranking(
    judged: Judged, settings: Settings | None = None, progress: Callable[[str, int, int], None] = lambda *_: None
) -> Ranking:
    """Index the corpus in a temporary folder, search it for every question, and measure the ranking of documents.

    A document stands where the best of its passages does; ``DEPTH`` passages are retrieved. Of a question that is
    longer than may be asked, its beginning is.
    """
    run: dict[str, dict[str, float]] = {}
    seconds = []
    with tempfile.TemporaryDirectory(prefix="qa-evaluation-") as folder:
        build_index(judged.documents, Path(folder, "index"), settings, progress)
        with QA.open(Path(folder, "index"), settings) as engine:
            for done, (name, question) in enumerate(judged.questions.items(), start=1):
                begun = perf_counter()
                hits = engine.search(question[:MOST_CHARACTERS], top_k=DEPTH)
                seconds.append(perf_counter() - begun)
                # where questions are documents of the corpus, BEIR leaves a question's own out
                run[name] = by_rank(hit.passage.document for hit in hits if hit.passage.document != name)
                progress("Asking", done, len(judged.questions))
    p50, p95 = np.percentile(seconds, [50, 95])
    return Ranking(measure(judged.qrels, run), run, float(p50), float(p95))


@dataclass(frozen=True, slots=True)
class _Record:
    place: str
    values: Mapping[str, object]


def _records(path: Path) -> Iterator[_Record]:
    for number, line in _lines(path):
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise QuestionSetError(f"{path}: line {number}: no valid JSON: {error}.") from error
        if not isinstance(values, dict):
            raise QuestionSetError(f"{path}: line {number}: is {type(values).__name__}, not an object.")
        yield _Record(f"{path}: line {number}", values)


def _text(record: _Record, key: str, *, blank: bool = False) -> str:
    value = record.values.get(key)
    if not isinstance(value, str) or not (blank or value.strip()):
        raise QuestionSetError(f'{record.place}: "{key}" is {value!r}, not a text.')
    return value


def _qrels(path: Path) -> dict[str, dict[str, int]]:
    qrels: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        parts = line.split("\t")
        if number == 1 and parts[-1].strip() == "score":
            continue
        try:
            query, document, grade = parts
            qrels.setdefault(query, {})[document] = int(grade)
        except ValueError as error:
            raise QuestionSetError(
                f"{path}: line {number}: not query, document and grade, with tabs between."
            ) from error
    if not qrels:
        raise QuestionSetError(f"{path}: judges nothing.")
    return qrels


def _lines(path: Path) -> list[tuple[int, str]]:
    """Return the lines that aren't blank, numbered from 1."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
        return [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    except FileNotFoundError as error:
        raise QuestionSetError(f"There is no {path}; a BEIR folder has one.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionSetError(f"{path}: can't be read: {error}.") from error
