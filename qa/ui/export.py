"""A conversation as Markdown: each answer a quotation, its citations as footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qa.types import Answer, Citation

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


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
            continue
        marks = []
        for citation in answer.citations:
            notes.append(_note(len(notes) + 1, citation))
            marks.append(f"[^{len(notes)}]")
        parts.append(f"> {_quoted(answer)} {''.join(marks)}")
        parts.append(f"{answer.confidence:.0%} sure.")
    return "\n\n".join([*parts, "\n".join(notes)]).rstrip() + "\n"


def _quoted(answer: Answer) -> str:
    first = answer.citations[0]
    start = first.start - first.context_start
    before, after = first.context[:start], first.context[start + len(first.text) :]
    return f"{_plain(before)}**{_plain(first.text).strip()}**{_plain(after)}"


def _note(number: int, citation: Citation) -> str:
    place = f"{citation.document}, characters {citation.start}-{citation.end}"
    return f"[^{number}]: {_plain(citation.title)} ({_plain(place)})"


def _plain(text: str) -> str:
    """Return the text on one line, with nothing in it that Markdown or HTML would act on."""
    return _SPECIAL.sub(r"\\\1", re.sub(r"\s+", " ", text))
