"""qa bench."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa.cli import options, terminal
from qa.engine import seeds
from qa.settings import Settings


def bench(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders to index.", show_default="the seed articles")
    ] = None,
    questions: Annotated[
        Path | None, typer.Option(help="Question set to ask.", show_default="the set on the seed articles")
    ] = None,
    limit: Annotated[int, typer.Option(help="Questions to ask, evenly chosen.", min=1)] = 40,
    passages: Annotated[
        list[int] | None,
        typer.Option(help="Grow the corpus to so many passages as well; may be given several times.", min=1),
    ] = None,
    top_k: Annotated[
        list[int] | None,
        typer.Option(help="Read so many passages at most; may be given several times.", show_default="8", min=1),
    ] = None,
    people: Annotated[int, typer.Option(help="Let so many ask the chat server at once; 0 for none.", min=0)] = 0,
    repeat: Annotated[int, typer.Option(help="Starts to time.", min=1)] = 5,
    plot: Annotated[
        Path | None, typer.Option(help="Draw how it grows into this file, .png or .svg; needs the extra report.")
    ] = None,
    json: options.Json = False,
    reader: options.Reader = None,
    config: options.Config = None,
) -> None:
    """Measure how fast it is on this machine."""
    from rich.console import Console

    from qa.bench import bench, present
    from qa.corpus import load
    from qa.evaluation import SEEDS, read_questions

    asked = [question.question for question in read_questions(questions or SEEDS)]
    chosen = [asked[number * len(asked) // limit] for number in range(limit)] if limit < len(asked) else asked
    with terminal.progress() as show:
        run = bench(
            load(*(paths or [seeds()])).documents,
            chosen,
            Settings.load(config, reader=reader),
            passages=passages or (),
            top_ks=top_k or (),
            repeat=repeat,
            people=people,
            progress=show,
        )
    if json:
        terminal.print_json(run.to_dict())
    else:
        present(run, Console())
    if plot:
        from qa.bench.plots import plot as draw

        with terminal.writing(plot):
            draw(run, plot)
