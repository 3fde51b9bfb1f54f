"""One answer against what the question set holds to be right."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qa.evaluation.metrics import exact, f1
from qa.evaluation.report import Failure, Row

if TYPE_CHECKING:
    from qa.evaluation.questions import Question
    from qa.types import Answer, Citation, Document


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
    docs = question.docs if retrieved and question.answers else ()
    supporting = [_supports(find(hit.passage.document), docs) for hit in answer.hits]
    was_read = not retrieved or any(
        (supports or not docs) and any(gold in hit.passage.text for gold in question.answers)
        for hit, supports in zip(answer.hits, supporting, strict=True)
    )
    citations = [*answer.citations, *(citation for other in answer.alternatives for citation in other.citations)]
    return Row(
        id=question.id,
        question=question.question,
        type=question.type,
        gold=question.answers,
        answer=text,
        candidate=candidate,
        probability=answer.confidence,
        exact=float(is_right),
        f1=overlap,
        candidate_right=bool(question.answers) and exact(candidate or "", question.answers) == 1,
        hits=tuple(hit.passage.document for hit in answer.hits),
        docs=docs,
        rank=next((rank for rank, supports in enumerate(supporting, start=1) if supports), None),
        failure=_failure(question, text, is_right, overlap, was_read),
        citations=len(citations),
        exact_citations=sum(stands(citation, find(citation.document)) for citation in citations),
        seconds=seconds,
    )


def stands(citation: Citation, document: Document) -> bool:
    """Tell whether the quote and its context stand in the document exactly where the citation says."""
    context_end = citation.context_start + len(citation.context)
    return (
        document.text[citation.start : citation.end] == citation.text
        and document.text[citation.context_start : context_end] == citation.context
        and 0 <= citation.context_start <= citation.start < citation.end <= context_end
    )


def _supports(document: Document, docs: tuple[str, ...]) -> bool:
    return not {document.id, *document.sources}.isdisjoint(docs)


def _failure(question: Question, text: str | None, is_right: bool, overlap: float, was_read: bool) -> Failure | None:
    if not question.answers:
        return None if text is None else "wrongly answered"
    if is_right:
        return None
    if overlap:
        return "inexact"
    if not was_read:
        return "not retrieved"
    return "wrongly abstained" if text is None else "not chosen"
