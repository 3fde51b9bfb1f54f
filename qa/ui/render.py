"""Answers and documents as HTML; whatever comes from articles or people is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from html import escape
from typing import Literal
from urllib.parse import urlsplit

from qa.types import Answer, Citation, Document, Hit

Kind = Literal["quote", "passage"]

SNIPPET = 180
"""Characters of a passage that a list shows; the article shows the rest."""

NEAREST = 3
"""Passages that stand open where there is no answer; the others are folded."""


def render_start(examples: Iterable[str] = ()) -> str:
    """Show what the page does, with questions to begin with."""
    buttons = "".join(f'<li><button type="button" data-question="{_e(q)}">{_bdi(q)}</button></li>' for q in examples)
    suggestions = f'<p class="label">You could ask</p><ul class="examples">{buttons}</ul>' if buttons else ""
    return (
        '<div class="start"><h2>What would you like to know?</h2>'
        "<p>Answers are quotes from the articles, word for word. "
        "Where the articles don’t say, neither does this page.</p>"
        f"{suggestions}</div>"
    )


def render_conversation(turns: Iterable[tuple[str, str]], notice: str = "") -> str:
    """Set each question above its reply, which is HTML already, as is a notice that ends them."""
    shown = "".join(
        f'<section class="turn"><h2 class="question" dir="auto">{_e(question)}</h2>{reply}</section>'
        for question, reply in turns
    )
    return f'<div role="log" aria-label="Conversation">{shown}{notice}</div>'


def render_notice(message: str) -> str:
    """Show what went wrong, or what is going on."""
    return f'<p class="notice" dir="auto">{_e(message)}</p>'


def render_answer(answer: Answer, titles: Mapping[str, str]) -> str:
    """Show the quote in its sentence with its citations, or that there is none and what came nearest.

    ``titles`` names the documents of ``answer.hits`` by id.
    """
    parts = [_quote(answer) if answer.text is not None else _silence(answer, titles)]
    if answer.alternatives:
        others = "".join(
            f'<li><p class="other"><q dir="auto">{_e(other.text)}</q> '
            f'<span class="percent">{percent(other.probability)}</span></p>{_chips(other.citations)}</li>'
            for other in answer.alternatives
        )
        parts.append(_unfold(_count(len(answer.alternatives), "other reading"), f'<ul class="others">{others}</ul>'))
    if answer.text is not None and answer.hits:
        summary = f"{answer.read} of {_count(len(answer.hits), 'passage')} read"
        if "total" in answer.seconds:
            summary += f" in {answer.seconds['total']:.2f} s"
        parts.append(_unfold(summary, _passages(answer.hits, titles)))
    return f'<div class="answer">{"".join(parts)}</div>'


def render_nothing_open() -> str:
    """Show the source pane before an article is opened."""
    return '<p class="nothing">The article opens here, with the quote marked.</p>'


def render_document(document: Document, start: int, end: int, kind: Kind = "quote") -> str:
    """Show the whole article with ``text[start:end]`` marked.

    >>> "<mark" in render_document(Document("a.txt", "Tom & Ann met.", "News"), 6, 9)
    True
    """
    details = [_published(document.published), _bdi(document.author), _link(document.url)]
    also = f'<p class="also">Also at {_bdi(", ".join(document.sources[1:]))}</p>' if document.sources[1:] else ""
    return (
        f'<article data-document="{_e(document.id)}" data-start="{start}" data-end="{end}">'
        f'<header><button type="button" class="back">Back to the conversation</button>'
        f'<h2 dir="auto">{_e(document.title)}</h2>'
        f'<p class="details">{" · ".join(filter(None, details))}</p>'
        f'<p class="path">{_bdi(document.id)}</p>{also}</header>'
        f'<div class="text" dir="auto">{_marked(document.text, start, end, kind)}</div></article>'
    )


def percent(probability: float) -> str:
    """Write a probability as people do; never as certainty, which none is.

    >>> percent(0.874), percent(0.9999), percent(0.0)
    ('87%', '99%', '1%')
    """
    return f"{min(99, max(1, round(100 * probability)))}%"


def confidence_in_words(probability: float) -> str:
    """Say how far an answer can be relied on.

    >>> confidence_in_words(0.93), confidence_in_words(0.55)
    ('Very likely right', 'More likely right than not')
    """
    steps = ((0.9, "Very likely right"), (0.7, "Probably right"), (0.5, "More likely right than not"))
    return next((words for least, words in steps if probability >= least), "Uncertain: check the article")


def _quote(answer: Answer) -> str:
    first = answer.citations[0] if answer.citations else None
    if first is None:
        sentence = f'<mark dir="auto">{_e(answer.text or "")}</mark>'
    else:
        start = first.start - first.context_start
        sentence = _marked(first.context, start, start + len(first.text), "quote")
    level = min(99, max(1, round(100 * answer.confidence)))
    return (
        f'<blockquote dir="auto">{sentence}</blockquote>{_chips(answer.citations)}'
        f'<p class="confidence"><meter min="0" max="100" value="{level}" aria-hidden="true"></meter> '
        f"{confidence_in_words(answer.confidence)} "
        f'<span class="percent">{percent(answer.confidence)}</span></p>'
    )


def _silence(answer: Answer, titles: Mapping[str, str]) -> str:
    said = '<p class="silence">The articles don’t answer this.</p>'
    if not answer.hits:
        return said
    nearest, others = answer.hits[:NEAREST], answer.hits[NEAREST:]
    folded = _unfold(f"{_count(len(others), 'more passage')} read", _passages(others, titles)) if others else ""
    return (
        f'{said}<p class="label">The best candidate was too unsure to show ({percent(answer.confidence)}). '
        f"These passages came nearest:</p>"
        f"{_passages(nearest, titles)}{folded}"
    )


def _chips(citations: Iterable[Citation]) -> str:
    chips = "".join(
        f'<li><button type="button" class="chip" {_place(c.document, c.start, c.end, "quote")}>'
        f'<span class="number">[{c.number}]</span> {_bdi(c.title)}</button></li>'
        for c in citations
    )
    return f'<ol class="chips" aria-label="Citations">{chips}</ol>'


def _passages(hits: Iterable[Hit], titles: Mapping[str, str]) -> str:
    items = "".join(
        f'<li><button type="button" class="passage" {_place(p.document, p.start, p.end, "passage")}>'
        f'<span class="title" dir="auto">{_e(titles.get(p.document, p.document))}</span>'
        f'<span class="snippet" dir="auto">{_e(_shorten(p.text))}</span></button></li>'
        for p in (hit.passage for hit in hits)
    )
    return f'<ol class="passages">{items}</ol>'


def _place(document: str, start: int, end: int, kind: Kind) -> str:
    return f'data-document="{_e(document)}" data-start="{start}" data-end="{end}" data-kind="{kind}"'


def _marked(text: str, start: int, end: int, kind: Kind) -> str:
    # dir=auto isolates the mark, so that a direction override before the quote can't turn its letters round.
    mark = f'<mark class="{kind}" dir="auto">{_e(text[start:end])}</mark>'
    return f"{_e(text[:start])}{mark}{_e(text[end:])}"


def _published(published: str | None) -> str:
    try:
        day = date.fromisoformat((published or "")[:10])
    except ValueError:
        return _bdi(published)
    return f'<time datetime="{day.isoformat()}">{day.day} {day:%B %Y}</time>'


def _link(url: str | None) -> str:
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return (
        f'<a href="{_e(url or "")}" target="_blank" rel="noopener noreferrer nofollow">Read at {_bdi(parts.netloc)}</a>'
    )


def _unfold(summary: str, body: str) -> str:
    return f"<details><summary>{_e(summary)}</summary>{body}</details>"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _shorten(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= SNIPPET else words[:SNIPPET].rsplit(" ", 1)[0] + " …"


def _bdi(text: str | None) -> str:
    return f"<bdi>{_e(text)}</bdi>" if text else ""


def _e(text: str) -> str:
    # A bare carriage return would reach the page as a line feed, and the quote there would not be the quote.
    return escape(text).replace("\r", "&#13;")
