"""What the server remembers of those who come: a page's session while it is open, of a call to the API nothing.

Gradio keeps some 60 kB of every visit, each call of the API being one, until ten thousand others have come; with every
change that a page shows, one more copy of what it changed; and of a page that was left without asking, everything. It
takes a page whose connection broke once for left, though it came back.
"""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder

from qa.ui.guard import App, Receive, Scope, Send

PASSING = 64
"""Visits without a state of their own that are remembered, since one may be under way."""

_HEARTBEAT = "/gradio_api/heartbeat/"


class Visitors(StateHolder):
    """Hold the state of each visit; forget the oldest of those that have none, and what a page left an hour ago.

    To be told of every request, as the middleware ``Presence`` does.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._present: Counter[str] = Counter()

    def receive(self, blocks: gr.Blocks) -> None:
        """Take the place of Gradio's own; to be called when the page is served."""
        self.set_blocks(blocks)
        blocks.app.state_holder = self

    def come(self, session_id: str) -> None:
        """Note that a page is open."""
        with self.lock:
            self._present[session_id] += 1

    def go(self, session_id: str) -> None:
        """Note that a page, or its connection, is closed."""
        with self.lock:
            self._present[session_id] -= 1
            if self._present[session_id] <= 0:
                del self._present[session_id]
            state = self.session_data.get(session_id)
            if isinstance(state, _State):
                state.touch()

    def is_present(self, session_id: str) -> bool:
        """Tell whether a page is open."""
        return session_id in self._present

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            with self.lock:
                passing = [name for name, state in self.session_data.items() if not state.state_data]
                for name in passing[: max(0, len(passing) - PASSING)]:
                    del self.session_data[name]
                    self.time_last_used.pop(name, None)
                self.session_data.setdefault(session_id, _State(self, session_id))
        return super().__getitem__(session_id)


class Presence:
    """Tell the visitors whose pages are open."""

    def __init__(self, app: App, visitors: Visitors) -> None:
        self.app, self.visitors = app, visitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = scope.get("path", "")
        if not path.startswith(_HEARTBEAT):
            await self.app(scope, receive, send)
            return
        session_id = path.removeprefix(_HEARTBEAT)
        self.visitors.come(session_id)
        try:
            await self.app(scope, receive, send)
        finally:
            self.visitors.go(session_id)


class _State(SessionState):
    """Hold what a visit has changed of the page, and of nothing that isn't on the page."""

    def __init__(self, visitors: Visitors, session_id: str) -> None:
        self._visitors, self._session_id = visitors, session_id
        super().__init__(visitors.blocks)

    @property
    def is_closed(self) -> bool:
        """Tell whether no page is open; what it held is forgotten an hour after it was used or left."""
        return not self._visitors.is_present(self._session_id)

    @is_closed.setter
    def is_closed(self, value: bool) -> None:
        """Leave it: Gradio says so once, and never that the page is open again."""

    def touch(self) -> None:
        """Note that it was in use until now."""
        for key in self.state_data:
            self._state_ttl[key] = (math.inf, datetime.now())

    def __getitem__(self, key: int) -> Any:
        value = super().__getitem__(key)
        if key in self.state_data:
            self.touch()
        return value

    def __setitem__(self, key: int, value: Any) -> None:
        if key in self.blocks_config.blocks:
            super().__setitem__(key, value)

    def _update_value_in_config(self, key: int, value: Any) -> None:
        if key in self.blocks_config.blocks:
            super()._update_value_in_config(key, value)
