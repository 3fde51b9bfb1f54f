from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import filelock
import numpy as np
import pytest

from qa.errors import IndexDamaged, IndexNotFound, IndexOutdated, IndexUnusable, UnknownDocument
from qa.index import EncoderRecord, Index, Manifest, encoder_folder, verify, write
from qa.passages import split
from qa.types import Document, Where

RECORD = EncoderRecord("three-letters", "0123456789abcdef", 3)
DOCUMENTS = (
    Document("a.txt", "Alpha met Bravo. 🙂 Bravo left.", "Alpha", "https://example.org/a", "2014-12-30", "Ann"),
    Document("b/c.txt", "Charlie met Bravo.\r\nCharlie slept.", "Charlie", metadata={"section": 'the "news"'}),
    Document("d.txt", "Delta e\u0301te\u0301 שלום.", "Delta", sources=("d.txt", "copy.txt")),
)


def vectors(texts: Sequence[str]) -> np.ndarray:
    counts = np.array([[text.lower().count(letter) + 0.1 for letter in "abc"] for text in texts], dtype=np.float32)
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def numbers(found: Sequence[tuple[int, float]]) -> list[int]:
    return [number for number, _ in found]


def build(folder: Path, documents: tuple[Document, ...] = DOCUMENTS, **changes: object) -> Manifest:
    exported = folder.parent / "exported"
    exported.mkdir(exist_ok=True)
    (exported / "encoder.json").write_text("{}")
    values: dict[str, object] = {
        "split": lambda document: split(document, tokens=16, overlap=0),
        "embed": vectors,
        "encoder": RECORD,
        "exported": exported,
        "settings": {"passage_tokens": 16, "passage_overlap": 0},
    }
    return write(folder, documents, **values | changes)[0]  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "embeddings" / "my news #1?%20"


@pytest.fixture
def index(folder: Path) -> Index:
    folder.parent.mkdir()
    build(folder)
    return Index.open(folder)


def test_documents_and_passages_come_back_as_they_were(index: Index) -> None:
    assert tuple(index.documents()) == DOCUMENTS
    assert index.identifiers() == [document.id for document in DOCUMENTS]
    assert [index.document(document.id) for document in DOCUMENTS] == list(DOCUMENTS)
    expected = [passage for document in DOCUMENTS for passage in split(document, tokens=16, overlap=0)]
    assert index.passages(range(index.passage_count)) == expected
    assert index.passages([2, 0]) == [expected[2], expected[0]]
    assert (index.document_count, index.passage_count) == (3, len(expected))


def test_what_is_not_there_is_named(index: Index) -> None:
    with pytest.raises(UnknownDocument, match=r"holds no document 'x\.txt'"):
        index.document("x.txt")
    with pytest.raises(KeyError, match="no passage 99"):
        index.passages([99])


def test_dense_names_the_nearest_first(index: Index) -> None:
    texts = [passage.text for passage in index.passages(range(index.passage_count))]
    question = vectors(["ccc"])[0]
    expected = np.argsort(-(vectors(texts) @ question), kind="stable")
    found = index.dense(question, 100)
    assert [number for number, _ in found] == list(expected)
    assert [cosine for _, cosine in found] == pytest.approx(sorted(vectors(texts) @ question, reverse=True), abs=1e-3)
    assert index.dense(question, 1) == found[:1]
    with pytest.raises(IndexOutdated, match="vectors of 3 numbers"):
        index.dense(np.ones(4, dtype=np.float32), 1)


