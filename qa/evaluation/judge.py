"""One answer against what the question set holds to be right."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from qa.evaluation.kinds import kind_of
from qa.evaluation.metrics import exact, f1
from qa.evaluation.report import Failure, Found, Quote, Row

if TYPE_CHECKING:
    from qa.evaluation.questions import Question
    from qa.types import Answer, Citation, Document, Hit

_PLAIN_QUOTES = str.maketrans("‘’“”", "''\"\"")


def judge(
    question: Question,
    answer: Answer,
    find: Callable[[str], Document],
    *,
    abstain: bool = True,
    retrieved: bool = True,
    seconds: float = 0.0,
) -> Row:
    """Compare an answer with what the question set holds to be right.

    ``find`` gives a document by its id. Without ``abstain``, the best candidate counts as the answer even where it was
    refused. ``retrieved`` is False where the reader was handed the right passage.
    """
    refused = answer.alternatives[0].text if answer.alternatives else None
    candidate = refused if answer.text is None else answer.text
    text = answer.text if abstain else candidate
    is_right, overlap = exact(text or "", question.answers) == 1, f1(text or "", question.answers)
    hits = answer.hits if retrieved else ()
    relevant = [_holds_answer(hit, question, find) for hit in hits]
    others = (*answer.items[1:], *answer.alternatives)
    citations = [*answer.citations, *(citation for other in others for citation in other.citations)]
    row = Row(
        id=question.id,
        question=question.question,
        type=question.type or kind_of(question.question),
        gold=question.answers,
        answer=text,
        candidate=candidate,
        probability=answer.confidence,
        exact=float(is_right),
        f1=overlap,
        candidate_right=bool(question.answers) and exact(candidate or "", question.answers) == 1,
        hits=tuple(Found(hit.passage.document, hit.passage.start, hit.passage.end, hit.score) for hit in hits),
        rank=relevant.index(True) + 1 if True in relevant else None,
        failure=None,
        cited=tuple(Quote(c.document, c.start, c.end, c.context) for c in citations[:1]),
        citations=len(citations),
        exact_citations=sum(stands(citation, find(citation.document)) for citation in citations),
        seconds=seconds,
    )
    was_read = not retrieved or any(hit.read for hit, holds in zip(hits, relevant, strict=True) if holds)
    return replace(row, failure=_failure(row, retrieved=not retrieved or True in relevant, read=was_read))


def stands(citation: Citation, document: Document) -> bool:
    """Tell whether the quote and its context stand in the document exactly where the citation says."""
    context_end = citation.context_start + len(citation.context)
    return (
        document.text[citation.start : citation.end] == citation.text
        and document.text[citation.context_start : context_end] == citation.context
        and 0 <= citation.context_start <= citation.start < citation.end <= context_end
    )


def _holds_answer(hit: Hit, question: Question, find: Callable[[str], Document]) -> bool:
    """Tell whether a passage holds a right answer, and is of a supporting article where those are named."""
    text = _folded(hit.passage.text)
    if not any(re.search(rf"(?<!\w){re.escape(_folded(gold))}(?!\w)", text) for gold in question.answers):
        return False
    document = find(hit.passage.document)
    return not question.docs or not {document.id, *document.sources}.isdisjoint(question.docs)


def _folded(text: str) -> str:
    return " ".join(text.casefold().translate(_PLAIN_QUOTES).split())


def _failure(row: Row, *, retrieved: bool, read: bool) -> Failure | None:
    if not row.gold:
        return None if row.answer is None else "wrongly answered"
    if row.exact:
        return None
    if row.f1:
        return "inexact"
    if not retrieved:
        return "not retrieved"
    if not read:
        return "not read"
    return "wrongly abstained" if row.answer is None else "not chosen"
