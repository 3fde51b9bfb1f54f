"""What is on the page, and where."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import gradio as gr

from qa.ui.render import render_start
from qa.ui.session import Session
from qa.ui.uploads import KINDS

Changes = dict[Any, Any]
"""Components with what they are to show."""


@dataclass(frozen=True, slots=True)
class Components:
    """Hold what can be pressed, filled in or shown."""

    session: gr.State
    conversation: gr.HTML
    suggested: gr.HTML
    box: gr.Textbox
    ask: gr.Button
    stop: gr.Button
    clear: gr.Button
    export: gr.Button
    exported: gr.Textbox
    """Never seen: carries the Markdown to the browser."""
    source: gr.HTML
    articles: gr.HTML
    upload: gr.File


def lay_out(articles: str) -> Components:
    """Lay the page out in the Blocks that is open; ``articles`` is the list of them, as HTML."""
    session = gr.State(Session(), delete_callback=Session.forget_articles)  # an hour after they left
    exported = gr.Textbox(visible=False)
    _html('<p role="status"></p>', "aloud")  # what is new, for screen readers: the scripts write it
    with gr.Row(elem_id="panes"):
        with gr.Column(elem_id="left"):
            with gr.Row(elem_id="masthead"):
                _html("<h1>Ask the articles</h1>")
                export = gr.Button("Export", elem_id="export", min_width=0)
                clear = gr.Button("New conversation", elem_id="clear", min_width=0)
            conversation = _html(render_start(), "conversation", "page.js")
            suggested = _html("", "examples", "examples.js")
            with gr.Row(elem_id="composer"):
                box = gr.Textbox(
                    label="Your question",
                    placeholder="Ask a question",
                    elem_id="question",
                    autofocus=True,
                    max_lines=4,
                    container=False,
                    html_attributes=gr.InputHTMLAttributes(enterkeyhint="send"),
                )
                ask = gr.Button("Ask", variant="primary", elem_id="ask", min_width=0)
                stop = gr.Button("Stop", visible=False, elem_id="stop", min_width=0)
        with gr.Column(elem_id="right"):
            source = _html("", "source")
            with gr.Column(elem_id="library"):
                listed = _html(articles, "articles", "library.js")
                upload = gr.File(
                    label="Add articles",
                    file_count="multiple",
                    file_types=list(KINDS),
                    elem_id="add",
                    show_label=False,
                    height=140,
                )
    return Components(
        session=session,
        conversation=conversation,
        suggested=suggested,
        box=box,
        ask=ask,
        stop=stop,
        clear=clear,
        export=export,
        exported=exported,
        source=source,
        articles=listed,
        upload=upload,
    )


def _html(value: str, name: str | None = None, script: str | None = None) -> gr.HTML:
    code = files("qa.ui").joinpath(script).read_text(encoding="utf-8") if script else None
    return gr.HTML(value, elem_id=name, js_on_load=code, apply_default_css=False)