def test_lexical_names_only_passages_that_share_a_word(index: Index) -> None:
    found = index.passages(numbers(index.lexical("Where did CHARLIE sleep?", 10)))
    assert found
    assert all("Charlie" in passage.text for passage in found)
    assert index.lexical("Bravos", 10) == index.lexical("Bravo", 10) != []
    assert index.lexical("the of and", 10) == []
    assert index.lexical("", 10) == []
    assert len(index.lexical("Bravo", 1)) == 1


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({"document": "b/c.txt"}, {"b/c.txt"}),
        ({"title": "Alpha"}, {"a.txt"}),
        ({"url": "https://example.org/a", "published": "2014-12-30", "author": "Ann"}, {"a.txt"}),
        ({"section": 'the "news"'}, {"b/c.txt"}),
        ({"section": "sport"}, set()),
        ({"document": ("b/c.txt", "a.txt", "x.txt")}, {"a.txt", "b/c.txt"}),
        ({"document": []}, set()),
        ({"title": "Alpha", "section": 'the "news"'}, set()),
        ({"title = '' OR 1 --": "x"}, set()),
        ({}, {"a.txt", "b/c.txt", "d.txt"}),
        (None, {"a.txt", "b/c.txt", "d.txt"}),
    ],
)
def test_where_keeps_to_the_documents_that_have_the_values(index: Index, where: Where | None, ids: set[str]) -> None:
    dense = index.passages(numbers(index.dense(vectors(["a"])[0], 100, where)))
    assert {passage.document for passage in dense} == ids
    lexical = index.passages(numbers(index.lexical("alpha charlie delta bravo", 100, where)))
    assert {passage.document for passage in lexical} == ids


def test_many_threads_may_read(index: Index) -> None:
    def read(number: int) -> bool:
        (passage,) = index.passages([number % index.passage_count])
        document = index.document(passage.document)
        index.dense(vectors([passage.text])[0], 3, {"document": document.id})
        return document.text[passage.start : passage.end] == passage.text

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(400)))


def test_the_manifest_says_what_the_index_is_made_of(index: Index, folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["format"] == 2
    assert manifest["encoder"] == {"name": "three-letters", "fingerprint": "0123456789abcdef", "dimension": 3}
    assert manifest["settings"] == {"passage_tokens": 16, "passage_overlap": 0}
    assert (manifest["vectors"], manifest["probes"]) == ("SQfp16", 0)
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert present - {"manifest.json", ".lock"} == set(manifest["files"])
    assert index.encoder_folder == encoder_folder(folder, RECORD.fingerprint)
    assert verify(folder) == index.manifest


def test_a_build_replaces_the_index_and_disturbs_no_reader(index: Index, folder: Path) -> None:
    encoder = (index.encoder_folder / "encoder.json").stat().st_ino
    build(folder, DOCUMENTS[:1], exported=index.encoder_folder)
    assert tuple(index.documents()) == DOCUMENTS
    assert index.lexical("Charlie", 5)
    assert index.dense(vectors(["c"])[0], 5)
    with Index.open(folder) as new:
        assert tuple(new.documents()) == DOCUMENTS[:1]
        assert (new.encoder_folder / "encoder.json").stat().st_ino == encoder
    assert len(list(folder.glob("snapshot-*"))) == 1


def test_another_encoder_takes_the_place_of_the_old(index: Index, folder: Path) -> None:
    build(folder, encoder=replace(RECORD, fingerprint="fedcba9876543210"))
    assert [path.name for path in folder.glob("encoder-*")] == ["encoder-fedcba98"]
    assert verify(folder).encoder.fingerprint == "fedcba9876543210"


def test_a_failed_build_leaves_the_old_index(index: Index, folder: Path) -> None:
    wrong = [replace(index.passages([0])[0], start=1)]
    with pytest.raises(ValueError, match=r"passage 0 isn't what a\.txt holds at 1:"):
        build(folder, split=lambda document: wrong)
    with pytest.raises(ValueError, match=r"two documents have the id 'a\.txt'"):
        build(folder, DOCUMENTS[:1] * 2)
    with pytest.raises(ValueError, match=r"1 texts have vectors of \(2, 3\)"):
        build(folder, (Document("new", "New.", "New"),), embed=lambda texts: np.ones((2, 3), dtype=np.float32))
    with pytest.raises(IndexUnusable, match=r"can't be written.*No such file"):
        build(folder, encoder=replace(RECORD, fingerprint="fedcba9876543210"), exported=folder / "none")
    assert verify(folder) == index.manifest
    assert len(list(folder.glob("snapshot-*"))) == 1


def test_two_builds_at_once_are_refused(index: Index, folder: Path) -> None:
    with filelock.FileLock(folder / ".lock"), pytest.raises(IndexUnusable, match="Another build is at work"):
        build(folder)


def test_a_build_removes_nothing_that_is_not_its_own(index: Index, folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    (folder / "snapshot-of-my-disk").mkdir()
    build(folder)
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "snapshot-of-my-disk").is_dir()


def test_a_build_refuses_a_manifest_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "manifest.json").write_text('{"name": "a web page"}')
    with pytest.raises(IndexDamaged, match="not the manifest of an index"):
        build(tmp_path / "page")
    (tmp_path / "file").write_text("")
    with pytest.raises(IndexUnusable, match="is a file"):
        build(tmp_path / "file")


