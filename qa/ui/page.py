"""The page itself: what is on it and what happens when."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from importlib.resources import files
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import gradio as gr

from qa.corpus import SUFFIXES
from qa.errors import QAError
from qa.shelf import Added, Shelf
from qa.types import Answer, Where
from qa.ui import api
from qa.ui.examples import draw
from qa.ui.export import export_markdown
from qa.ui.feedback import Feedback, Judgement, Vote
from qa.ui.library import LISTED, Library, render_library, render_progress
from qa.ui.render import (
    Kind,
    render_answer,
    render_conversation,
    render_document,
    render_examples,
    render_notice,
    render_start,
)
from qa.ui.turns import Exchange, history

if TYPE_CHECKING:
    from qa.engine import QA

LONGEST_QUESTION = 500
"""Characters."""
MOST_FILES = 50
"""Files that may be added at once."""
FORGOTTEN_AFTER = 3600
"""Seconds after which what somebody added is thrown away, once they have left the page."""

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
        self.corpus = Library(tuple(islice(engine.documents(), LISTED)), count, may_keep=keep_in is not None)
        self.asking, self.wanted = 0, 0.0
        self.drawing = ThreadPoolExecutor(1)
        self.drawn: Future[tuple[str, ...]] | None = None
        self.blocks: gr.Blocks = gr.Blocks(title="Ask the articles", analytics_enabled=False, fill_width=True)
        with self.blocks:
            self._lay_out()
            self._wire()
            api.offer(engine)

    def _lay_out(self) -> None:
        self.exchanges = gr.State(())
        self.left_out = gr.State(frozenset())
        self.shelf = gr.State(None, time_to_live=FORGOTTEN_AFTER, delete_callback=_forget)
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
                        file_types=list(SUFFIXES),
                        elem_id="add",
                        show_label=False,
                        height=140,
                    )

    def _wire(self) -> None:
        everything = [self.exchanges, self.conversation, self.source, self.box, self.ask_button, self.stop_button]
        asking = [self.exchanges, self.shelf, self.left_out]
        shelved = [self.shelf, self.left_out, self.articles, self.upload, self.source]
        several: dict[str, Any] = {**QUIET, "concurrency_limit": 8}

        runs = [
            gr.on([self.box.submit, self.ask_button.click], self.ask, [self.box, *asking], everything, **several),
            self.suggested.example(self.ask_example, asking, everything, **several),
            self.conversation.revise(self.revise, asking, everything, **several),
        ]
        self.conversation.open(self.open, self.shelf, self.source, **several)
        self.conversation.vote(self.vote, self.exchanges, [self.exchanges, self.conversation], **QUIET)
        self.conversation.correct(self.correct, self.exchanges, [self.exchanges, self.conversation], **QUIET)
        self.export.click(self.write_export, self.exchanges, self.exported, **QUIET).then(
            None, self.exported, None, js=DOWNLOAD
        )
        cancelling: dict[str, Any] = {"cancels": runs, **QUIET}
        self.stop_button.click(self.stop, self.exchanges, everything, **cancelling).then(None, js=FOCUS)
        self.clear.click(self.begin_anew, None, everything, **cancelling).then(None, js=FOCUS)

        self.articles.open(self.open, self.shelf, self.source, **several)
        self.articles.choose(self.choose, [self.shelf, self.left_out], [self.left_out, self.articles], **QUIET)
        self.articles.remove(self.remove, [self.shelf, self.left_out], shelved, **QUIET)
        self.articles.discard(self.discard, [self.shelf, self.left_out], shelved, **QUIET)
        self.articles.keep(self.keep, [self.shelf, self.left_out], self.articles, **QUIET)
        self.upload.upload(self.add, [self.upload, self.shelf, self.left_out], shelved, **several)
        self.blocks.load(self.suggest, None, self.suggested, **QUIET)

    # Asking

    def ask(
        self, question: str, before: tuple[Exchange, ...], shelf: Shelf | None, left_out: frozenset[str]
    ) -> Iterator[Changes]:
        """Ask what stands in the box."""
        yield from self._ask(question, before, shelf, left_out, literal=False, emptied={self.box: ""})

    def ask_example(
        self, before: tuple[Exchange, ...], shelf: Shelf | None, left_out: frozenset[str], event: gr.EventData
    ) -> Iterator[Changes]:
        """Ask one of the questions to begin with."""
        yield from self._ask(str(event.question), before, shelf, left_out, literal=False, emptied={})

    def revise(
        self, before: tuple[Exchange, ...], shelf: Shelf | None, left_out: frozenset[str], event: gr.EventData
    ) -> Iterator[Changes]:
        """Ask an earlier question again, as it was or in other words; what followed it is dropped."""
        kept, literal = before[: max(0, int(event.turn))], bool(event.literal)
        yield from self._ask(str(event.question), kept, shelf, left_out, literal=literal, emptied={})

    def _ask(
        self,
        question: str,
        before: tuple[Exchange, ...],
        shelf: Shelf | None,
        left_out: frozenset[str],
        *,
        literal: bool,
        emptied: Changes,
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
        yield {
            **self._shown((*before, asked)),
            **emptied,
            self.ask_button: gr.update(visible=False),
            self.stop_button: gr.update(visible=True),
        }
        self.asking += 1
        try:
            done, opened = self._reply(asked, () if literal else before, shelf, left_out)
        finally:
            self.asking, self.wanted = self.asking - 1, time.monotonic()
        yield {**self._shown((*before, done)), self.source: opened, **self._idle()}

    def _reply(
        self, asked: Exchange, before: tuple[Exchange, ...], shelf: Shelf | None, left_out: frozenset[str]
    ) -> tuple[Exchange, str]:
        """Answer a question; return the exchange and what the source pane shows."""
        engine = shelf.engine if shelf else self.engine
        try:
            where = _chosen(engine, left_out)
            if where == {"document": ()}:
                return replace(asked, reply=render_notice("Tick an article to ask first."), pending=False), ""
            answer = engine.ask(asked.question, history=history(before), where=where)
            ids = {hit.passage.document for hit in answer.hits}
            reply = render_answer(answer, {document: engine.document(document).title for document in ids})
            opened = ""
            if answer.citations:
                first = answer.citations[0]
                opened = render_document(engine.document(first.document), first.start, first.end)
            return replace(asked, reply=reply, answer=answer, pending=False), opened
        except QAError as error:
            notice = render_notice(str(error))
        except Exception:
            log.exception("The question %r could not be answered.", asked.question)
            notice = render_notice("Something went wrong here; the server’s log says what. Please try again.")
        return replace(asked, reply=notice, pending=False), ""

    def stop(self, before: tuple[Exchange, ...]) -> Changes:
        """Stop waiting for an answer."""
        # The answer may have come in while the button was being pressed.
        if before and before[-1].pending:
            before = (*before[:-1], replace(before[-1], reply=render_notice("Stopped."), pending=False))
        return {**self._shown(before), **self._idle()}

    def begin_anew(self) -> Changes:
        """Forget the conversation."""
        return {**self._shown(()), self.source: "", self.box: "", **self._idle()}

    def open(self, shelf: Shelf | None, event: gr.EventData) -> str:
        """Open an article, at a quote or a passage or at its beginning."""
        kind: Kind = event.kind if event.kind in ("passage", "whole") else "quote"
        engine = shelf.engine if shelf else self.engine
        try:
            return render_document(engine.document(event.document), int(event.start), int(event.end), kind)
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

    def _wait(self) -> None:
        """Wait until nobody has wanted anything for a second."""
        while self.asking or time.monotonic() - self.wanted < 1:
            time.sleep(0.05)

    # What people think of the answers

    def vote(self, before: tuple[Exchange, ...], event: gr.EventData) -> Changes:
        """Say that an answer is right or wrong; saying it again takes it back."""
        number = int(event.turn)
        vote: Vote | None = "up" if event.vote == "up" else "down"
        exchange = before[number]
        changed = replace(exchange, vote=None if exchange.vote == vote else vote, corrected=False)
        right = (_texts(exchange.answer) if vote == "up" else None) if exchange.answer else None
        return self._judge(before, number, changed, right)

    def correct(self, before: tuple[Exchange, ...], event: gr.EventData) -> Changes:
        """Take down what would have been right."""
        number, text = int(event.turn), " ".join(str(event.right).split())
        if not text and not event.silent:
            return self._shown(before)
        return self._judge(before, number, replace(before[number], corrected=True), (text,) if text else ())

    def _judge(
        self, before: tuple[Exchange, ...], number: int, changed: Exchange, right: tuple[str, ...] | None
    ) -> Changes:
        answer = changed.answer
        if answer and changed.vote is None:
            self.feedback.take_back(changed.id)
        elif answer and changed.vote:
            documents = tuple(citation.document for citation in answer.citations)
            turns = history(before[:number]) if answer.asked_as else ()
            judgement = Judgement(changed.id, answer.question, turns, answer.text, documents, changed.vote, right)
            self.feedback.put(judgement)
        return self._shown((*before[:number], changed, *before[number + 1 :]))

    def write_export(self, exchanges: tuple[Exchange, ...]) -> str:
        """Return the conversation as Markdown."""
        return export_markdown(exchange.answer for exchange in exchanges if exchange.answer)

    # Their own articles

    def add(self, uploaded: Sequence[str] | None, shelf: Shelf | None, left_out: frozenset[str]) -> Iterator[Changes]:
        """Index files that were dropped or chosen, and say how far that has come."""
        paths = [Path(path) for path in uploaded or ()]
        shelf = shelf or Shelf(self.engine)
        if len(paths) > MOST_FILES:
            note = render_notice(f"Those are {len(paths)} files; {MOST_FILES} at once are the most.")
        else:
            work = _Watched(lambda say: shelf.add(paths, say))
            for progress in work:
                yield {self.articles: self._library(shelf, left_out, render_progress(*progress))}
            note = work.note
        for path in paths:
            path.unlink(missing_ok=True)
        yield {self.shelf: shelf, self.articles: self._library(shelf, left_out, note), self.upload: None}

    def remove(self, shelf: Shelf | None, left_out: frozenset[str], event: gr.EventData) -> Changes:
        """Remove one of their own articles."""
        note = ""
        try:
            if shelf:
                shelf.remove(event.document)
        except QAError as error:
            note = render_notice(str(error))
        return {
            self.left_out: left_out - {event.document},
            self.articles: self._library(shelf, left_out - {event.document}, note),
            self.source: "",
        }

    def discard(self, shelf: Shelf | None, left_out: frozenset[str]) -> Changes:
        """Throw away what they added."""
        own = frozenset(document.id for document in shelf.documents) if shelf else frozenset()
        _forget(shelf)
        left_out -= own
        return {
            self.shelf: None,
            self.left_out: left_out,
            self.articles: self._library(None, left_out),
            self.source: "",
        }

    def keep(self, shelf: Shelf | None, left_out: frozenset[str], event: gr.EventData) -> str:
        """Make an index of what they added."""
        name = str(event.name).strip()
        if shelf is None or self.keep_in is None:
            note = "There is nothing to keep."
        elif not _NAME.fullmatch(name):
            note = "A name begins with a letter or a digit and holds letters, digits, spaces, dots and dashes."
        elif (self.keep_in / name).exists():
            note = f"There is a {self.keep_in / name} already. Choose another name."
        else:
            try:
                shelf.keep(self.keep_in / name)
                note = f"Kept. `qa chat --index '{self.keep_in / name}'` opens it."
            except (QAError, OSError) as error:
                note = f"It could not be kept: {error}"
        return self._library(shelf, left_out, render_notice(note))

    def choose(self, shelf: Shelf | None, left_out: frozenset[str], event: gr.EventData) -> Changes:
        """Ask an article or leave it out; or all of them."""
        if event.every:
            index = (shelf.engine if shelf else self.engine).index
            left_out = frozenset() if event.wanted else frozenset(index.identifiers())
        else:
            left_out = left_out - {event.document} if event.wanted else left_out | {event.document}
        return {self.left_out: left_out, self.articles: self._library(shelf, left_out)}

    # What is shown

    def _shown(self, exchanges: tuple[Exchange, ...]) -> Changes:
        html = render_conversation(exchanges) if exchanges else render_start()
        return {self.exchanges: exchanges, self.conversation: html}

    def _idle(self) -> Changes:
        return {self.ask_button: gr.update(visible=True), self.stop_button: gr.update(visible=False)}

    def _library(self, shelf: Shelf | None, left_out: frozenset[str], note: str = "") -> str:
        own = shelf.documents if shelf else ()
        return render_library(replace(self.corpus, own=own, left_out=left_out), note)


class _Watched:
    """Run work in a thread and yield how far it has come; ``note`` tells in the end what came of it."""

    def __init__(self, work: Callable[[Callable[[str, int, int], None]], Added]) -> None:
        self._work = work
        self.note = ""

    def __iter__(self) -> Iterator[tuple[str, int, int]]:
        said: SimpleQueue[tuple[str, int, int] | None] = SimpleQueue()
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(self._work, lambda stage, done, total: said.put((stage, done, total)))
            running.add_done_callback(lambda _: said.put(None))
            yield from iter(said.get, None)
            self.note = _came_of(running.result)


def _came_of(result: Callable[[], Added]) -> str:
    try:
        added = result()
    except QAError as error:
        return render_notice(str(error))
    except Exception:
        log.exception("Files could not be added.")
        return render_notice("Something went wrong here; the server’s log says what. Nothing was added.")
    said = "Added one article." if len(added.documents) == 1 else f"Added {len(added.documents)} articles."
    skipped = "".join(render_notice(f"{Path(entry.path).name}: {entry.reason}") for entry in added.skipped)
    return render_notice(said) + skipped


def _chosen(engine: QA, left_out: frozenset[str]) -> Where | None:
    if not left_out:
        return None
    return {"document": tuple(name for name in engine.index.identifiers() if name not in left_out)}


def _texts(answer: Answer) -> tuple[str, ...]:
    """Return what was answered, as a question set holds right answers."""
    if answer.text is None:
        return ()
    return tuple(dict.fromkeys(item.text for item in answer.items)) or (answer.text,)


def _forget(shelf: Shelf | None) -> None:
    if shelf:
        shelf.close()


def _asset(name: str) -> str:
    return files("qa.ui").joinpath(name).read_text(encoding="utf-8")
