"""People's own articles on the page: add, choose, remove, keep, forget."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from qa.errors import QAError
from qa.shelf import Shelf
from qa.ui.layout import Changes, Components
from qa.ui.library import LISTED, Library, render_library
from qa.ui.render import render_notice
from qa.ui.session import Session
from qa.ui.uploads import Inbox, watched

if TYPE_CHECKING:
    from qa.engine import QA

_NAME = re.compile(r"\w[\w .-]{0,59}")


class Adding:
    """Change what a person's questions are asked of."""

    def __init__(self, engine: QA, components: Components, corpus: Library, keep_in: Path | None) -> None:
        self.engine, self.components, self.keep_in = engine, components, keep_in
        self._shown = engine.index
        self._listed = (engine.index, corpus)

    def refresh(self, session: Session) -> Any:
        """List the articles anew where the index was built again since the page was made."""
        return self._library(session) if self.engine.index is not self._shown else gr.skip()

    def add(self, uploaded: Sequence[str] | None, session: Session) -> Iterator[Changes]:
        """Index files that were dropped or chosen, and say how far that has come."""
        with session.lock:
            session.shelf = shelf = session.shelf or Shelf(self.engine)
        inbox = Inbox(uploaded or ())
        yield {self.components.session: session, self.components.upload: None}
        for note in watched(lambda say: inbox.empty_into(shelf, say)):
            yield {self.components.articles: self._library(session, note)}

    def remove(self, session: Session, event: gr.EventData) -> Changes:
        """Remove one of their own articles."""
        note = render_notice("Removed.")
        try:
            if session.shelf:
                session.shelf.remove(str(event.document))
            with session.lock:
                session.left_out -= {str(event.document)}
        except QAError as error:
            note = render_notice(str(error))
        return {self.components.articles: self._library(session, note), self.components.source: ""}

    def discard(self, session: Session) -> Changes:
        """Throw away what they added."""
        session.forget_articles()
        return {
            self.components.articles: self._library(session, render_notice("Forgotten.")),
            self.components.source: "",
        }

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
        known = frozenset(session.engine(self.engine).index.identifiers())
        with session.lock:
            named = known if event.every else known & {str(event.document)}
            chosen = session.left_out - named if event.wanted else session.left_out | named
            session.left_out = chosen & known
        return self._library(session)

    def _library(self, session: Session, note: str = "") -> str:
        own, left_out = session.shelf.documents if session.shelf else (), session.left_out
        if left_out:  # some may be gone
            left_out &= frozenset(session.engine(self.engine).index.identifiers())
        return render_library(replace(self._corpus(), own=own, left_out=left_out), note)

    def _corpus(self) -> Library:
        index, listed = self._listed
        if self.engine.index is not index:
            self._listed = (self.engine.index, library_of(self.engine, may_keep=listed.may_keep))
        return self._listed[1]


def library_of(engine: QA, *, may_keep: bool) -> Library:
    """Return the list of a corpus's articles, as everybody sees it first."""
    listed = tuple(replace(document, text="") for document in islice(engine.documents(), LISTED))
    return Library(listed, engine.index.document_count, may_keep=may_keep)
