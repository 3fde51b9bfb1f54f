"""The page itself: what is on it and what happens when."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import gradio as gr

from qa.errors import QAError
from qa.shelf import Shelf
from qa.types import Answer, Where
from qa.ui import api
from qa.ui.examples import draw
from qa.ui.export import export_markdown
from qa.ui.feedback import Feedback, Judgement, Vote
from qa.ui.library import LISTED, Library, render_library
from qa.ui.render import (
    Kind,
    render_answer,
    render_conversation,
    render_document,
    render_examples,
    render_notice,
    render_start,
)
from qa.ui.session import Exchange, Session, history
from qa.ui.uploads import KINDS, Inbox, watched

if TYPE_CHECKING:
    from qa.engine import QA

LONGEST_QUESTION = 500
"""Characters."""
LONGEST_CORRECTION = 300
"""Characters."""

PENDING = '<p class="pending">Reading the articles</p>'
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
FOCUS = "() => document.querySelector('#question textarea').focus()"
DOWNLOAD = """(text) => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/markdown' }));
  link.download = 'conversation.md';
  link.click();
  URL.revokeObjectURL(link.href);
}"""

_NAME = re.compile(r"\w[\w .-]{0,59}")

Changes = dict[Any, Any]
"""Components with what they are to show."""

log = logging.getLogger(__name__)


def page(engine: QA, *, feedback: Path, keep_in: Path | None = None) -> gr.Blocks:
    """Lay the chat page out over an open engine.

    Votes go into the question set ``feedback``; what people add may be kept in a folder of ``keep_in``.
    """
    return _Page(engine, Feedback(feedback), keep_in).blocks


class _Page:
    """Hold the components, and what happens to them."""

    def __init__(self, engine: QA, feedback: Feedback, keep_in: Path | None) -> None:
        self.engine, self.feedback, self.keep_in = engine, feedback, keep_in
        count = engine.index.document_count
        listed = tuple(replace(document, text="") for document in islice(engine.documents(), LISTED))
        self.corpus = Library(listed, count, may_keep=keep_in is not None)
        self.counting, self.asking, self.wanted = Lock(), 0, 0.0
        self.drawing = ThreadPoolExecutor(1)
        self.drawn: Future[tuple[str, ...]] | None = None
        self.blocks: gr.Blocks = gr.Blocks(title="Ask the articles", analytics_enabled=False, fill_width=True)
        with self.blocks:
            self._lay_out()
            self._wire()
            api.offer(engine)

    def _lay_out(self) -> None:
        self.session = gr.State(Session(), delete_callback=Session.forget_articles)  # an hour after they left
        self.exported = gr.Textbox(visible=False)
        bare: dict[str, Any] = {"apply_default_css": False}
        with gr.Row(elem_id="panes"):
            with gr.Column(elem_id="left"):
                with gr.Row(elem_id="masthead"):
                    gr.HTML("<h1>Ask the articles</h1>", **bare)
                    self.export = gr.Button("Export", elem_id="export", min_width=0)
                    self.clear = gr.Button("New conversation", elem_id="clear", min_width=0)
                self.conversation = gr.HTML(
                    render_start(), elem_id="conversation", js_on_load=_asset("page.js"), **bare
                )
                self.suggested = gr.HTML("", elem_id="examples", js_on_load=_asset("examples.js"), **bare)
                with gr.Row(elem_id="composer"):
                    self.box = gr.Textbox(
                        label="Your question",
                        placeholder="Ask a question",
                        elem_id="question",
                        autofocus=True,
                        max_lines=4,
                        container=False,
                        html_attributes=gr.InputHTMLAttributes(enterkeyhint="send"),
                    )
                    self.ask_button = gr.Button("Ask", variant="primary", elem_id="ask", min_width=0)
                    self.stop_button = gr.Button("Stop", visible=False, elem_id="stop", min_width=0)
            with gr.Column(elem_id="right"):
                self.source = gr.HTML("", elem_id="source", js_on_load=None, **bare)
                with gr.Column(elem_id="library"):
                    self.articles = gr.HTML(
                        render_library(self.corpus), elem_id="articles", js_on_load=_asset("library.js"), **bare
                    )
                    self.upload = gr.File(
                        label="Add articles",
                        file_count="multiple",
                        file_types=list(KINDS),
                        elem_id="add",
                        show_label=False,
                        height=140,
                    )

    def _wire(self) -> None:
        everything = [self.session, self.conversation, self.source, self.box, self.ask_button, self.stop_button]
        library = [self.session, self.articles, self.upload, self.source]
        shared: dict[str, Any] = {**QUIET, "concurrency_limit": 8}
        each: dict[str, Any] = {**shared, "trigger_mode": "multiple"}

        runs = [
            gr.on([self.box.submit, self.ask_button.click], self.ask, [self.box, self.session], everything, **shared),
            self.suggested.example(self.ask_example, self.session, everything, **shared),
            self.conversation.revise(self.revise, self.session, everything, **shared),
        ]
        self.ask_button.click(None, js=FOCUS)
        self.conversation.open(self.open, self.session, self.source, **each)
        self.conversation.vote(self.vote, self.session, self.conversation, **each)
        self.conversation.correct(self.correct, self.session, self.conversation, **each)
        self.export.click(self.write_export, self.session, self.exported, **shared).then(
            None, self.exported, None, js=DOWNLOAD
        )
        cancelling: dict[str, Any] = {"cancels": runs, **shared}
        self.stop_button.click(self.stop, self.session, everything, **cancelling).then(None, js=FOCUS)
        self.clear.click(self.begin_anew, self.session, everything, **cancelling).then(None, js=FOCUS)

        self.articles.open(self.open, self.session, self.source, **each)
        self.articles.choose(self.choose, self.session, self.articles, **each)
        self.articles.remove(self.remove, self.session, library, **each)
        self.articles.discard(self.discard, self.session, library, **each)
        self.articles.keep(self.keep, self.session, self.articles, **shared)
        self.upload.upload(self.add, [self.upload, self.session], library, **each)
        self.blocks.load(self.suggest, None, self.suggested, **shared)

    # Asking

    def ask(self, question: str, session: Session) -> Iterator[Changes]:
        """Ask what stands in the box."""
        yield from self._ask(question, session, session.exchanges, emptied={self.box: ""})

    def ask_example(self, session: Session, event: gr.EventData) -> Iterator[Changes]:
        """Ask one of the questions to begin with."""
        yield from self._ask(str(event.question), session, session.exchanges)

    def revise(self, session: Session, event: gr.EventData) -> Iterator[Changes]:
        """Ask an earlier question again, as it was or in other words; what followed it is dropped."""
        before = session.before(str(event.id))
        yield from self._ask(str(event.question), session, before, literal=bool(event.literal))

    def _ask(
        self,
        question: str,
        session: Session,
        before: tuple[Exchange, ...],
        *,
        literal: bool = False,
        emptied: Changes | None = None,
    ) -> Iterator[Changes]:
        question = question.strip()
        if not question:
            yield gr.skip()
            return
        if len(question) > LONGEST_QUESTION:
            message = (
                f"Your question has {len(question)} characters; {LONGEST_QUESTION} are the most. "
                "Please shorten it: it still stands below."
            )
            yield {self.conversation: render_conversation(before, render_notice(message))}
            return
        asked = Exchange(question, PENDING, pending=True)
        session.begin(asked, before)
        yield {
            **self._shown(session),
            **(emptied or {}),
            self.ask_button: gr.update(visible=False),
            self.stop_button: gr.update(visible=True),
        }
        with self._people_first():
            done, opened = self._reply(asked, () if literal else before, session)
        if session.finish(done):
            yield {**self._shown(session), self.source: opened, **self._idle()}

    def _reply(self, asked: Exchange, before: tuple[Exchange, ...], session: Session) -> tuple[Exchange, str]:
        """Answer a question; return the exchange and what the source pane shows."""
        engine, left_out = self._engine(session), session.left_out
        asked = replace(asked, pending=False)
        try:
            where = _chosen(engine, left_out)
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
            log.exception("The question %r could not be answered.", asked.question)
            notice = render_notice("Something went wrong here; the server’s log says what. Please try again.")
        return replace(asked, reply=notice), ""

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
        return {**self._shown(session), self.source: "", self.box: "", **self._idle()}

    def open(self, session: Session, event: gr.EventData) -> str:
        """Open an article, at a quote or a passage or at its beginning."""
        kind: Kind = event.kind if event.kind in ("passage", "whole") else "quote"
        try:
            document = self._engine(session).document(str(event.document))
            return render_document(document, int(event.start), int(event.end), kind)
        except QAError as error:
            return render_notice(str(error))

    def suggest(self) -> str:
        """Show questions to begin with; they are drawn when the first page is opened, after anybody's own."""
        self.wanted = time.monotonic()
        self.drawn = self.drawn or self.drawing.submit(draw, self.engine, rest=self._wait)
        try:
            return render_examples(self.drawn.result())
        except Exception:  # an index that can't be read says so when it is asked
            log.exception("No questions could be drawn from the articles.")
            return ""

    @contextmanager
    def _people_first(self) -> Iterator[None]:
        """Hold back the drawing of examples while somebody is asking."""
        with self.counting:
            self.asking += 1
        try:
            yield
        finally:
            with self.counting:
                self.asking, self.wanted = self.asking - 1, time.monotonic()

    def _wait(self) -> None:
        """Wait until nobody has wanted anything for a second."""
        while self.asking or time.monotonic() - self.wanted < 1:
            time.sleep(0.05)

    # What people think of the answers

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

    def write_export(self, session: Session) -> str:
        """Return the conversation as Markdown."""
        return export_markdown(exchange.answer for exchange in session.exchanges if exchange.answer)

    # Their own articles

    def add(self, uploaded: Sequence[str] | None, session: Session) -> Iterator[Changes]:
        """Index files that were dropped or chosen, and say how far that has come."""
        with session.lock:
            session.shelf = shelf = session.shelf or Shelf(self.engine)
        inbox = Inbox(uploaded or ())
        yield {self.session: session, self.upload: None}
        for note in watched(lambda say: inbox.empty_into(shelf, say)):
            yield {self.articles: self._library(session, note)}

    def remove(self, session: Session, event: gr.EventData) -> Changes:
        """Remove one of their own articles."""
        note = ""
        try:
            if session.shelf:
                session.shelf.remove(str(event.document))
            with session.lock:
                session.left_out -= {str(event.document)}
        except QAError as error:
            note = render_notice(str(error))
        return {self.articles: self._library(session, note), self.source: ""}

    def discard(self, session: Session) -> Changes:
        """Throw away what they added."""
        session.forget_articles()
        return {self.articles: self._library(session), self.source: ""}

    def keep(self, session: Session, event: gr.EventData) -> str:
        """Make an index of what they added."""
        name = str(event.name).strip()
        if session.shelf is None or self.keep_in is None:
            note = "There is nothing to keep."
        elif not _NAME.fullmatch(name):
            note = "A name begins with a letter or a digit and holds letters, digits, spaces, dots and dashes."
        elif (self.keep_in / name).exists():
            note = f"There is a {self.keep_in / name} already. Choose another name."
        else:
            try:
                session.shelf.keep(self.keep_in / name)
                note = f"Kept. `qa chat --index '{self.keep_in / name}'` opens it."
            except (QAError, OSError) as error:
                note = f"It could not be kept: {error}"
        return self._library(session, render_notice(note))

    def choose(self, session: Session, event: gr.EventData) -> str:
        """Ask an article or leave it out; or all of them."""
        known = frozenset(self._engine(session).index.identifiers())
        with session.lock:
            named = known if event.every else known & {str(event.document)}
            session.left_out = session.left_out - named if event.wanted else session.left_out | named
        return self._library(session)

    # What is shown

    def _engine(self, session: Session) -> QA:
        shelf = session.shelf
        return shelf.engine if shelf else self.engine

    def _shown(self, session: Session) -> Changes:
        exchanges = session.exchanges
        return {
            self.session: session,
            self.conversation: render_conversation(exchanges) if exchanges else render_start(),
        }

    def _idle(self) -> Changes:
        return {self.ask_button: gr.update(visible=True), self.stop_button: gr.update(visible=False)}

    def _library(self, session: Session, note: str = "") -> str:
        own = session.shelf.documents if session.shelf else ()
        return render_library(replace(self.corpus, own=own, left_out=session.left_out), note)


def _chosen(engine: QA, left_out: frozenset[str]) -> Where | None:
    if not left_out:
        return None
    return {"document": tuple(name for name in engine.index.identifiers() if name not in left_out)}


def _texts(answer: Answer) -> tuple[str, ...]:
    """Return what was answered, as a question set holds right answers."""
    if answer.text is None:
        return ()
    return tuple(dict.fromkeys(item.text for item in answer.items)) or (answer.text,)


def _asset(name: str) -> str:
    return files("qa.ui").joinpath(name).read_text(encoding="utf-8")
