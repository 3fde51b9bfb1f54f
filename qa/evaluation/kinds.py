"""What a question asks for, by its question word; for question sets that don't say."""

from __future__ import annotations

import re

_KINDS = (
    ("how many", re.compile(r"\bhow (many|much)\b")),
    ("how", re.compile(r"\bhow\b")),
    ("who", re.compile(r"\b(who|whom|whose)\b")),
    ("when", re.compile(r"\b(when|(what|which) (year|date|day|month|century|decade|time))\b")),
    ("where", re.compile(r"\b(where|(what|which) (city|country|state|place|region|continent))\b")),
    ("why", re.compile(r"\bwhy\b")),
    ("which", re.compile(r"\bwhich\b")),
    ("what", re.compile(r"\bwhat\b")),
)


def kind_of(question: str) -> str:
    """Return what a question asks for.

    >>> kind_of("In what year did it end?"), kind_of("The tower is how high?"), kind_of("Name a river.")
    ('when', 'how', 'other')
    """
    words = question.lower()
    found = [(match.start(), kind) for kind, form in _KINDS if (match := form.search(words))]
    return min(found, key=lambda place: place[0], default=(0, "other"))[1]
