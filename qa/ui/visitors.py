"""What the server remembers of those who come: a page's session while it is open, of a call to the API nothing.

Gradio keeps some 60 kB of every visit, each call of the API being one, until ten thousand others have come; and with
every change that a page shows, one more copy of what it changed.
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder

PASSING = 64
"""Visits without a state of their own that are remembered, since one may be under way."""


def forget_passers_by(blocks: gr.Blocks) -> None:
    """Remember only those who have something to lose; to be called when the page is served."""
    visitors = _Visitors()  # type: ignore[no-untyped-call]
    visitors.set_blocks(blocks)
    blocks.app.state_holder = visitors


class _Visitors(StateHolder):
    """Hold the state of each visit, and forget the oldest of those that have none."""

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            with self.lock:
                passing = [name for name, state in self.session_data.items() if not state.state_data]
                for name in passing[: max(0, len(passing) - PASSING)]:
                    del self.session_data[name]
                    self.time_last_used.pop(name, None)
                self.session_data.setdefault(session_id, _State(self.blocks))
        return super().__getitem__(session_id)


class _State(SessionState):
    """Hold what a visit has changed of the page, and of nothing that isn't on the page."""

    def __setitem__(self, key: int, value: Any) -> None:
        if key in self.blocks_config.blocks:
            super().__setitem__(key, value)

    def _update_value_in_config(self, key: int, value: Any) -> None:
        if key in self.blocks_config.blocks:
            super()._update_value_in_config(key, value)
