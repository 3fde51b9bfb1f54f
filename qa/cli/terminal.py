"""What a terminal shows: answers, passages, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from qa.errors import SettingsError
from qa.types import Alternative, Answer, Citation, Hit

Stages = Callable[[str, int, int], None]

DOING = {
    "read": "Reading files",
    "split": "Splitting into passages",
    "export": "Exporting the encoder (the first time only)",
    "encode": "Encoding passages",
    "write": "Writing the index",
}


def print_json(values: object) -> None:
    """Print one JSON object; what the output has no character for, or half a one as in a file's name, is escaped."""
    text = json.dumps(values, ensure_ascii=False, indent=2)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(values, indent=2)
    print(text)


def print_answer(answer: Answer) -> None:
    """Print an answer, or each of several, with its citations, or that there is none with the nearest passages."""
    if answer.text is None:
        print("The articles don't answer this.")
        if answer.hits:
            print(_dim("\nNearest passages:"))
            print_hits(answer.hits[:3])
        return
    for number, item in enumerate(answer.items or [Alternative(answer.text, answer.confidence, answer.citations)]):
        print(f"{chr(10) if number else ''}{_bold(clean(item.text))}  {_dim(f'{item.probability:.0%} sure')}")
        _print_citations(item.citations)


def print_hits(hits: Sequence[Hit]) -> None:
    """Print passages, numbered."""
    for number, hit in enumerate(hits, 1):
        passage = hit.passage
        print(f"\n{number}. {_dim(f'{clean(passage.document)}, characters {passage.start}-{passage.end}')}")
        print(f"   {clean(passage.text)}")


def clean(text: str) -> str:
    r"""Return the text on one line, without what could steer a terminal.

    >>> clean("one\ntwo \x1b[31mred")
    'one two [31mred'
    """
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say it as an error of the user's where a file that was asked for can't be written."""
    try:
        yield
    except OSError as error:
        raise SettingsError(f"{path} can't be written: {error.strerror or error}. Is its folder there?") from error


@contextmanager
def progress() -> Iterator[Stages]:
    """Show stages with bars on stderr, when it is a terminal; else say nothing."""
    if not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed and task.total and task.total > 1 else "")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, int] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(DOING.get(stage, stage), total=total)
            bars.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]

        yield show


def warn(message: str) -> None:
    """Print to stderr, line by line without what could steer a terminal."""
    print("\n".join(map(clean, message.split("\n"))), file=sys.stderr)


def _print_citations(citations: Sequence[Citation]) -> None:
    for citation in citations:
        print(f"\n[{citation.number}] {clean(citation.title)}")
        print(f"    {_quoted(citation)}")
        print(_dim(f"    {clean(citation.document)}, characters {citation.start}-{citation.end}"))


def _quoted(citation: Citation) -> str:
    at = citation.start - citation.context_start
    context, length = citation.context, citation.end - citation.start
    before, quote, after = context[:at], context[at : at + length], context[at + length :]
    gaps = [" " if text[-1:].isspace() else "" for text in (before, quote)]
    return f"{clean(before)}{gaps[0]}{_bold(clean(quote))}{' ' if after[:1].isspace() else gaps[1]}{clean(after)}"


def _bold(text: str) -> str:
    return typer.style(text, bold=True) if sys.stdout.isatty() else text


def _dim(text: str) -> str:
    return typer.style(text, dim=True) if sys.stdout.isatty() else text