def test_an_index_of_nothing_opens(tmp_path: Path) -> None:
    build(tmp_path / "empty", ())
    with Index.open(tmp_path / "empty") as index:
        assert (index.document_count, index.passage_count) == (0, 0)
        assert index.dense(vectors(["a"])[0], 5) == index.lexical("alpha", 5) == list(index.documents()) == []


def test_an_index_without_words_opens(tmp_path: Path) -> None:
    build(tmp_path / "wordless", (Document("a", "the. 🙂 . !", "A"),))
    with Index.open(tmp_path / "wordless") as index:
        assert index.lexical("alpha", 5) == []
        assert len(index.dense(vectors(["a"])[0], 5)) == 1


def test_no_index_says_how_to_build_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(IndexNotFound) as caught:
        Index.open("embeddings/news")
    assert str(caught.value) == "No index in embeddings/news. Run `qa index news/ --to embeddings/news` first."


def test_another_format_is_outdated(index: Index, folder: Path) -> None:
    values = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(values | {"format": 99}))
    with pytest.raises(IndexOutdated, match="has format 99, this version reads 2"):
        Index.open(folder)
    build(folder)
    assert verify(folder).format == 2


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 2}', '{"format": 2, "files": 3}', "\x00"])
def test_a_damaged_manifest_is_named(index: Index, folder: Path, content: str) -> None:
    (folder / "manifest.json").write_text(content)
    with pytest.raises(IndexDamaged, match=r"manifest\.json"):
        Index.open(folder)
    build(folder)
    assert verify(folder).documents == 3


def test_a_manifest_names_no_folder_outside(index: Index, folder: Path) -> None:
    values = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(values | {"snapshot": "../elsewhere"}))
    with pytest.raises(IndexDamaged, match="elsewhere"):
        Index.open(folder)


def test_every_damaged_file_is_found(index: Index, folder: Path) -> None:
    for name in index.manifest.files:
        file = folder / name
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(IndexDamaged, match="was changed"):
            verify(folder)
        with pytest.raises(IndexDamaged, match="was changed"):  # it is small
            Index.open(folder)
        os.truncate(file, len(whole) - 1)
        with pytest.raises(IndexDamaged, match="bytes, the manifest says"):
            Index.open(folder)
        file.unlink()
        with pytest.raises(IndexDamaged, match="is missing"):
            Index.open(folder)
        file.write_bytes(whole)
    assert verify(folder) == index.manifest


def test_a_large_file_of_nonsense_with_the_right_size_is_damage(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.index.manifest.HASHED_UP_TO", 0)
    for name in ("vectors.faiss", "articles.sqlite", "words/columns.npy"):
        file = folder / index.manifest.snapshot / name
        whole = file.read_bytes()
        file.write_bytes(b"\x01" * len(whole))
        with pytest.raises(IndexDamaged, match="can't be opened"):
            Index.open(folder)
        file.write_bytes(whole)


def test_opening_loads_no_torch(index: Index, folder: Path) -> None:
    code = (
        "import sys; from qa.index import Index\n"
        f"Index.open({str(folder)!r}).lexical('Charlie', 3)\n"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
