"""What people think of the answers, on its way into a question set."""

from __future__ import annotations

from dataclasses import replace

import gradio as gr

from qa.types import Answer
from qa.ui.feedback import Feedback, Judgement, Vote
from qa.ui.render import render_conversation
from qa.ui.session import Exchange, Session, history

LONGEST_CORRECTION = 300
"""Characters."""


class Voting:
    """Take votes and corrections down."""

    def __init__(self, feedback: Feedback) -> None:
        self.feedback = feedback

    def vote(self, session: Session, event: gr.EventData) -> str:
        """Say that an answer is right or wrong; saying it again takes it back."""
        vote: Vote = "up" if event.vote == "up" else "down"
        with session.lock:
            exchange = session.find(str(event.id))
            if exchange and exchange.answer and exchange.votable:
                changed = replace(exchange, vote=None if exchange.vote == vote else vote, corrected=False)
                self._judge(session, changed, _texts(exchange.answer) if vote == "up" else None)
            return render_conversation(session.exchanges)

    def correct(self, session: Session, event: gr.EventData) -> str:
        """Take down what would have been right."""
        text = " ".join(str(event.right).split())[:LONGEST_CORRECTION]
        with session.lock:
            exchange = session.find(str(event.id))
            if exchange and exchange.vote == "down" and (text or event.silent):
                self._judge(session, replace(exchange, corrected=True), (text,) if text else ())
            return render_conversation(session.exchanges)

    def _judge(self, session: Session, changed: Exchange, right: tuple[str, ...] | None) -> None:
        answer = changed.answer
        if answer and changed.vote:
            documents = tuple(dict.fromkeys(citation.document for citation in answer.citations))
            turns = history(session.before(changed.id)) if answer.asked_as else ()
            self.feedback.put(
                Judgement(changed.id, answer.question, turns, answer.text, documents, changed.vote, right)
            )
        else:
            self.feedback.take_back(changed.id)
        session.change(changed)


def _texts(answer: Answer) -> tuple[str, ...]:
    """Return what was answered, as a question set holds right answers."""
    if answer.text is None:
        return ()
    return tuple(dict.fromkeys(item.text for item in answer.items)) or (answer.text,)
