"""What the page remembers of a conversation."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from qa.dialogue import Turn
from qa.types import Answer
from qa.ui.feedback import Vote


@dataclass(frozen=True, slots=True)
class Exchange:
    """Hold a question as it was typed, and what the page replied."""

    question: str
    reply: str
    """HTML."""
    answer: Answer | None = None
    """None while it is awaited, and where there was an error instead."""
    pending: bool = False
    vote: Vote | None = None
    corrected: bool = False
    """Whether the person has said what would have been right."""
    id: str = field(default_factory=lambda: secrets.token_hex(8))


def history(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """Return the turns that a later question may lean on: those that were answered, with yes or with no.

    >>> history([Exchange("Who?", "", Answer("Who?", "Ann", 0.9)), Exchange("Why?", "Stopped.")])
    (Turn(question='Who?', answer='Ann'),)
    """
    answers = [exchange.answer for exchange in exchanges if exchange.answer]
    return tuple(Turn(answer.asked_as or answer.question, answer.text) for answer in answers)
