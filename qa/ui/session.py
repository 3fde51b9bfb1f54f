"""What the page remembers for one person: the conversation, the articles they added, and those they leave out."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from threading import Condition, RLock, Thread
from typing import TYPE_CHECKING

from qa.dialogue import Turn
from qa.shelf import Shelf
from qa.types import Answer
from qa.ui.feedback import Vote

if TYPE_CHECKING:
    from qa.engine import QA


@dataclass(frozen=True, slots=True)
class Exchange:
    """Hold a question as it was typed, and what the page replied."""

    question: str
    reply: str
    """HTML."""
    answer: Answer | None = None
    """None while it is awaited, and where there was an error instead."""
    pending: bool = False
    votable: bool = True
    """Whether the answer came from the whole corpus and nothing else, as a test question's must."""
    vote: Vote | None = None
    corrected: bool = False
    """Whether the person has said what would have been right."""
    id: str = field(default_factory=lambda: secrets.token_hex(8))


class Session:
    """Remember, while several events may come at once; each changes what it names and nothing else."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.changed = Condition(self.lock)
        """Told of every change to the exchanges."""
        self.exchanges: tuple[Exchange, ...] = ()
        self.left_out: frozenset[str] = frozenset()
        """Ids of the articles that aren't asked."""
        self.shelf: Shelf | None = None

    def __deepcopy__(self, memo: object) -> Session:
        """Return a new one: Gradio copies what it begins each session with."""
        return Session()

    def engine(self, shared: QA) -> QA:
        """Return what answers: the engine that everybody shares, or one with their own articles added."""
        shelf = self.shelf
        return shelf.engine if shelf else shared

    def find(self, identifier: str) -> Exchange | None:
        """Return the exchange of an id."""
        return next((exchange for exchange in self.exchanges if exchange.id == identifier), None)

    def shown(self, document: str, start: int, end: int) -> str | None:
        """Return what the latest answer quoted from this place of an article; None where none did."""
        for answer in (exchange.answer for exchange in reversed(self.exchanges) if exchange.answer):
            several = [answer.citations, *(other.citations for other in (*answer.items, *answer.alternatives))]
            for citation in chain.from_iterable(several):
                if (citation.document, citation.start, citation.end) == (document, start, end):
                    return citation.text
            for passage in (hit.passage for hit in answer.hits):
                if (passage.document, passage.start, passage.end) == (document, start, end):
                    return passage.text
        return None

    def before(self, identifier: str) -> tuple[Exchange, ...]:
        """Return the exchanges before that of an id; all where there is none."""
        ids = [exchange.id for exchange in self.exchanges]
        return self.exchanges[: ids.index(identifier)] if identifier in ids else self.exchanges

    def begin(self, asked: Exchange, replacing: str | None = None) -> tuple[Exchange, ...]:
        """Ask after all exchanges, or in the place of the one with this id and all that followed; return those before.

        In one step: an answer may be coming in.
        """
        with self.lock:
            before = self.exchanges if replacing is None else self.before(replacing)
            self._hold((*before, asked))
            return before

    def begin_anew(self) -> None:
        """Forget the conversation."""
        self._hold(())

    def change(self, changed: Exchange) -> bool:
        """Put an exchange in the place of the one with its id; tell whether there still is one."""
        with self.lock:
            found = self.find(changed.id) is not None
            self._hold(tuple(changed if old.id == changed.id else old for old in self.exchanges))
            return found

    def finish(self, done: Exchange) -> bool:
        """Put the reply in place, unless the question was stopped or dropped meanwhile; tell whether it was."""
        with self.lock:
            return self.awaits(done) and self.change(done)

    def stop(self, reply: str) -> None:
        """Put this reply, HTML, in the place of every answer that is awaited."""
        with self.lock:
            for exchange in self.exchanges:
                if exchange.pending:  # the answer may have come in while the button was being pressed
                    self.change(replace(exchange, reply=reply, pending=False))

    def awaits(self, asked: Exchange) -> bool:
        """Tell whether a question is still to be answered: neither done nor stopped nor dropped."""
        held = self.find(asked.id)
        return held is not None and held.pending

    def wait(self, asked: Exchange) -> None:
        """Wait while a question is still to be answered."""
        with self.changed:
            self.changed.wait_for(lambda: not self.awaits(asked))

    def _hold(self, exchanges: tuple[Exchange, ...]) -> None:
        with self.changed:
            self.exchanges = exchanges
            self.changed.notify_all()

    def forget_articles(self) -> None:
        """Throw away what they added, without waiting for what is at work on it."""
        with self.lock:
            shelf, self.shelf = self.shelf, None
            if shelf:
                self.left_out -= {document.id for document in shelf.documents}
                Thread(target=shelf.close, daemon=True).start()


def history(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """Return the turns that a later question may lean on: those that were answered, with yes or with no.

    >>> history([Exchange("Who?", "", Answer("Who?", "Ann", 0.9)), Exchange("Why?", "Stopped.")])
    (Turn(question='Who?', answer='Ann'),)
    """
    answers = [exchange.answer for exchange in exchanges if exchange.answer]
    return tuple(Turn(answer.asked_as or answer.question, answer.text) for answer in answers)
