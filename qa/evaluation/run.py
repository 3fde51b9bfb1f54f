"""Ask every question of a set and judge each answer.

- evaluate: an index, as it stands;
- evaluate_reader: the reader alone, each question over the paragraph that it was written for;
- evaluate_open: the paragraphs of a set as a corpus, indexed for the occasion, each question over all of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from qa.building import build_index, merged
from qa.engine import QA
from qa.errors import QuestionSetError
from qa.evaluation.judge import judge
from qa.evaluation.report import Report, Row, summarize
from qa.types import Document, Passage

if TYPE_CHECKING:
    from qa.evaluation.questions import Question
    from qa.settings import Settings

Progress = Callable[[int, int], None]
"""Called with the number of questions done and their total."""


def evaluate(
    qa: QA, questions: Sequence[Question], *, abstain: bool = True, progress: Progress | None = None
) -> Report:
    """Ask an index every question.

    Without ``abstain``, the best candidate is taken even where it was refused, as SQuAD 1.1 asks for.
    """

    def row(question: Question) -> Row:
        started = perf_counter()
        answer = qa.ask(question.question, history=question.history)
        return judge(question, answer, qa.document, abstain=abstain, seconds=perf_counter() - started)

    return _report(questions, row, progress)


def evaluate_reader(
    qa: QA, questions: Sequence[Question], *, abstain: bool = True, progress: Progress | None = None
) -> Report:
    """Read every question's own paragraph, whole; raise QuestionSetError for a question without one."""

    def row(question: Question) -> Row:
        if question.passage is None:
            raise QuestionSetError(
                f"Question {question.id!r} has no paragraph of its own. Ask an index, or give a SQuAD file."
            )
        document = question.passage
        passage = Passage(document.id, 0, len(document.text), document.text, sentences=(0,))
        started = perf_counter()
        answer = qa.answer_from(question.question, [passage])
        seconds = perf_counter() - started
        return judge(question, answer, lambda _: document, abstain=abstain, seconds=seconds, retrieved=False)

    return _report(questions, row, progress)


def evaluate_open(
    questions: Sequence[Question],
    *,
    documents: Iterable[Document] | None = None,
    settings: Settings | None = None,
    abstain: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Index the questions' paragraphs, or the given documents, in a temporary folder and ask it every question."""
    if documents is None:
        documents = merged((), (question.passage for question in questions if question.passage))
    corpus = list(documents)
    if not corpus:
        raise QuestionSetError("The questions bring no paragraphs. Ask an index, or give a SQuAD file.")
    with tempfile.TemporaryDirectory(prefix="qa-evaluation-") as folder:
        index = Path(folder, "index")
        build_index(corpus, index, settings=settings)
        with QA.open(index, settings) as engine:
            return evaluate(engine, questions, abstain=abstain, progress=progress)


def _report(questions: Sequence[Question], row: Callable[[Question], Row], progress: Progress | None) -> Report:
    decided = [question for question in questions if not question.undecided]
    if not decided:
        raise QuestionSetError("There is no question to evaluate.")
    rows = []
    for done, question in enumerate(decided, start=1):
        rows.append(row(question))
        if progress:
            progress(done, len(decided))
    return summarize(rows)
