"""Extractive question answering: every answer is a quote, and every quote can be checked.

>>> from qa import answer
>>> answer("Who is the police commissioner?").text  # doctest: +SKIP
'Bill Bratton'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOMES = {
    "QA": "qa.engine",
    "answer": "qa.engine",
    "build_index": "qa.building",
    "Conversation": "qa.conversation",
    "Turn": "qa.dialogue",
    "Settings": "qa.settings",
    "Alternative": "qa.types",
    "Answer": "qa.types",
    "Citation": "qa.types",
    "Document": "qa.types",
    "Hit": "qa.types",
    "Passage": "qa.types",
    "Span": "qa.types",
    "QAError": "qa.errors",
}

__all__ = [  # noqa: RUF022 - in reading order
    "QA",
    "answer",
    "build_index",
    "Conversation",
    "Turn",
    "Settings",
    "Alternative",
    "Answer",
    "Citation",
    "Document",
    "Hit",
    "Passage",
    "Span",
    "QAError",
]

if TYPE_CHECKING:
    from qa.building import build_index
    from qa.conversation import Conversation
    from qa.dialogue import Turn
    from qa.engine import QA, answer
    from qa.errors import QAError
    from qa.settings import Settings
    from qa.types import Alternative, Answer, Citation, Document, Hit, Passage, Span


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that ``import qa`` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'qa' has no attribute {name!r}; it offers {', '.join(_HOMES)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
