"""The page itself: what is on it and what happens when."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

# Gradio reads this when it is imported and would otherwise report home.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr

from qa.errors import QAError, SettingsError
from qa.ui.render import (
    Kind,
    render_answer,
    render_conversation,
    render_document,
    render_nothing_open,
    render_notice,
    render_start,
)

if TYPE_CHECKING:
    from qa.engine import QA

LONGEST_QUESTION = 500
"""Characters."""

Turns = tuple[tuple[str, str], ...]
"""The conversation so far: each question, and its reply as HTML."""

PENDING = '<p class="pending">Reading the articles</p>'

FOCUS = "() => document.querySelector('#question textarea').focus()"

log = logging.getLogger(__name__)


def launch(
    engine: QA, *, host: str = "127.0.0.1", port: int = 7860, open_browser: bool = False, examples: Sequence[str] = ()
) -> None:
    """Serve the chat page until it is interrupted."""
    blocks = start(engine, host=host, port=port, open_browser=open_browser, examples=examples)
    print(f"The chat page is at {blocks.local_url}  (Ctrl+C to stop)")
    blocks.block_thread()


def start(
    engine: QA, *, host: str = "127.0.0.1", port: int = 7860, open_browser: bool = False, examples: Sequence[str] = ()
) -> gr.Blocks:
    """Serve the chat page in the background; ``close()`` of what is returned ends it."""
    blocks = page(engine, examples=examples)
    try:
        blocks.launch(
            server_name=host,
            server_port=port,
            inbrowser=open_browser,
            theme=gr.themes.Base(font="sans-serif", font_mono="monospace"),
            css=_asset("page.css"),
            enable_monitoring=False,
            footer_links=[],
            inline=False,
            mcp_server=False,
            prevent_thread_lock=True,
            quiet=True,
            run_history=False,
            share=False,
            ssr_mode=False,
        )
    except OSError as error:
        raise SettingsError(f"The chat page can't use port {port} of {host}: {error}. Choose another port.") from error
    return blocks


def page(engine: QA, *, examples: Sequence[str] = ()) -> gr.Blocks:
    """Lay the chat page out over an open engine; ``examples`` are questions to begin with."""
    empty = render_start(examples)
    blocks: gr.Blocks = gr.Blocks(title="Ask the articles", analytics_enabled=False, fill_width=True)
    with blocks:
        turns = gr.State(())
        with gr.Row(elem_id="panes"):
            with gr.Column(elem_id="left"):
                gr.HTML("<h1>Ask the articles</h1>", elem_id="masthead", apply_default_css=False)
                conversation = gr.HTML(
                    empty, elem_id="conversation", apply_default_css=False, js_on_load=_asset("page.js")
                )
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
                    ask_button = gr.Button("Ask", variant="primary", elem_id="ask", min_width=0)
                    stop_button = gr.Button("Stop", visible=False, elem_id="stop", min_width=0)
                    clear_button = gr.Button("Clear", elem_id="clear", min_width=0)
            with gr.Column(elem_id="right"):
                source = gr.HTML(render_nothing_open(), elem_id="source", apply_default_css=False, js_on_load=None)

        def ask(question: str, before: Turns) -> Iterator[dict[Any, Any]]:
            question = question.strip()
            if not question:
                yield gr.skip()
                return
            if len(question) > LONGEST_QUESTION:
                message = (
                    f"Your question has {len(question)} characters; {LONGEST_QUESTION} are the most. "
                    "Please shorten it: it still stands below."
                )
                yield {conversation: render_conversation(before, render_notice(message))}
                return
            pending = (*before, (question, PENDING))
            yield {
                turns: pending,
                conversation: render_conversation(pending),
                box: "",
                ask_button: gr.update(visible=False),
                stop_button: gr.update(visible=True),
            }
            reply, opened = _reply(engine, question)
            after = (*before, (question, reply))
            yield {
                turns: after,
                conversation: render_conversation(after),
                source: opened,
                ask_button: gr.update(visible=True),
                stop_button: gr.update(visible=False),
            }

        def ask_example(before: Turns, event: gr.EventData) -> Iterator[dict[Any, Any]]:
            yield from ask(str(event.question), before)

        def stop(before: Turns) -> dict[Any, Any]:
            # The answer may have come in while the button was being pressed.
            late = not before or before[-1][1] != PENDING
            after = before if late else (*before[:-1], (before[-1][0], render_notice("Stopped.")))
            return {
                turns: after,
                conversation: render_conversation(after) if after else empty,
                ask_button: gr.update(visible=True),
                stop_button: gr.update(visible=False),
            }

        def clear() -> dict[Any, Any]:
            return {
                turns: (),
                conversation: empty,
                source: render_nothing_open(),
                box: "",
                ask_button: gr.update(visible=True),
                stop_button: gr.update(visible=False),
            }

        def open_source(event: gr.EventData) -> str:
            kind: Kind = "passage" if event.kind == "passage" else "quote"
            try:
                return render_document(engine.document(event.document), int(event.start), int(event.end), kind)
            except QAError as error:
                return render_notice(str(error))

        everything = [turns, conversation, source, box, ask_button, stop_button]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        running = gr.on([box.submit, ask_button.click], ask, [box, turns], everything, **quiet)
        example = conversation.example(ask_example, turns, everything, **quiet)
        conversation.open(open_source, None, source, **quiet)
        cancelling: dict[str, Any] = {"cancels": [running, example], **quiet}
        stop_button.click(stop, turns, everything, **cancelling).then(None, js=FOCUS)
        clear_button.click(clear, None, everything, **cancelling).then(None, js=FOCUS)
    return blocks


def _asset(name: str) -> str:
    return files("qa.ui").joinpath(name).read_text(encoding="utf-8")


def _reply(engine: QA, question: str) -> tuple[str, str]:
    """Answer a question; return the reply and what the source pane shows."""
    try:
        answer = engine.ask(question)
        ids = {hit.passage.document for hit in answer.hits}
        reply = render_answer(answer, {document: engine.document(document).title for document in ids})
        if not answer.citations:
            return reply, render_nothing_open()
        first = answer.citations[0]
        return reply, render_document(engine.document(first.document), first.start, first.end)
    except QAError as error:
        return render_notice(str(error)), render_nothing_open()
    except Exception:
        log.exception("The question %r could not be answered.", question)
        message = "Something went wrong here; the server’s log says what. Please try again."
        return render_notice(message), render_nothing_open()
