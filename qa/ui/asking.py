"""Asking on the page: a question in, its answer shown beside its source."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import gradio as gr

from qa.errors import QAError
from qa.ui.layout import Changes, Components
from qa.ui.render import Kind, render_answer, render_conversation, render_document, render_notice, render_start
from qa.ui.session import Exchange, Session, history
from qa.ui.suggesting import Suggestions

if TYPE_CHECKING:
    from qa.engine import QA

LONGEST_QUESTION = 500
"""Characters."""

PENDING = '<p class="pending">Reading the articles</p>'

log = logging.getLogger(__name__)


class Asking:
    """Ask, ask again, stop, begin anew, open what is cited."""

    def __init__(self, engine: QA, components: Components, suggestions: Suggestions) -> None:
        self.engine, self.components, self.suggestions = engine, components, suggestions

    def ask(self, question: str, session: Session) -> Iterator[Changes]:
        """Ask what stands in the box."""
        yield from self._ask(question, session, session.exchanges, emptied={self.components.box: ""})

    def ask_example(self, session: Session, event: gr.EventData) -> Iterator[Changes]:
        """Ask one of the questions to begin with."""
        yield from self._ask(str(event.question), session, session.exchanges)

    def revise(self, session: Session, event: gr.EventData) -> Iterator[Changes]:
        """Ask an earlier question again, as it was or in other words; what followed it is dropped."""
        before = session.before(str(event.id))
        yield from self._ask(str(event.question), session, before, literal=bool(event.literal))

    def stop(self, session: Session) -> Changes:
        """Stop waiting for an answer."""
        with session.lock:
            for exchange in session.exchanges:
                if exchange.pending:  # the answer may have come in while the button was being pressed
                    session.change(replace(exchange, reply=render_notice("Stopped."), pending=False))
        return {**self._shown(session), **self._idle()}

    def begin_anew(self, session: Session) -> Changes:
        """Forget the conversation."""
        with session.lock:
            session.exchanges = ()
        return {**self._shown(session), self.components.source: "", self.components.box: "", **self._idle()}

    def open(self, session: Session, event: gr.EventData) -> str:
        """Open an article, at a quote or a passage or at its beginning."""
        kind: Kind = event.kind if event.kind in ("passage", "whole") else "quote"
        try:
            document = session.engine(self.engine).document(str(event.document))
            start, end = int(event.start), int(event.end)
            shown = session.shown(document.id, start, end)
            if shown is not None and document.text[start:end] != shown:
                note = render_notice("This article has changed since that answer, so the quote is not marked.")
                return render_document(document, 0, 0, "whole", note)
            return render_document(document, start, end, kind)
        except QAError as error:
            return render_notice(str(error))

    def _ask(
        self,
        question: str,
        session: Session,
        before: tuple[Exchange, ...],
        *,
        literal: bool = False,
        emptied: Changes | None = None,
    ) -> Iterator[Changes]:
        components = self.components
        question = question.strip()
        if not question:
            yield gr.skip()
            return
        if len(question) > LONGEST_QUESTION:
            message = (
                f"Your question has {len(question)} characters; {LONGEST_QUESTION} are the most. "
                "Please shorten it: it still stands below."
            )
            yield {components.conversation: render_conversation(before, render_notice(message))}
            return
        asked = Exchange(question, PENDING, pending=True)
        session.begin(asked, before)
        yield {
            **self._shown(session),
            **(emptied or {}),
            components.ask: gr.update(visible=False),
            components.stop: gr.update(visible=True),
        }
        with self.suggestions.people_first():
            done, opened = self._reply(asked, () if literal else before, session)
        if session.finish(done):
            yield {**self._shown(session), components.source: opened, **self._idle()}

    def _reply(self, asked: Exchange, before: tuple[Exchange, ...], session: Session) -> tuple[Exchange, str]:
        """Answer a question; return the exchange and what the source pane shows."""
        asked = replace(asked, pending=False)
        try:
            engine = session.engine(self.engine)
            unticked = session.left_out
            known = engine.index.identifiers() if unticked else []
            left_out = unticked.intersection(known)  # some may be gone
            where = {"document": tuple(name for name in known if name not in left_out)} if left_out else None
            if where == {"document": ()}:
                return replace(asked, reply=render_notice("Tick an article to ask first.")), ""
            answer = engine.ask(asked.question, history=history(before), where=where)
            ids = {hit.passage.document for hit in answer.hits}
            reply = render_answer(answer, {document: engine.document(document).title for document in ids})
            opened = ""
            if answer.citations:
                first = answer.citations[0]
                opened = render_document(engine.document(first.document), first.start, first.end)
            whole = engine is self.engine and not left_out
            return replace(asked, reply=reply, answer=answer, votable=whole), opened
        except QAError as error:
            notice = render_notice(str(error))
        except Exception:
            log.exception("A question could not be answered.")
            notice = render_notice("Something went wrong here; the server’s log says what. Please try again.")
        return replace(asked, reply=notice), ""

    def _shown(self, session: Session) -> Changes:
        exchanges = session.exchanges
        shown = render_conversation(exchanges) if exchanges else render_start()
        return {self.components.session: session, self.components.conversation: shown}

    def _idle(self) -> Changes:
        return {self.components.ask: gr.update(visible=True), self.components.stop: gr.update(visible=False)}
