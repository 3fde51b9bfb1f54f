"""One build at a time in a folder."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import filelock

from qa.errors import IndexUnusable

_WRITER = ".writer"
"""File that says whose the lock is. The lock itself is the system's, and ends with the process that holds it."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other builds out of a folder; the thread that does may do so again meanwhile.

    Raises IndexUnusable, naming the process, where another build is at work.
    """
    lock = filelock.FileLock(folder / ".lock", timeout=0, is_singleton=True)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise IndexUnusable(f"Another build is at work in {folder}{_who(folder)}. Wait until it has ended.") from None
    try:
        if lock.lock_counter == 1:
            (folder / _WRITER).write_text(json.dumps(_self()), encoding="utf-8")
        yield
    finally:
        if lock.lock_counter == 1:
            (folder / _WRITER).unlink(missing_ok=True)
        lock.release()


def _self() -> dict[str, str]:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return {"process": str(os.getpid()), "machine": platform.node(), "since": since}


def _who(folder: Path) -> str:
    try:
        found = json.loads((folder / _WRITER).read_text(encoding="utf-8"))
        return f", process {found['process']} on {found['machine']} since {found['since']}"
    except (OSError, ValueError, KeyError, TypeError):  # it has only just begun, or ended
        return ""
