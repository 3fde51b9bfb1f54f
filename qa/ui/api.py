"""What other programs may call: Gradio's API of the page, and with MCP the tools of an assistant.

The docstrings are shown to those who call, people and language models.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import gradio as gr

from qa.dialogue import Turn
from qa.errors import QAError
from qa.network import cores

if TYPE_CHECKING:
    from qa.engine import QA

LONGEST_READ = 20_000
"""Characters that one call of ``read_document`` returns."""
AT_ONCE = max(2, cores())
"""Calls that are worked on at the same time, which keeps every core busy; the others wait."""


def offer(engine: QA) -> None:
    """Offer ``answer``, ``search`` and ``read_document`` from within ``gr.Blocks``."""

    def answer(question: str, history: list[dict[str, str]] | None = None) -> dict[str, Any]:
        """Answer a question with a verbatim quote from the articles, its citations and a calibrated confidence.

        Args:
            question: What you want to know.
            history: Earlier turns as {"question", "answer"}, so that "And why?" is understood; none by default.

        Returns:
            The answer: "text" is the quote, or null when the articles don't answer; "citations" say at which characters
            of which document it stands.

        """
        return engine.ask(question, history=_turns(history)).to_dict()

    def search(question: str, top_k: int = 8) -> dict[str, Any]:
        """Find the passages of the articles that matter for a question, best first.

        Args:
            question: What you look for.
            top_k: How many passages to return, 50 at most.

        Returns:
            {"passages": [...]}, each with its document, its characters and its text.

        """
        if not 1 <= top_k <= 50:
            raise gr.Error(f"top_k is {top_k}; it must lie between 1 and 50.", print_exception=False)
        return {"passages": [hit.to_dict() for hit in engine.search(question, top_k=top_k)]}

    def read_document(document: str, start: int = 0) -> dict[str, Any]:
        """Read an article, or go on reading a long one.

        Args:
            document: Its id, as citations and passages name it.
            start: Character to begin at.

        Returns:
            Title, date, author, address and "text" from "start" to "end"; "length" is that of the whole text.

        """
        found = engine.document(document)
        first = min(max(0, start), len(found.text))
        text = found.text[first : first + LONGEST_READ]
        place = {"start": first, "end": first + len(text), "length": len(found.text)}
        about = {"document": found.id, "title": found.title, "published": found.published, "author": found.author}
        return about | {"url": found.url, "text": text} | place

    for tool in (answer, search, read_document):
        gr.api(  # type: ignore[attr-defined]
            _polite(tool), api_name=tool.__name__, queue=True, concurrency_limit=AT_ONCE, concurrency_id="tools"
        )


def _polite(tool: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Tell the caller what was wrong with the request, and nothing about the server."""

    @wraps(tool)
    def call(*arguments: Any, **named: Any) -> dict[str, Any]:
        try:
            return tool(*arguments, **named)
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except (TypeError, AttributeError) as error:
            raise gr.Error(f"An argument is of the wrong kind: {error}", print_exception=False) from error

    return call


def _turns(history: list[dict[str, str]] | None) -> tuple[Turn, ...]:
    try:
        return tuple(Turn(str(turn["question"]), str(turn.get("answer") or "") or None) for turn in history or ())
    except (TypeError, KeyError, AttributeError) as error:
        raise gr.Error('history must be a list of {"question": ..., "answer": ...}.', print_exception=False) from error
