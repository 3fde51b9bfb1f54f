r"""Question sets: what is asked, and what would be right.

Three formats are read, each plain or gzipped; which one it is, the content tells:

- ``{"questions": [{"id", "question", "type", "answers": ["..."], "docs": ["a.txt"]}]}``: ``docs`` names every article
  that supports an answer; ``id``, ``type`` and ``docs`` may be left out. No answers: the articles don't say. A
  follow-up has ``"history": [{"question", "answer"}]``. ``"answers": null`` leaves open what is right, as the chat
  page writes it after a thumbs-down; such a question is not evaluated.
- JSON lines: one such question a line.
- SQuAD 1.1 and 2.0: ``{"data": [{"title", "paragraphs": [{"context", "qas": [...]}]}]}``. Each paragraph becomes a
  Document with the id that indexing the same file gives it, such as ``dev.json#3``.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from qa.dialogue import Turn
from qa.engine import checked
from qa.errors import QuestionError, QuestionSetError
from qa.types import Document

T = TypeVar("T", str, list[object])

SEEDS = Path(__file__).with_name("seeds.json")
"""The questions on the articles that come with the project."""


@dataclass(frozen=True, slots=True)
class Question:
    """Hold a question with the answers that count as right; none of them: it can't be answered."""

    id: str
    question: str
    answers: tuple[str, ...] = ()
    docs: tuple[str, ...] = ()
    """Ids of every article that supports an answer."""
    type: str | None = None
    passage: Document | None = None
    """The paragraph that the question was written for."""
    history: tuple[Turn, ...] = ()
    """The turns before it, where it is a follow-up."""
    undecided: bool = False
    """Whether an answer to it was rejected and nobody has said what is right; it isn't evaluated."""


def read_questions(path: str | Path) -> tuple[Question, ...]:
    """Read a question set; raise QuestionSetError with file, place and reason where it is malformed."""
    file = Path(path)
    text = _text(file)
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        if not _is_lines(file):
            raise QuestionSetError(f"{file}: no valid JSON: {error}.") from error
        whole = None
    if isinstance(whole, dict) and "data" in whole:
        questions = tuple(_squad(_Place(str(file), "", whole)))
    elif isinstance(whole, dict) and "questions" in whole:
        places = _Place(str(file), "", whole).records("questions")
        questions = tuple(_question(place, str(number)) for number, place in enumerate(places, start=1))
    elif _is_lines(file):
        questions = tuple(_lines(str(file), text))
    else:
        raise QuestionSetError(f'{file}: neither "questions" nor SQuAD\'s "data" at its top; JSON lines end in .jsonl.')
    if not questions:
        raise QuestionSetError(f"{file}: holds no question.")
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            raise QuestionSetError(f"{file}: the id {question.id!r} is given to two questions; make ids unique.")
        seen.add(question.id)
    return questions


def with_paragraphs(questions: Iterable[Question], file: Path) -> tuple[Question, ...]:
    """Return the questions that say what is right; raise QuestionSetError where one brings no paragraph of its own."""
    for question in questions:
        if question.passage is None:
            raise QuestionSetError(f"{file}: question {question.id!r} has no paragraph of its own. Give a SQuAD file.")
    return tuple(question for question in questions if not question.undecided)


@dataclass(frozen=True, slots=True)
class _Place:
    """Hold a record with where it stands, so that an error can say so."""

    file: str
    name: str
    record: object

    def error(self, reason: str) -> QuestionSetError:
        return QuestionSetError(f"{self.file}: {self.name + ': ' if self.name else ''}{reason}")

    def get(self, key: str, kind: type[T], default: T | None = None) -> T:
        if not isinstance(self.record, dict):
            raise self.error(f"is {type(self.record).__name__}, not an object.")
        value = self.record.get(key)
        value = default if value is None else value
        if value is None:
            raise self.error(f'"{key}" is missing.')
        if not isinstance(value, kind):
            raise self.error(f'"{key}" is {type(value).__name__}, not {kind.__name__}.')
        return value

    def records(self, key: str) -> Iterator[_Place]:
        prefix = f"{self.name}." if self.name else ""
        for number, record in enumerate(self.get(key, list)):
            yield _Place(self.file, f"{prefix}{key}[{number}]", record)


def _text(file: Path) -> str:
    try:
        raw = file.read_bytes()
        return (gzip.decompress(raw) if file.suffix == ".gz" else raw).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise QuestionSetError(f"There is no question set {file}.") from error
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise QuestionSetError(f"{file}: can't be read: {error}.") from error


def _is_lines(file: Path) -> bool:
    return ".jsonl" in file.suffixes


def _lines(file: str, text: str) -> Iterator[Question]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise QuestionSetError(f"{file}: line {number}: no valid JSON: {error}.") from error
        yield _question(_Place(file, f"line {number}", record), str(number))


def _question(place: _Place, number: str | None = None, passage: Document | None = None) -> Question:
    text = place.get("question", str)
    if not text.strip():
        raise place.error('"question" is blank.')
    try:
        checked(text)
    except QuestionError as error:
        raise place.error(str(error)) from error
    undecided = isinstance(place.record, dict) and "answers" in place.record and place.record["answers"] is None
    return Question(
        id=place.get("id", str, number),
        question=text,
        answers=() if undecided else tuple(_strings(place, "answers")),
        undecided=undecided,
        docs=(passage.id,) if passage else tuple(_strings(place, "docs")),
        type=place.get("type", str, "") or None,
        passage=passage,
        history=tuple(_turns(place)),
    )


def _turns(place: _Place) -> Iterator[Turn]:
    for turn in place.records("history") if isinstance(place.record, dict) and "history" in place.record else ():
        yield Turn(turn.get("question", str), turn.get("answer", str, "") or None)


def _strings(place: _Place, key: str) -> Iterator[str]:
    """Yield the strings of a list; SQuAD's answers are objects with a ``text``."""
    for number, item in enumerate(place.get(key, list, None if key == "answers" else [])):
        value = item.get("text") if isinstance(item, dict) else item
        if not isinstance(value, str) or not value.strip():
            raise place.error(f'"{key}"[{number}] is {value!r}, not a text; without any, give an empty list.')
        yield value


def _squad(top: _Place) -> Iterator[Question]:
    number = 0
    for article in top.records("data"):
        title = article.get("title", str, "")
        for paragraph in article.records("paragraphs"):
            number += 1
            id_ = f"{Path(top.file).name}#{number}"
            document = Document(id_, paragraph.get("context", str), title.replace("_", " "), sources=(id_,))
            for qa in paragraph.records("qas"):
                yield _question(qa, passage=document)
