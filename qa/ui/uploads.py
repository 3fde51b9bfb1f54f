"""Files that people drop on the page: taken over, indexed beside everything else, and thrown away."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from qa.building import Progress
from qa.corpus import SUFFIXES
from qa.errors import QAError
from qa.shelf import Shelf
from qa.ui.library import render_progress
from qa.ui.render import render_notice

KINDS = tuple(suffix for suffix in SUFFIXES if not suffix.endswith(".gz"))
"""What may be dropped; nothing packed, since its size tells nothing."""
MOST_FILES = 50
"""Files at once."""
LARGEST_FILE = 20 * 2**20
"""Bytes."""
SHOWN_EVERY = 0.3
"""Seconds between two messages about progress."""

log = logging.getLogger(__name__)


class Inbox:
    """Hold files that were uploaded, under the names that they had, until they are read."""

    def __init__(self, uploaded: Sequence[str]) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="qa-inbox-", ignore_cleanup_errors=True)
        self._files: list[Path] = []
        self._refused: list[str] = []
        if len(uploaded) > MOST_FILES:
            self._refused.append(f"Those are {len(uploaded)} files; {MOST_FILES} at once are the most.")
        for number, source in enumerate(map(Path, uploaded)):
            if len(uploaded) <= MOST_FILES:
                self._take(source, number)
            source.unlink(missing_ok=True)

    def empty_into(self, shelf: Shelf, progress: Progress) -> str:
        """Index the files and return what came of it, as HTML; never raises."""
        notes = list(self._refused)
        try:
            if self._files:
                added = shelf.add(self._files, progress)
                count = len(added.documents)
                notes.append("Added one article." if count == 1 else f"Added {count:,} articles.")
                notes += [f"{Path(entry.path).name}: {entry.reason}" for entry in added.skipped]
        except QAError as error:
            notes.append(self._plainly(str(error)))
        except Exception:
            log.exception("Files could not be added.")
            notes.append("Something went wrong here; the server’s log says what.")
        finally:
            self._scratch.cleanup()
        return "".join(map(render_notice, notes))

    def _take(self, source: Path, number: int) -> None:
        folder = Path(self._scratch.name, str(number))
        folder.mkdir()
        try:
            if source.stat().st_size > LARGEST_FILE:
                self._refused.append(f"{source.name} is larger than {LARGEST_FILE // 2**20} MB.")
                return
            self._files.append(Path(shutil.copy(source, folder)))
        except OSError as error:  # two people may have dropped the very same file
            self._refused.append(f"{source.name} didn’t arrive ({error.strerror}). Please drop it again.")

    def _plainly(self, message: str) -> str:
        """Return a message without the names of this machine's folders."""
        for file in self._files:
            message = message.replace(f"{file.parent}/", "")
        return message


def watched(work: Callable[[Progress], str]) -> Iterator[str]:
    """Run work in a thread; yield how far it has come, as HTML, and in the end what it returns.

    Whoever stops listening doesn't wait for it.
    """
    said: SimpleQueue[tuple[str, bool]] = SimpleQueue()
    Thread(
        target=lambda: said.put((work(lambda *progress: said.put((render_progress(*progress), False))), True)),
        daemon=True,
    ).start()
    shown = 0.0
    while True:
        note, is_last = said.get()
        if is_last or time.monotonic() - shown >= SHOWN_EVERY:
            shown = time.monotonic()
            yield note
        if is_last:
            return
