"""Builds that are killed, full disks, folders that can't be written: the old index or the new one, never less."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from test_index import vectors
from test_index_updating import build, everything

from qa.errors import IndexUnusable
from qa.index import Index, verify
from qa.types import Document

posix = pytest.mark.skipif(os.name != "posix", reason="kills and limits as POSIX has them")
KILLS = int(os.environ.get("QA_KILLS", "200"))

# A process that forks one child for each line on stdin: a build, which is killed after so many microseconds.
BUILDER = """
    import os, sys, signal, threading, time
    from tqdm import tqdm
    tqdm.set_lock(threading.RLock())  # its own is shared with the children, and one that is killed may hold it
    sys.path.insert(0, {tests!r})
    from pathlib import Path
    import test_index_crashes as this
    this.build(Path({folder!r} + "-warm"), this.corpus(0))
    for line in sys.stdin:
        version, patience = line.split()
        child = os.fork()
        if child == 0:
            try:
                this.build(Path({folder!r}), this.corpus(int(version)))
            finally:
                os._exit(0)
        time.sleep(float(patience))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        print(int(os.WIFSIGNALED(status)), flush=True)
"""


def corpus(version: int) -> list[Document]:
    return [
        Document(f"{n}", f"Alpha {n} of version {version % 7 if n % 3 else 0}. Bravo left.", "A") for n in range(40)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build(tmp_path / "index", corpus(0))
    return tmp_path / "index"


def leftovers(folder: Path) -> set[str]:
    with Index.open(folder) as index:
        named = {index.manifest.snapshot, index.manifest.encoder_folder, "manifest.json", ".lock"}
    return {path.name for path in folder.iterdir()} - named


@posix
def test_killed_at_any_moment_the_old_index_or_the_new_one_opens(folder: Path, tmp_path: Path) -> None:
    build(folder, corpus(1))
    reach = 0.1  # seconds; follows what a build takes, so that about one in three is done before it is killed
    code = textwrap.dedent(BUILDER).format(tests=str(Path(__file__).parent), folder=str(folder))
    chance = random.Random(0)
    killed = replaced = 0
    states: dict[int, tuple[object, ...]] = {}
    for version in range(7):
        build(tmp_path / "fresh", corpus(version))
        states[version] = everything(tmp_path / "fresh")
    assert len({str(state) for state in states.values()}) == 7
    assert everything(folder) == states[1]
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as builder:
        assert builder.stdin is not None
        assert builder.stdout is not None
        current = 1
        for number in range(KILLS):
            version = (current + 1 + number % 5) % 7
            builder.stdin.write(f"{version} {chance.uniform(0, reach)}\n")
            builder.stdin.flush()
            killed += builder.stdout.readline() == "1\n"
            verify(folder)
            found = everything(folder)
            assert found in (states[current], states[version]), f"a mixture after kill {number}"
            done = found == states[version]
            reach = min(2.0, reach * (0.8 if done else 1.12))
            if done:
                current, replaced = version, replaced + 1
        builder.stdin.close()
    assert killed > KILLS / 3
    assert replaced > KILLS / 10
    build(folder, corpus(3))
    assert everything(folder) == states[3]
    assert leftovers(folder) == set()


LIMITED = """
    import resource, signal, sys
    sys.path.insert(0, {tests!r})
    from pathlib import Path
    import test_index_crashes as this
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, 6_000))  # no file may grow beyond, as on a disk that is full
    try:
        this.build(Path({folder!r}), [*this.corpus(1), this.Document("new", "Zulu. " * 2000, "Z")])
    except this.IndexUnusable as error:
        print(error)
"""


@posix
def test_a_full_disk_is_said_and_the_old_index_stays(folder: Path) -> None:
    before = everything(folder)
    code = textwrap.dedent(LIMITED).format(tests=str(Path(__file__).parent), folder=str(folder))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "can't be written: " in done.stdout
    assert "What was there is untouched" in done.stdout
    assert everything(folder) == before
    assert len(list(folder.glob("snapshot-*"))) == 1


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_said(folder: Path) -> None:
    before = everything(folder)
    folder.chmod(0o555)
    try:
        with pytest.raises(IndexUnusable, match="can't be written"):
            build(folder, corpus(1))
        assert everything(folder) == before
    finally:
        folder.chmod(0o755)


@pytest.mark.parametrize("step", ["vectors", "words", "record", "replace"])
def test_an_error_at_any_step_is_said_and_the_old_index_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    place = {
        "vectors": "qa.index.folder.write_vectors",
        "words": "qa.index.lexical.write",
        "record": "qa.index.manifest.record",
        "replace": "qa.index.manifest.replace",
    }[step]
    before = everything(folder)
    with monkeypatch.context() as patch:
        patch.setattr(place, fail)
        with pytest.raises(IndexUnusable, match=r"No space left on device.*untouched"):
            build(folder, corpus(1))
    assert everything(folder) == before
    assert len(list(folder.glob("snapshot-*"))) == 1
    build(folder, corpus(1))
    assert leftovers(folder) == set()


def test_readers_go_on_while_a_writer_builds(folder: Path) -> None:
    with Index.open(folder) as index:
        before = index.dense(vectors(["abc"])[0], 5)
        texts = list(index.texts())
        for version in range(3):
            build(folder, corpus(version + 1))
            assert index.dense(vectors(["abc"])[0], 5) == before
            assert list(index.texts()) == texts
