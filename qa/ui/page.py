"""The page itself: what happens when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from qa.ui import api
from qa.ui.adding import Adding, library_of
from qa.ui.asking import Asking
from qa.ui.export import export_markdown
from qa.ui.feedback import Feedback
from qa.ui.layout import Components, lay_out
from qa.ui.library import render_library
from qa.ui.session import Session
from qa.ui.suggesting import Suggestions
from qa.ui.voting import Voting

if TYPE_CHECKING:
    from qa.engine import QA

FOCUS = "() => document.querySelector('#question textarea').focus()"
DOWNLOAD = """(text) => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/markdown' }));
  link.download = 'conversation.md';
  link.click();
  URL.revokeObjectURL(link.href);
}"""

ONCE: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": 8}
"""How events are handled; while one is, the same component's next is dropped."""
EACH: dict[str, Any] = {**ONCE, "trigger_mode": "multiple"}
"""The same, none dropped."""


def page(engine: QA, *, feedback: Path, keep_in: Path | None = None) -> gr.Blocks:
    """Lay the chat page out over an open engine.

    Votes go into the question set ``feedback``; what people add may be kept in a folder of ``keep_in``.
    """
    corpus = library_of(engine, may_keep=keep_in is not None)
    suggestions = Suggestions(engine)
    blocks: gr.Blocks = gr.Blocks(
        delete_cache=(600, 3600), title="Ask the articles", analytics_enabled=False, fill_width=True
    )
    with blocks:
        components = lay_out(render_library(corpus))
        _wire_asking(components, Asking(engine, components, suggestions))
        _wire_voting(components, Voting(Feedback(feedback)))
        adding = Adding(engine, components, corpus, keep_in)
        _wire_adding(components, adding)
        blocks.load(suggestions.show, None, components.suggested, **ONCE)
        blocks.load(adding.refresh, components.session, components.articles, **ONCE)
        api.offer(engine)
    return blocks


def _wire_asking(on: Components, asking: Asking) -> None:
    everything = [on.session, on.conversation, on.source, on.box, on.ask, on.stop]
    gr.on([on.box.submit, on.ask.click], asking.ask, [on.box, on.session], everything, **ONCE)
    on.suggested.example(asking.ask_example, on.session, everything, **ONCE)
    on.conversation.revise(asking.revise, on.session, everything, **ONCE)
    on.ask.click(None, js=FOCUS)
    on.stop.click(asking.stop, on.session, everything, **ONCE).then(None, js=FOCUS)
    on.clear.click(asking.begin_anew, on.session, everything, **ONCE).then(None, js=FOCUS)
    on.conversation.open(asking.open, on.session, on.source, **EACH)
    on.articles.open(asking.open, on.session, on.source, **EACH)
    on.export.click(_exported, on.session, on.exported, **ONCE).then(None, on.exported, None, js=DOWNLOAD)


def _wire_voting(on: Components, voting: Voting) -> None:
    on.conversation.vote(voting.vote, on.session, on.conversation, **EACH)
    on.conversation.correct(voting.correct, on.session, on.conversation, **EACH)


def _wire_adding(on: Components, adding: Adding) -> None:
    shown = [on.session, on.articles, on.upload, on.source]
    on.upload.upload(adding.add, [on.upload, on.session], shown, **EACH)
    on.articles.choose(adding.choose, on.session, on.articles, **EACH)
    on.articles.remove(adding.remove, on.session, shown, **EACH)
    on.articles.discard(adding.discard, on.session, shown, **EACH)
    on.articles.keep(adding.keep, on.session, on.articles, **ONCE)


def _exported(session: Session) -> str:
    """Return the conversation as Markdown."""
    return export_markdown(exchange.answer for exchange in session.exchanges if exchange.answer)
