"""An index that was there: what is reused, what is said of the change, who may read and write meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_index import DOCUMENTS, RECORD, vectors

from qa.errors import IndexUnusable
from qa.index import Changes, Index, locked, verify, write
from qa.passages import split
from qa.types import Document

WORDS = st.sampled_from(
    ["Alpha", "met", "Bravo.", "Charlie", "slept.", "Delta", "left.", "A", "cab.", "Bad", "ace.", "🙂!"]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=30).map(" ".join)
CORPUS = st.dictionaries(st.sampled_from(["a", "b", "c#2", "c#10", "d"]), TEXTS, max_size=5)


class Embedding:
    """Embed texts, and remember which."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        return vectors(texts)


def build(folder: Path, documents: Sequence[Document], embed: Embedding | None = None, **changes: object) -> Changes:
    exported = folder.parent / "exported"
    if not exported.exists():  # once, since the index links it
        exported.mkdir()
        (exported / "encoder.json").write_text("{}")
    values: dict[str, object] = {
        "split": lambda document: split(document, tokens=16, overlap=1),
        "embed": embed or Embedding(),
        "encoder": RECORD,
        "exported": exported,
        "settings": {"passage_tokens": 16, "passage_overlap": 1},
    }
    return write(folder, documents, **values | changes)[1]  # type: ignore[arg-type]


def everything(folder: Path) -> tuple[object, ...]:
    """Return all that a reader of an index can be told."""
    with Index.open(folder) as index:
        numbers = range(index.passage_count)
        asked = [vectors([text])[0] for text in ("abc", "cab a", "b")]
        return (
            list(index.documents()),
            index.passages(numbers),
            index.vectors(numbers).tobytes() if numbers else b"",
            [index.dense(vector, 5) for vector in asked],
            [index.lexical(word, 5) for word in ("Bravo slept", "alpha", "delta left")],
        )


def test_a_change_is_told_and_only_what_is_new_is_embedded(tmp_path: Path) -> None:
    embed = Embedding()
    assert build(tmp_path / "index", DOCUMENTS, embed) == Changes(3, 0, 0, 0, embedded=len(embed.asked))
    again = Embedding()
    assert build(tmp_path / "index", DOCUMENTS, again) == Changes(0, 0, 0, 3, embedded=0)
    assert again.asked == []
    longer = Document("a.txt", f"{DOCUMENTS[0].text} Zulu came.", "Alpha")
    changed = build(tmp_path / "index", (longer, DOCUMENTS[2], Document("e", "Echo.", "E")), again)
    assert changed == Changes(new=1, changed=1, removed=1, kept=1, embedded=len(again.asked))
    assert "Echo." in again.asked
    assert not set(again.asked) & set(embed.asked)


def test_another_title_is_a_change_that_embeds_nothing(tmp_path: Path) -> None:
    build(tmp_path / "index", [Document("a", "Alpha.", "One")])
    assert build(tmp_path / "index", [Document("a", "Alpha.", "Two")]) == Changes(0, 1, 0, 0, 0)


