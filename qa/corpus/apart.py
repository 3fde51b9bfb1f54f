"""Files in formats that take a large parser, read in a process of its own.

A file that sends its parser round in circles, or has it eat memory, costs that process and nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from pathlib import Path
from types import TracebackType
from typing import Any

from qa.corpus.records import Record, Skipped
from qa.errors import UnreadableFile

SUFFIXES = frozenset({".pdf", ".docx", ".html", ".htm"})
"""Of the files that are read so."""
PATIENCE = 300.0
"""Seconds that a file may take."""
MOST_MEMORY = 3 * 2**30
"""Bytes of address space that the process may use, where the system can bound it."""


class Apart:
    """Read files in another process; it is started for the first one, and again after one that broke it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Apart:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, path: Path) -> Iterator[Record | Skipped]:
        """Yield what a file holds.

        Raises UnreadableFile where the function of its format does, and where reading takes too much.
        """
        reply = self._ask(path)
        if "reason" in reply:
            raise UnreadableFile(reply["path"], reply["reason"])
        for entry in reply["entries"]:
            yield Record(**entry) if "text" in entry else Skipped(**entry)

    def _ask(self, path: Path) -> dict[str, Any]:
        process = self._started()
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        assert process.stdout is not None  # noqa: S101
        with ThreadPoolExecutor(1) as waiting:
            try:
                process.stdin.write(json.dumps(os.fspath(path)) + "\n")
                process.stdin.flush()
                line = waiting.submit(process.stdout.readline).result(PATIENCE)
                reply: dict[str, Any] = json.loads(line)
                return reply
            except TooLate:
                self._end()
                raise UnreadableFile(
                    str(path), f"takes more than {PATIENCE:g} seconds to read; save its text as .txt"
                ) from None
            except (OSError, ValueError):
                self._end()
                raise UnreadableFile(str(path), "breaks the program that reads it; save its text as .txt") from None

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-m", "qa.corpus.worker", str(MOST_MEMORY)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="ascii",
                env=os.environ | {"PYTHONPATH": os.pathsep.join(_packages())},
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def _packages() -> list[str]:
    """Return where modules come from; never the current folder: of articles there, a ``json.py`` would be run."""
    own = str(Path(__file__).parents[2])
    return [own, *(place for place in sys.path if place and Path(place).resolve() != Path.cwd())]
