"""qa ask, qa search, qa chat."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from qa.cli import options, terminal
from qa.engine import QA, open_or_build
from qa.errors import SettingsError
from qa.settings import Settings
from qa.types import Where


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    index: options.Index = None,
    store: options.Store = None,
    top_k: options.TopK = None,
    careful: options.Careful = False,
    where: options.Where = None,
    json: options.Json = False,
    reader: options.Reader = None,
    config: options.Config = None,
) -> None:
    """Answer a question with a quote and its citations; exit with 1 when the articles don't answer."""
    settings = Settings.load(config, index=index, store=store, top_k=top_k, reader=reader)
    engine = _open(settings.careful() if careful else settings)
    answer = engine.ask(question, where=_conditions(where))
    if json:
        terminal.print_json(answer.to_dict())
    else:
        terminal.print_answer(answer)
    if answer.text is None:
        raise typer.Exit(1)


def search(
    question: Annotated[str, typer.Argument(help="What you look for.")],
    index: options.Index = None,
    store: options.Store = None,
    top_k: options.TopK = None,
    where: options.Where = None,
    json: options.Json = False,
    config: options.Config = None,
) -> None:
    """Show the passages that would be read for a question; exit with 1 when there are none."""
    engine = _open(Settings.load(config, index=index, store=store, top_k=top_k))
    hits = engine.search(question, where=_conditions(where))
    if json:
        terminal.print_json({"question": question, "passages": [hit.to_dict() for hit in hits]})
    else:
        terminal.print_hits(hits)
    if not hits:
        raise typer.Exit(1)


def chat(
    index: options.Index = None,
    store: options.Store = None,
    host: Annotated[str, typer.Option(help="Address to listen on; 127.0.0.1 is this machine only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 7860,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    password: Annotated[
        str, typer.Option(envvar="QA_PASSWORD", help="Let in only who knows it.", show_default="anybody")
    ] = "",
    rate: Annotated[
        int,
        typer.Option(
            help="Requests that an address may post in a minute; 0 for any number.",
            show_default="120, any number on this machine only",
        ),
    ] = -1,
    mcp: Annotated[bool, typer.Option("--mcp", help="Offer assistants tools over MCP; needs the extra mcp.")] = False,
    feedback: Annotated[
        Path | None,
        typer.Option(help="Question set that thumbs up and down go into.", show_default="beside the index"),
    ] = None,
    careful: options.Careful = False,
    reader: options.Reader = None,
    config: options.Config = None,
) -> None:
    """Open the chat page."""
    settings = Settings.load(config, index=index, store=store, reader=reader)
    with ThreadPoolExecutor(1) as pool:  # the index is opened while Gradio is being imported
        importing = pool.submit(import_module, "qa.ui")
        engine = _open(settings.careful() if careful else settings)
        importing.result()
    from qa.ui import Serving, launch

    beside = _feedback(settings)
    serving = Serving(
        host, port, open_browser, password, mcp, feedback=feedback or beside, rate=rate, keep_in=beside.parent
    )
    launch(engine, serving)


def _feedback(settings: Settings) -> Path:
    """Return the question set beside an index.

    >>> _feedback(Settings(store="milvus://db.example/news")).name
    'news.feedback.jsonl'
    """
    from qa.index import Address
    from qa.opening import place_of

    place = place_of(None, settings)
    folder = place.folder.with_name(place.name) if isinstance(place, Address) else place
    return folder.resolve().with_name(f"{folder.resolve().name}.feedback.jsonl")


def _open(settings: Settings) -> QA:
    with terminal.progress() as show:
        return open_or_build(settings, show)


def _conditions(where: list[str] | None) -> Where | None:
    conditions: dict[str, list[str]] = {}
    for key, equals, value in (condition.partition("=") for condition in where or ()):
        if not key or not equals:
            raise SettingsError(f"--where takes KEY=VALUE, such as --where author=Smith; {key!r} is no such pair.")
        conditions.setdefault(key, []).append(value)
    return conditions or None