def test_another_encoder_embeds_everything(tmp_path: Path) -> None:
    embed = Embedding()
    build(tmp_path / "index", DOCUMENTS)
    changes = build(tmp_path / "index", DOCUMENTS, embed, encoder=replace(RECORD, fingerprint="fedcba9876543210"))
    assert changes.kept == 3
    assert changes.embedded == len(embed.asked) > 0


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpora=st.lists(CORPUS, min_size=1, max_size=5))
def test_after_any_edits_it_is_the_index_of_a_first_build(
    tmp_path_factory: pytest.TempPathFactory, corpora: list[dict[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("edits")
    for corpus in corpora:
        documents = [Document(name, text, name) for name, text in corpus.items()]
        build(folder / "updated", documents)
    build(folder / "fresh", documents[::-1])
    assert everything(folder / "updated") == everything(folder / "fresh")


def test_vectors_of_an_approximate_index_are_reused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.index.vectors.EXACT_UP_TO", 3)
    documents = [Document(f"{n}", f"Alpha {'a ' * n} bravo {'b ' * (n % 7)}.", "A") for n in range(300)]
    build(tmp_path / "fresh", documents[:250])
    build(tmp_path / "updated", documents)
    embed = Embedding()
    build(tmp_path / "updated", documents[:250], embed)
    assert embed.asked == []
    assert everything(tmp_path / "updated") == everything(tmp_path / "fresh")


def test_a_damaged_index_lends_nothing(tmp_path: Path) -> None:
    build(tmp_path / "index", DOCUMENTS)
    (file,) = (tmp_path / "index").glob("snapshot-*/vectors.faiss")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    embed = Embedding()
    build(tmp_path / "index", DOCUMENTS, embed)
    assert embed.asked
    verify(tmp_path / "index")


def test_a_damaged_encoder_is_replaced(tmp_path: Path) -> None:
    build(tmp_path / "index", DOCUMENTS)
    (file,) = (tmp_path / "index").glob("encoder-*/encoder.json")
    file.unlink()
    file.write_text("[]")
    build(tmp_path / "index", DOCUMENTS)
    assert file.read_text() == "{}"
    verify(tmp_path / "index")


def test_a_build_that_broke_off_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.index.embedding._AT_ONCE", 2)
    documents = [Document(f"{n}", f"Alpha number {n}.", "A") for n in range(9)]

    class Broken(Embedding):
        def __call__(self, texts: Sequence[str]) -> np.ndarray:
            if len(self.asked) >= 6:
                raise KeyboardInterrupt
            return super().__call__(texts)

    broken = Broken()
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "index", documents, broken)
    assert len(broken.asked) == 6
    (journal,) = (tmp_path / "index").glob("*.journal")
    with journal.open("ab") as file:
        file.write(b"torn")  # what a crash may leave
    rest = Embedding()
    assert build(tmp_path / "index", documents, rest).embedded == 3
    assert not set(rest.asked) & set(broken.asked)
    assert not list((tmp_path / "index").glob("*.journal"))
    build(tmp_path / "fresh", documents)
    assert everything(tmp_path / "index") == everything(tmp_path / "fresh")


def test_a_flipped_bit_in_the_journal_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.index.embedding._AT_ONCE", 1)
    documents = [Document(f"{n}", f"Alpha number {n}.", "A") for n in range(4)]

    def stop(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("encode", 3):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "index", documents, progress=stop)
    (journal,) = (tmp_path / "index").glob("*.journal")
    content = bytearray(journal.read_bytes())
    content[len(content) // 2] ^= 4  # of the second of three
    journal.write_bytes(content)
    assert build(tmp_path / "index", documents).embedded == 3


def test_whoever_holds_the_lock_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    build(folder, DOCUMENTS)
    code = f"""
        import sys
        from pathlib import Path
        from qa.index import locked
        with locked(Path({str(folder)!r})):
            print("locked", flush=True)
            sys.stdin.read()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(IndexUnusable, match=rf"Another build is at work in .*, process {other.pid} on "):
            build(folder, DOCUMENTS)
        other.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        other.wait()
    assert build(folder, DOCUMENTS).kept == 3  # a dead process holds nothing


def test_the_thread_that_holds_the_lock_may_write(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    build(folder, DOCUMENTS)
    with locked(folder):
        build(folder, DOCUMENTS[:1])
        with Index.open(folder) as index:
            assert index.document_count == 1
    assert not (folder / ".writer").exists()


def test_an_index_knows_when_it_is_no_longer_current(tmp_path: Path) -> None:
    build(tmp_path / "index", DOCUMENTS)
    with Index.open(tmp_path / "index") as index:
        assert index.is_current()
        build(tmp_path / "index", DOCUMENTS)
        assert not index.is_current()
        with index.reopened() as new:
            assert new.is_current()
