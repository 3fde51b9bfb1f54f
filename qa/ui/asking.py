"""Asking on the page: a question in, its answer shown beside its source."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import gradio as gr

from qa.errors import QAError, UnknownDocument
from qa.ui.layout import Changes, Components
from qa.ui.render import Kind, render_answer, render_conversation, render_document, render_notice, render_start
from qa.ui.session import Exchange, Session, history
from qa.ui.suggesting import Suggestions

if TYPE_CHECKING:
    from qa.engine import QA
    from qa.types import Answer

LONGEST_QUESTION = 500
"""Characters."""

AT_ONCE = 8
"""Questions that are worked on, those of people who have stopped or left among them; the others wait for a thread."""

PENDING = '<p class="pending">Reading the articles</p>'

log = logging.getLogger(__name__)


class Asking:
    """Ask, ask again, stop, begin anew, open what is cited."""

    def __init__(self, engine: QA, components: Components, suggestions: Suggestions) -> None:
        self.engine, self.components, self.suggestions = engine, components, suggestions
        self.workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="asking")

    def ask(self, question: str, session: Session) -> Iterator[Changes]:
        """Ask what stands in the box."""
        yield from self._ask(question, session, emptied={self.components.box: ""})

    def ask_example(self, session: Session, event: gr.EventData) -> Iterator[Changes]:
        """Ask one of the questions to begin with."""
        yield from self._ask(str(event.question), session)

    def revise(self, session: Session, event: gr.EventData) -> Iterator[Changes]:
        """Ask an earlier question again, as it was or in other words; what followed it is dropped."""
        yield from self._ask(str(event.question), session, str(event.id), literal=bool(event.literal))

    def stop(self, session: Session) -> Changes:
        """Stop waiting for an answer."""
        session.stop(render_notice("Stopped."))
        return self._shown(session)

    def begin_anew(self, session: Session) -> Changes:
        """Forget the conversation."""
        session.begin_anew()
        return {**self._shown(session), self.components.source: "", self.components.box: ""}

    def open(self, session: Session, event: gr.EventData) -> str:
        """Open an article, at a quote or a passage or at its beginning."""
        kind: Kind = event.kind if event.kind in ("passage", "whole") else "quote"
        return self._source(session, str(event.document), int(event.start), int(event.end), kind)

    def _ask(
        self,
        question: str,
        session: Session,
        replacing: str | None = None,
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
            yield {components.conversation: render_conversation(session.exchanges, render_notice(message))}
            return
        asked = Exchange(question, PENDING, pending=True)
        before = session.begin(asked, replacing)
        yield {**self._shown(session), **(emptied or {})}
        # Gradio can't stop a thread, and what it cancels may be the next question already: so nobody waits for a
        # question that was stopped or dropped, and its answer is worked out for nobody.
        self.workers.submit(self._work, asked, () if literal else before, session)
        session.wait(asked)
        done = session.find(asked.id)
        cited = {components.source: self._cited(done.answer, session)} if done and done.answer else {}
        yield {**self._shown(session), **cited}

    def _work(self, asked: Exchange, before: tuple[Exchange, ...], session: Session) -> None:
        if session.awaits(asked):
            with self.suggestions.people_first():
                session.finish(self._reply(asked, before, session))

    def _reply(self, asked: Exchange, before: tuple[Exchange, ...], session: Session) -> Exchange:
        """Answer a question; return the exchange."""
        asked = replace(asked, pending=False)
        try:
            engine = session.engine(self.engine)
            unticked = session.left_out
            known = engine.index.identifiers() if unticked else []
            left_out = unticked.intersection(known)  # some may be gone
            where = {"document": tuple(name for name in known if name not in left_out)} if left_out else None
            if where == {"document": ()}:
                return replace(asked, reply=render_notice("Tick an article to ask first."))
            answer = engine.ask(asked.question, history=history(before), where=where)
            reply = render_answer(answer, _titles(engine, answer))
            whole = engine is self.engine and not left_out
            return replace(asked, reply=reply, answer=answer, votable=whole)
        except QAError as error:
            notice = render_notice(str(error))
        except Exception:
            log.exception("A question could not be answered.")
            notice = render_notice("Something went wrong here; the server’s log says what. Please try again.")
        return replace(asked, reply=notice)

    def _cited(self, answer: Answer, session: Session) -> str:
        """Return the source of an answer's first quote, as HTML; nothing where it has none."""
        if not answer.citations:
            return ""
        first = answer.citations[0]
        return self._source(session, first.document, first.start, first.end)

    def _source(self, session: Session, identifier: str, start: int, end: int, kind: Kind = "quote") -> str:
        try:
            document = session.engine(self.engine).document(identifier)
            shown = session.shown(document.id, start, end)
            if shown is not None and document.text[start:end] != shown:
                note = render_notice("This article has changed since that answer, so the quote is not marked.")
                return render_document(document, 0, 0, "whole", note)
            return render_document(document, start, end, kind)
        except UnknownDocument:
            return render_notice("This article is no longer there. Ask again to see what the others say.")
        except QAError as error:
            return render_notice(str(error))

    def _shown(self, session: Session) -> Changes:
        """Return all that follows from the exchanges: events may end in another order than they began."""
        exchanges, components = session.exchanges, self.components
        waiting = any(exchange.pending for exchange in exchanges)
        return {
            components.session: session,
            components.conversation: render_conversation(exchanges) if exchanges else render_start(),
            components.ask: gr.update(visible=not waiting),
            components.stop: gr.update(visible=waiting),
        }


def _titles(engine: QA, answer: Answer) -> dict[str, str]:
    """Return the titles of the documents that were read; ids for those that are gone since."""
    titles = {hit.passage.document: hit.passage.document for hit in answer.hits}
    for identifier in titles:
        with suppress(UnknownDocument):
            titles[identifier] = engine.document(identifier).title
    return titles
