from __future__ import annotations

import time
from pathlib import Path
from threading import Event

import pytest

from qa.building import Progress
from qa.errors import CorpusError
from qa.shelf import Added
from qa.types import Document
from qa.ui import uploads
from qa.ui.uploads import KINDS, Inbox, watched


class Shelf:
    """Remembers what it was given."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.names: list[str] = []

    def add(self, files: list[Path], progress: Progress) -> Added:
        self.names = [file.name for file in files]
        progress("read", 1, 2)
        if self.error:
            raise self.error
        return Added(tuple(Document(file.name, file.read_text(), file.name) for file in files), ())


def dropped(folder: Path, *names: str) -> list[str]:
    files = [folder / str(number) / name for number, name in enumerate(names)]
    for file in files:
        file.parent.mkdir()
        file.write_text("Text.")
    return list(map(str, files))


def empty(inbox: Inbox, shelf: Shelf) -> str:
    return inbox.empty_into(shelf, lambda *_: None)  # type: ignore[arg-type]


def test_files_are_taken_over_under_their_names(tmp_path: Path) -> None:
    files, shelf = dropped(tmp_path, "a.txt", "a.txt", "b <i>.md"), Shelf()
    inbox = Inbox(files)
    assert not any(Path(file).exists() for file in files)
    assert "Added 3 articles." in empty(inbox, shelf)
    assert shelf.names == ["a.txt", "a.txt", "b <i>.md"]
    assert not Path(inbox._scratch.name).exists()


def test_too_many_too_large_and_lost_files_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_FILES", 2)
    files = dropped(tmp_path, "a.txt", "b.txt", "c.txt")
    shelf = Shelf()
    assert "3 files; 2 at once are the most" in empty(Inbox(files), shelf)
    assert shelf.names == []
    assert not any(Path(file).exists() for file in files)
    monkeypatch.setattr(uploads, "LARGEST_FILE", 2**20)
    (tmp_path / "large.txt").write_text("x" * (2**20 + 1))
    said = empty(Inbox([str(tmp_path / "large.txt"), str(tmp_path / "lost.txt")]), shelf)
    assert "large.txt is larger than 1 MB" in said
    assert "lost.txt didn’t arrive" in said


def test_errors_tell_nothing_of_this_machine_and_nothing_acts(tmp_path: Path) -> None:
    inbox = Inbox(dropped(tmp_path, "a<script>.txt"))
    place = inbox._files[0]
    said = empty(inbox, Shelf(CorpusError(f"No text could be read from {place}.")))
    assert "No text could be read from a&lt;script&gt;.txt." in said
    assert inbox._scratch.name not in said
    (tmp_path / "again").mkdir()
    said = empty(Inbox(dropped(tmp_path / "again", "a.txt")), Shelf(OSError("/secret")))
    assert "the server’s log says what" in said
    assert "/secret" not in said


def test_nothing_packed_may_be_dropped() -> None:
    assert ".txt" in KINDS
    assert not [kind for kind in KINDS if kind.endswith(".gz")]


def test_progress_is_shown_and_whoever_leaves_does_not_wait() -> None:
    going_on, done = Event(), Event()

    def work(say: Progress) -> str:
        say("encode", 1, 10)
        going_on.wait(30)
        done.set()
        return "the end"

    listening = watched(work)
    assert 'value="1"' in next(listening)
    begun = time.monotonic()
    listening.close()
    assert time.monotonic() - begun < 5
    assert not done.is_set()
    going_on.set()
    assert done.wait(30)
    assert list(watched(lambda say: "the end")) == ["the end"]
