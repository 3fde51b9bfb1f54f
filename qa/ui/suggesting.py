"""Example questions on the page, drawn while nobody is asking."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Lock, Thread
from typing import TYPE_CHECKING

from qa.errors import QAError
from qa.ui.examples import draw
from qa.ui.render import render_examples

if TYPE_CHECKING:
    from qa.engine import QA
    from qa.index import VectorStore

QUIET = 1.0
"""Seconds for which nobody may have wanted anything before a question is tried."""
RESTLESS = 5.0
"""Seconds after which a question is tried in the next gap, however short."""
PATIENCE = 30.0
"""Seconds that a page waits for the questions."""

log = logging.getLogger(__name__)


class Suggestions:
    """Draw questions once for an index, when the first page is opened, and after anybody's own."""

    def __init__(self, engine: QA) -> None:
        self.engine = engine
        self.lock, self.asking, self.wanted = Lock(), 0, 0.0
        self.index: VectorStore | None = None
        self.drawn: Future[str] = Future()

    def show(self) -> str:
        """Return the questions as HTML; wait until they are drawn."""
        try:
            index = self.engine.index
        except QAError:  # it says so when it is asked
            return ""
        with self.lock:
            self.wanted = time.monotonic()
            if index is not self.index:
                self.index, self.drawn = index, Future()
                Thread(target=self._draw, args=(self.drawn,), daemon=True).start()
            drawn = self.drawn
        try:
            return drawn.result(timeout=PATIENCE)
        except TimeoutError:  # whoever waits takes a thread; the next page may have them
            return ""

    @contextmanager
    def people_first(self) -> Iterator[None]:
        """Hold back the drawing while somebody is asking."""
        with self.lock:
            self.asking += 1
        try:
            yield
        finally:
            with self.lock:
                self.asking, self.wanted = self.asking - 1, time.monotonic()

    def _draw(self, drawn: Future[str]) -> None:
        try:
            drawn.set_result(render_examples(draw(self.engine, rest=self._rest)))
        except Exception:  # an index that can't be read says so when it is asked
            log.exception("No questions could be drawn from the articles.")
            drawn.set_result("")

    def _rest(self) -> None:
        begun = time.monotonic()
        while self.asking or (time.monotonic() - self.wanted < QUIET and time.monotonic() - begun < RESTLESS):
            time.sleep(0.05)
