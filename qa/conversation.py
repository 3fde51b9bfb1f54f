"""Questions one after the other, where a later one may lean on those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.dialogue import Turn

if TYPE_CHECKING:
    from qa.engine import QA
    from qa.types import Answer, Where


class Conversation:
    """Ask an engine and remember, so that "And why?" means what it means."""

    def __init__(self, engine: QA) -> None:
        self.engine = engine
        self.turns: tuple[Turn, ...] = ()

    def ask(self, question: str, *, top_k: int | None = None, where: Where | None = None) -> Answer:
        """Answer as ``QA.ask`` does, after the turns so far; ``asked_as`` of the answer says what was meant."""
        answer = self.engine.ask(question, history=self.turns, top_k=top_k, where=where)
        self.turns += (Turn(answer.asked_as or answer.question, answer.text),)
        return answer
