"""What people think of the answers, on its way into a question set."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

import gradio as gr

from qa.types import Answer
from qa.ui.feedback import Feedback, Judgement, Vote
from qa.ui.render import render_conversation, render_notice
from qa.ui.session import Exchange, Session, history

LONGEST_CORRECTION = 300
"""Characters."""

log = logging.getLogger(__name__)


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
                return self._judge(session, changed, _texts(exchange.answer) if vote == "up" else None)
            return render_conversation(session.exchanges)

    def correct(self, session: Session, event: gr.EventData) -> str:
        """Take down what would have been right."""
        text = " ".join(str(event.right).split())[:LONGEST_CORRECTION]
        with session.lock:
            exchange = session.find(str(event.id))
            if exchange and exchange.vote == "down" and (text or event.silent):
                right = (_verbatim(text, exchange.answer),) if text else ()
                return self._judge(session, replace(exchange, corrected=True), right)
            return render_conversation(session.exchanges)

    def _judge(self, session: Session, changed: Exchange, right: tuple[str, ...] | None) -> str:
        """Write a judgement down; return the conversation with it."""
        answer = changed.answer
        try:
            if answer and changed.vote:
                documents = tuple(dict.fromkeys(citation.document for citation in answer.citations))
                turns = history(session.before(changed.id)) if answer.asked_as else ()
                self.feedback.put(
                    Judgement(changed.id, answer.question, turns, answer.text, documents, changed.vote, right)
                )
            else:
                self.feedback.take_back(changed.id)
        except (OSError, ValueError):  # a full disk, a file that an editor saved in another encoding
            log.exception("A vote could not be written to %s.", self.feedback.file)
            notice = render_notice("Your vote could not be written; the server’s log says why.")
            return render_conversation(session.exchanges, notice)
        session.change(changed)
        return render_conversation(session.exchanges)


def _verbatim(text: str, answer: Answer | None) -> str:
    """Return a correction as the passages that were read have it: people type other quotation marks and spaces."""
    loose = r"\s+".join(re.escape(word) for word in text.split())
    for signs in ("'‘’", '"“”'):
        loose = re.sub(f"[{signs}]", f"[{signs}]", loose)
    loose = rf"(?<!\w){loose}(?!\w)"
    found = (re.search(loose, hit.passage.text, re.IGNORECASE) for hit in (answer.hits if answer else ()))
    return next((match[0] for match in found if match), text)


def _texts(answer: Answer) -> tuple[str, ...]:
    """Return what was answered, as a question set holds right answers."""
    if answer.text is None:
        return ()
    return tuple(dict.fromkeys(item.text for item in answer.items)) or (answer.text,)
