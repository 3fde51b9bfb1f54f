"""Answers and documents as HTML; whatever comes from articles or people is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from html import escape
from typing import Literal
from urllib.parse import urlsplit

from qa.types import Alternative, Answer, Citation, Document, Hit
from qa.ui.export import cited, percent
from qa.ui.session import Exchange

Kind = Literal["quote", "passage", "whole"]

SNIPPET = 180
"""Characters of a passage that a list shows; the article shows the rest."""

NEAREST = 3
"""Passages that stand open where there is no answer; the others are folded."""


def render_start() -> str:
    """Show what the page does."""
    return (
        '<div class="start"><h2>What would you like to know?</h2>'
        "<p>Answers are quotes from the articles, word for word. "
        "Where the articles don’t say, neither does this page.</p></div>"
    )


def render_examples(examples: Iterable[str]) -> str:
    """Show questions to begin with."""
    buttons = "".join(f'<li><button type="button" data-question="{_e(q)}">{_bdi(q)}</button></li>' for q in examples)
    return f'<p class="label">You could ask</p><ul class="examples">{buttons}</ul>' if buttons else ""


def render_conversation(exchanges: Iterable[Exchange], notice: str = "") -> str:
    """Set each question above its reply, with what can be done about them; ``notice`` is HTML that ends them."""
    shown = "".join(map(_turn, exchanges))
    return f'<div role="region" aria-label="Conversation">{shown}{notice}</div>'


def render_notice(message: str) -> str:
    """Show what went wrong, or what is going on."""
    return f'<p class="notice" dir="auto">{_e(message)}</p>'


def render_answer(answer: Answer, titles: Mapping[str, str]) -> str:
    """Show the quote in its sentence with its citations, or that there is none and what came nearest.

    ``titles`` names the documents of ``answer.hits`` by id.
    """
    if answer.items:
        parts = [f'<ol class="items">{"".join(f"<li>{_quote(item)}</li>" for item in answer.items)}</ol>']
    elif answer.text is not None:
        parts = [_quote(Alternative(answer.text, answer.confidence, answer.citations))]
    else:
        parts = [_silence(answer, titles)]
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


def render_document(document: Document, start: int, end: int, kind: Kind = "quote", note: str = "") -> str:
    """Show the whole article with ``text[start:end]`` marked, unless it is to be read as a whole; ``note`` is HTML.

    >>> "<mark" in render_document(Document("a.txt", "Tom & Ann met.", "News"), 6, 9)
    True
    """
    details = [date_of(document.published), _bdi(document.author), _link(document.url)]
    also = f'<p class="also">Also at {_bdi(", ".join(document.sources[1:]))}</p>' if document.sources[1:] else ""
    return (
        f'<article data-document="{_e(document.id)}" data-start="{start}" data-end="{end}">'
        f'<header><p class="ways"><button type="button" class="tool list">All articles</button>'
        f'<button type="button" class="tool back">Back to the conversation</button></p>'
        f'<h2 dir="auto" tabindex="-1">{_e(document.title)}</h2>'
        f'<p class="details">{" · ".join(filter(None, details))}</p>'
        f'<p class="path">{_bdi(document.id)}</p>{also}{note}</header>'
        f'<div class="text" dir="auto">{_marked(document.text, start, end, kind)}</div></article>'
    )


def confidence_in_words(probability: float) -> str:
    """Say how far an answer can be relied on.

    >>> confidence_in_words(0.93), confidence_in_words(0.55)
    ('Very likely right', 'More likely right than not')
    """
    steps = ((0.9, "Very likely right"), (0.7, "Probably right"), (0.5, "More likely right than not"))
    return next((words for least, words in steps if probability >= least), "Uncertain: check the article")


def _turn(exchange: Exchange) -> str:
    edit = "" if exchange.pending else _tool("Edit", exchange, edit=exchange.question)
    meant = exchange.answer.asked_as if exchange.answer else None
    asked_as = ""
    if meant:
        correct = _tool("Correct", exchange, edit=meant, literal="yes")
        asked_as = f'<p class="meant">Asked as: <q dir="auto">{_e(meant)}</q> {correct}</p>'
    return (
        f'<section class="turn" data-id="{exchange.id}">'
        f'<div class="asked"><h2 class="question" dir="auto">{_e(exchange.question)}</h2>{edit}</div>'
        f"{asked_as}{exchange.reply}{'' if exchange.pending else _tools(exchange)}</section>"
    )


def _tools(exchange: Exchange) -> str:
    """Return what can be done about an answer: copy it, ask again, say whether it is right."""
    again = _tool("Ask again", exchange, again=exchange.question)
    answer = exchange.answer
    if answer is None:
        return f'<p class="tools">{again}</p>'
    copy = _tool("Copy", exchange, copy=cited(answer)) if answer.text is not None else ""
    votes = "".join(
        f'<button type="button" class="tool vote {vote}" data-vote="{vote}" data-key="{exchange.id} {vote}" '
        f'aria-pressed="{"true" if exchange.vote == vote else "false"}" aria-label="{label}" title="{label}">'
        f"{_THUMB}</button>"
        for vote, label in ((("up", "This is right"), ("down", "This is wrong")) if exchange.votable else ())
    )
    return f'<p class="tools">{copy}{again}{votes}</p>{_correction(exchange)}'


def _correction(exchange: Exchange) -> str:
    if exchange.vote is None:
        return ""
    if exchange.vote == "up" or exchange.corrected:
        return '<p class="thanks">Noted as a test question. Thank you.</p>'
    silent = (
        ""
        if exchange.answer and exchange.answer.text is None
        else ('<button type="button" class="tool" data-silent="yes">The articles don’t say</button>')
    )
    return (
        f'<form class="correction"><label>What would be right? <input name="right" maxlength="300" dir="auto" '
        f'autocomplete="off" data-key="{exchange.id} right"></label><button class="tool">Save</button>{silent}</form>'
    )


def _tool(label: str, exchange: Exchange, **data: str) -> str:
    attributes = " ".join(f'data-{name}="{_e(value)}"' for name, value in data.items())
    name = f'aria-label="{label}: {_e(exchange.question)}"'
    return f'<button type="button" class="tool" data-key="{exchange.id} {label}" {attributes} {name}>{label}</button>'


_THUMB = (
    '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" fill="none" stroke="currentColor" '
    'stroke-width="1.8" stroke-linejoin="round"><path d="M7 11v9H4v-9zM7 11l4-8c1.7 0 2.6 1.2 2.3 2.8L12.7 9H18c1.5 0 '
    '2.5 1.3 2.2 2.7l-1.3 6.4c-.3 1.1-1.1 1.9-2.3 1.9H7"/></svg>'
)


def _quote(answer: Alternative) -> str:
    first = answer.citations[0] if answer.citations else None
    if first is None:
        sentence = f'<mark dir="auto">{_e(answer.text)}</mark>'
    else:
        start = first.start - first.context_start
        sentence = _marked(first.context, start, start + len(first.text), "quote")
    level = min(99, max(1, round(100 * answer.probability)))
    return (
        f'<blockquote dir="auto">{sentence}</blockquote>{_chips(answer.citations)}'
        f'<p class="confidence"><meter min="0" max="100" value="{level}" aria-hidden="true"></meter> '
        f"{confidence_in_words(answer.probability)} "
        f'<span class="percent">{percent(answer.probability)}</span></p>'
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
    if kind == "whole":
        return _e(text)
    mark = f'<mark class="{kind}" dir="auto">{_e(text[start:end])}</mark>'
    return f"{_e(text[:start])}{mark}{_e(text[end:])}"


def date_of(published: str | None) -> str:
    """Return a date as people write it, as HTML; what is no date as it stands."""
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
