"""Answers to take along: one with its citations, and a whole conversation as Markdown with footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qa.types import Alternative, Answer, Citation

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_LIST = re.compile(r"^(\d*)([-+.)])(?= )")


def cited(answer: Answer) -> str:
    """Return each quote with where it stands, as plain text; nothing where there is no answer."""
    parts = []
    for item in _items(answer):
        places = "; ".join(f"{' '.join(citation.title.split())} ({_place(citation)})" for citation in item.citations)
        parts.append(f"“{item.text}”" + (f" — {places}" if places else ""))
    return "\n".join(parts)


def export_markdown(answers: Iterable[Answer]) -> str:
    r"""Return the questions as headings, the quotes in their sentences, and where each stands.

    >>> print(export_markdown([Answer("Why?", None, 0.1)]))
    # Conversation
    <BLANKLINE>
    ## Why?
    <BLANKLINE>
    The articles don't answer this.
    <BLANKLINE>
    """
    parts, notes = ["# Conversation"], list[str]()
    for answer in answers:
        parts.append(f"## {_plain(answer.question)}")
        if answer.asked_as:
            parts.append(f"Asked as: {_plain(answer.asked_as)}")
        if answer.text is None:
            parts.append("The articles don't answer this.")
        for item in _items(answer):
            first = len(notes) + 1
            notes += [_note(number, citation) for number, citation in enumerate(item.citations, first)]
            marks = "".join(f"[^{number}]" for number in range(first, len(notes) + 1))
            parts.append(f"> {_quoted(item)} {marks}\n>\n> {percent(item.probability)} sure.")
    return "\n\n".join([*parts, "\n".join(notes)]).rstrip() + "\n"


def percent(probability: float) -> str:
    """Write a probability as people do; never as certainty, which none is.

    >>> percent(0.874), percent(0.9999), percent(0.0)
    ('87%', '99%', '1%')
    """
    return f"{min(99, max(1, round(100 * probability)))}%"


def _items(answer: Answer) -> tuple[Alternative, ...]:
    if answer.text is None:
        return ()
    return answer.items or (Alternative(answer.text, answer.confidence, answer.citations),)


def _quoted(answer: Alternative) -> str:
    if not answer.citations:
        return f"**{_plain(answer.text).strip()}**"
    first = answer.citations[0]
    start = first.start - first.context_start
    before, after = first.context[:start], first.context[start + len(first.text) :]
    opening = _LIST.sub(r"\1\\\2", _plain(before).lstrip())  # a list's, where the sentence is a line of one
    return f"{opening}**{_plain(first.text).strip()}**{_plain(after)}"


def _note(number: int, citation: Citation) -> str:
    return f"[^{number}]: {_plain(citation.title)} ({_plain(_place(citation))})"


def _place(citation: Citation) -> str:
    return f"{citation.document}, characters {citation.start}-{citation.end}"


def _plain(text: str) -> str:
    """Return the text on one line, with nothing in it that Markdown or HTML would act on."""
    return _SPECIAL.sub(r"\\\1", re.sub(r"\s+", " ", text))
