"""The command line. Results go to stdout, progress and warnings to stderr; exit status as grep's.

0: answered, or done; 1: the articles don't answer; 2: something is wrong, and stderr says what.
"""

from __future__ import annotations

import sys
import traceback
from io import TextIOWrapper

import typer

from qa.cli import asking, benching, evaluating, indexing, terminal, training, verifying
from qa.errors import QAError

app = typer.Typer(
    name="qa",
    help="Ask your articles. Every answer is a quote, and every quote can be checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("index")(indexing.index)
app.command("verify")(verifying.verify)
app.command("ask")(asking.ask)
app.command("search")(asking.search)
app.command("chat")(asking.chat)
app.command("evaluate")(evaluating.evaluate)
app.command("calibrate")(evaluating.calibrate)
app.command("bench")(benching.bench)
app.command("train")(training.train)


def main() -> None:
    """Run the command line and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what a terminal has no character for is escaped
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except QAError as error:
        terminal.warn(f"qa: {error}")
        sys.exit(2)
    except Exception:  # of Python's own accord it would be 1: not answered
        traceback.print_exc()
        sys.exit(2)
