"""Question-answer data on disk -> Examples: SQuAD JSON (1.1, 2.0) and JSON lines, gzipped or not.

A line of JSON lines is ``{"question", "context", "answers": [{"text", "start"}]}``, with ``id``, ``title`` and
``source`` where they are known. No answers means that the context doesn't answer the question.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Gold:
    """Hold one right answer: ``context[start:end]``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Example:
    """Hold a question, a context, and where the context answers it (nowhere: ``golds`` is empty)."""

    id: str
    source: str
    title: str
    question: str
    context: str
    golds: tuple[Gold, ...]


def read_examples(paths: Sequence[Path]) -> list[Example]:
    """Read every file; raise TrainingError naming the file and place of the first malformed record."""
    examples: list[Example] = []
    for path in paths:
        try:
            opener = gzip.open if path.suffix == ".gz" else open
            with opener(path, "rt", encoding="utf-8") as file:
                source = path.name.split(".")[0]
                lines = ".jsonl" in path.suffixes
                records = _lines(file, path) if lines else _squad(json.load(file), path)
                examples.extend(_example(record, source, path, place) for place, record in records)
        except (OSError, EOFError, UnicodeDecodeError, json.JSONDecodeError, zlib.error) as error:
            raise TrainingError(f"{path} can't be read as training data: {error}") from error
    return examples


def _lines(file: Any, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except json.JSONDecodeError as error:
                raise TrainingError(f"{path}, line {number}: {error}") from error


def _squad(dataset: Any, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    place = "data"
    try:
        for a, article in enumerate(dataset["data"]):
            place = f"data[{a}]"
            for p, paragraph in enumerate(article["paragraphs"]):
                place = f"data[{a}].paragraphs[{p}]"
                for question in paragraph["qas"]:
                    yield (
                        f"question {question['id']}",
                        {
                            "id": question["id"],
                            "title": article.get("title", ""),
                            "question": question["question"],
                            "context": paragraph["context"],
                            "answers": [
                                {"text": gold["text"], "start": gold["answer_start"]}
                                for gold in ([] if question.get("is_impossible") else question["answers"])
                            ],
                        },
                    )
    except (KeyError, TypeError) as error:
        raise TrainingError(f"{path} is no SQuAD JSON: in {place}, {error!r} is missing or misplaced") from error


def _example(record: dict[str, Any], source: str, path: Path, place: str) -> Example:
    try:
        context = record["context"]
        golds = []
        for answer in record["answers"]:
            start, end = answer["start"], answer["start"] + len(answer["text"])
            if context[start:end] != answer["text"] or not 0 <= start < end:
                raise TrainingError(f"{path}, {place}: {answer['text']!r} does not stand at {start} in its context")
            golds.append(Gold(start, end))
        return Example(
            id=str(record.get("id", place)),
            source=str(record.get("source", source)),
            title=str(record.get("title", "")),
            question=record["question"].strip(),
            context=context,
            golds=tuple(golds),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise TrainingError(f"{path}, {place}: {error!r} is missing or misplaced") from error
