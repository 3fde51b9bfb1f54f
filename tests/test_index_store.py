"""What every store must do, asked of each in the same words: a folder, a file of Milvus Lite, a Milvus server."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa.building import build_index
from qa.engine import QA
from qa.errors import (
    CorpusError,
    IndexDamaged,
    IndexNotFound,
    IndexUnusable,
    SettingsError,
    StoreUnavailable,
    UnknownDocument,
)
from qa.evaluation import SEEDS as QUESTIONS
from qa.evaluation import read_questions
from qa.index import Address, Changes, EncoderRecord, Updatable, encoder_folder, locked, write
from qa.index.milvus.reading import MilvusIndex
from qa.opening import open_index, place_of, verify_index
from qa.passages import split
from qa.settings import Settings
from qa.types import Document, Where

pytest.importorskip("pymilvus")

RECORD = EncoderRecord("letters", "0123456789abcdef", 8)
WORDS = ["police", "mayor", "union", "meeting", "station", "precinct", "arrest", "budget", "lawyer", "reporter"]


def article(number: int, text: str | None = None) -> Document:
    chosen = np.random.default_rng(number).choice(WORDS, 40)
    text = text or ". ".join(" ".join(chosen[start : start + 5]).capitalize() for start in range(0, 40, 5)) + "."
    return Document(
        f"news/{number}.txt",
        text,
        f"Article {number}",
        url=f"https://example.org/{number}",
        published=f"2014-12-{number % 28 + 1:02}",
        author="Ann" if number % 2 else 'B"ob\\',
        metadata={"desk": f"desk {number % 3}", 'a "key"]': "odd"},
        sources=(f"news/{number}.txt",),
    )


ARTICLES = tuple(article(number) for number in range(12))


@dataclass
class Embedding:
    """Embed by counting letters, and remember what was asked."""

    asked: list[str] = field(default_factory=list)

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        counts = np.array([[text.lower().count(letter) + 0.1 for letter in "aeioruns"] for text in texts], np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


@dataclass
class Store:
    """A place for an index, and the two things that are done with it."""

    place: Path | Address
    exported: Path

    def build(self, documents: Sequence[Document], **changes: object) -> Changes:
        values: dict[str, object] = {
            "split": lambda document: split(document, tokens=24, overlap=0),
            "embed": Embedding(),
            "encoder": RECORD,
            "exported": self.exported,
            "settings": {"passage_tokens": 24, "passage_overlap": 0},
        }
        return write(self.place, documents, **values | changes)[1]  # type: ignore[arg-type]

    @contextmanager
    def opened(self) -> Iterator[Updatable]:
        with closing(open_index(self.place)) as index:
            yield index


@contextmanager
def served(data: Path, port: int = 0) -> Iterator[int]:
    """Run Milvus Lite as a server on loopback, in a process of its own."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(data)]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        assert process.poll() is None
        yield port
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with served(tmp_path_factory.mktemp("milvus") / "data") as port:
        yield port


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    (tmp_path / "exported").mkdir()
    (tmp_path / "exported" / "encoder.json").write_text("{}")
    return tmp_path / "exported"


Places = Callable[[str], Path | Address]


@pytest.fixture(params=["folder", "file", "server"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    def place(name: str) -> Path | Address:
        if request.param == "folder":
            return tmp_path / name
        spelled = f"file:{tmp_path}/{name}.db"
        if request.param == "server":
            unique = f"{name}_{abs(hash(request.node.name)) % 10**9}"
            spelled = f"milvus://127.0.0.1:{request.getfixturevalue('server')}/{unique}"
        return Address.parse(spelled, tmp_path)

    return place


@pytest.fixture
def store(places: Places, exported: Path) -> Store:
    return Store(places("news"), exported)


@pytest.fixture
def plain(tmp_path: Path, exported: Path) -> Store:
    """The folder that the others are compared with."""
    return Store(tmp_path / "plain", exported)


def assert_alike(index: Updatable, other: Updatable) -> None:
    """Every answer of the one is that of the other."""
    assert list(index.documents()) == list(other.documents())
    assert index.identifiers() == other.identifiers()
    assert (index.document_count, index.passage_count) == (other.document_count, other.passage_count)
    assert (index.encoder, index.splitting) == (other.encoder, other.splitting)
    numbers = range(index.passage_count)
    assert index.passages(numbers) == other.passages(numbers)
    assert list(index.texts()) == list(other.texts())
    assert np.array_equal(index.vectors(numbers), other.vectors(numbers))
    conditions: tuple[Where | None, ...] = (
        None,
        {"author": 'B"ob\\'},
        {"desk": ["desk 1", "desk 2"], "author": "Ann"},
        {'a "key"]': "odd", "document": ["news/3.txt", "news/4.txt"]},
        {"title": "Article 5"},
        {"desk": "none such"},
        {"url": ()},
    )
    for where in conditions:
        for question in ("Which union met the mayor?", "police police station", "Nothing of this", "?"):
            words, expected = index.lexical(question, 7, where), other.lexical(question, 7, where)
            assert [number for number, _ in words] == [number for number, _ in expected]
            assert [score for _, score in words] == pytest.approx([score for _, score in expected], rel=1e-5)
            (asked,) = Embedding()([question])
            found, expected = index.dense(asked, 7, where), other.dense(asked, 7, where)
            assert [number for number, _ in found] == [number for number, _ in expected]
            assert [cosine for _, cosine in found] == pytest.approx([cosine for _, cosine in expected], abs=1e-3)


def test_it_holds_what_a_folder_holds_and_finds_the_same(store: Store, plain: Store) -> None:
    assert store.build(ARTICLES) == plain.build(ARTICLES)
    with store.opened() as index, plain.opened() as other:
        assert_alike(index, other)


def test_what_is_not_there_is_said(store: Store) -> None:
    with pytest.raises(IndexNotFound, match=r"Run `qa index"):
        open_index(store.place)
    store.build(ARTICLES[:2])
    with store.opened() as index:
        with pytest.raises(UnknownDocument, match=r"holds no document 'x\.txt'"):
            index.document("x.txt")
        with pytest.raises(KeyError, match="no passage 999"):
            index.passages([999])


def test_an_update_embeds_what_is_new_and_ends_as_a_first_build_would(store: Store, plain: Store) -> None:
    store.build(ARTICLES[:10])
    changed = article(3, "The lawyer left. The reporter stayed.")
    wanted = [document for document in ARTICLES if document.id not in ("news/3.txt", "news/7.txt")] + [changed]
    embed = Embedding()
    changes = store.build(wanted, embed=embed)
    assert (changes.new, changes.changed, changes.removed, changes.kept) == (2, 1, 1, 8)
    assert set(embed.asked).isdisjoint(passage.text for passage in split(ARTICLES[0], tokens=24, overlap=0))
    plain.build(wanted)
    with store.opened() as index, plain.opened() as other:
        assert_alike(index, other)


def test_the_same_again_changes_nothing(store: Store) -> None:
    store.build(ARTICLES)
    embed = Embedding()
    assert store.build(ARTICLES, embed=embed) == Changes(0, 0, 0, len(ARTICLES), 0)
    assert embed.asked == []


def test_a_reader_keeps_its_build_until_it_opens_the_next(store: Store) -> None:
    store.build(ARTICLES[:4])
    with store.opened() as index:
        before = index.passages(range(index.passage_count))
        assert index.is_current()
        store.build(ARTICLES[4:])
        assert not index.is_current()
        assert index.passages(range(index.passage_count)) == before
        assert index.lexical("police", 3)
        assert index.identifiers() == [document.id for document in ARTICLES[:4]]
        new = index.reopened()
        assert new.is_current()
        assert new.identifiers() == [document.id for document in ARTICLES[4:]]


def test_many_threads_find_the_same(store: Store) -> None:
    store.build(ARTICLES)
    with store.opened() as index, ThreadPoolExecutor(8) as pool:
        expected = index.lexical("police union", 9), index.passages([1, 2])
        found = list(pool.map(lambda _: (index.lexical("police union", 9), index.passages([1, 2])), range(40)))
        assert all(each == expected for each in found)


def test_two_builds_at_once_do_not_mix(store: Store) -> None:
    store.build(ARTICLES[:1])
    with store.opened() as index, locked(index.folder), ThreadPoolExecutor(1) as other:
        refused = other.submit(store.build, ARTICLES).exception()
    assert isinstance(refused, IndexUnusable)
    assert "Another build is at work" in str(refused)
    with store.opened() as index:
        assert index.document_count == 1


def test_a_failed_build_leaves_the_old_one(store: Store) -> None:
    store.build(ARTICLES[:2])
    with pytest.raises(ValueError, match="expected"):
        store.build(ARTICLES, embed=lambda texts: np.ones((1, 3), dtype=np.float32))
    with store.opened() as index:
        assert index.document_count == 2


def test_it_is_verified(store: Store) -> None:
    store.build(ARTICLES)
    assert verify_index(store.place).documents == len(ARTICLES)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(str.strip), max_size=4),
    name=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=10),
)
def test_any_text_comes_back_as_it_was(store: Store, texts: list[str], name: str) -> None:
    long = Document("long", "Ünion 🙂 said. " * 3000, "long", metadata={name: name}, sources=("long",))
    documents = [long, *(article(number, text) for number, text in enumerate(texts))]
    store.build(documents)
    with store.opened() as index:
        assert {document.id: document for document in index.documents()} == {each.id: each for each in documents}
        found = index.lexical("union", 50, {name: name}) if name not in ("document", "author") else []
        assert {passage.document for passage in index.passages([number for number, _ in found])} <= {"long"}


# Milvus alone


@pytest.fixture
def milvus(tmp_path: Path, exported: Path, server: int, request: pytest.FixtureRequest) -> Store:
    name = f"only_{abs(hash(request.node.name)) % 10**9}"
    return Store(Address.parse(f"milvus://127.0.0.1:{server}/{name}", tmp_path), exported)


def test_a_build_that_breaks_off_goes_on_where_it_was(milvus: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from pymilvus import MilvusClient

    monkeypatch.setattr("qa.index.milvus.writing._AT_ONCE", 4)
    written: list[int] = []
    upsert = MilvusClient.upsert

    def failing(client: MilvusClient, collection: str, data: list[dict[str, object]], **more: object) -> object:
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(len(data))
        return upsert(client, collection, data, **more)

    monkeypatch.setattr(MilvusClient, "upsert", failing)
    embed = Embedding()
    with pytest.raises(KeyboardInterrupt):
        milvus.build(ARTICLES, embed=embed)
    with pytest.raises(IndexNotFound):
        open_index(milvus.place)
    assert embed.asked
    again, rows = Embedding(), []

    def counting(client: MilvusClient, collection: str, data: list[dict[str, object]], **more: object) -> object:
        rows.extend(row["number"] for row in data if not collection.endswith("_documents"))
        return upsert(client, collection, data, **more)

    monkeypatch.setattr(MilvusClient, "upsert", counting)
    milvus.build(ARTICLES, embed=again)
    assert again.asked == []
    assert rows[0] == 12
    with milvus.opened() as index:
        assert index.document_count == len(ARTICLES)


@pytest.mark.parametrize("suffix", ["", "_documents"])
def test_what_lost_rows_is_found_damaged_and_mended_by_the_same_build(milvus: Store, suffix: str) -> None:
    milvus.build(ARTICLES)
    with milvus.opened() as index:
        assert isinstance(index, MilvusIndex)
        whole = list(index.documents()), list(index.texts()), index.lexical("police union", 9)
        collection = f"{index.manifest.snapshot}{suffix}"
        index._connection.call(lambda client: client.delete(collection, filter="number in [1, 2]"))
    with pytest.raises(IndexDamaged, match=r"holds \d+ \w+ of \d+\. Run `qa index"):
        verify_index(milvus.place)
    milvus.build(ARTICLES)
    assert verify_index(milvus.place).documents == len(ARTICLES)
    with milvus.opened() as index:
        assert (list(index.documents()), list(index.texts()), index.lexical("police union", 9)) == whole


def test_of_two_machines_the_second_to_end_is_told(
    milvus: Store, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(milvus.place, Address)
    milvus.build(ARTICLES[:1])
    other = Store(replace(milvus.place, folder=tmp_path / "other machine"), exported)

    def interrupted(texts: Sequence[str]) -> np.ndarray:
        other.build(ARTICLES[:2])
        return Embedding()(texts)

    with pytest.raises(IndexUnusable, match=r"Another build .* has ended meanwhile"):
        milvus.build(ARTICLES[:3], embed=interrupted)
    with milvus.opened() as index:
        assert index.document_count == 2


def test_a_server_that_is_gone_is_said_and_one_that_comes_back_is_used(
    tmp_path: Path, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(tmp_path / "data") as port:
        store = Store(Address.parse(f"milvus://127.0.0.1:{port}/news", tmp_path), exported)
        store.build(ARTICLES)
        index = open_index(store.place)
        expected = index.lexical("police union", 5)
    monkeypatch.setattr("qa.index.milvus.connection.PATIENCE", 1.0)
    with pytest.raises(StoreUnavailable, match="Is the server running"):
        index.lexical("police union", 5)
    with served(tmp_path / "data", port):
        monkeypatch.undo()
        index.reopened()  # Milvus Lite has to be told what to load
        assert index.lexical("police union", 5) == expected


def test_no_server_is_said_with_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.index.milvus.connection.PATIENCE", 1.0)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(StoreUnavailable, match=rf"milvus://127\.0\.0\.1:{port}/news doesn't answer"):
        open_index(Address.parse(f"milvus://127.0.0.1:{port}/news", tmp_path))


def test_what_milvus_cannot_hold_is_named(milvus: Store) -> None:
    with pytest.raises(CorpusError, match=r"The metadata of news/1\.txt has .* bytes"):
        milvus.build([replace(ARTICLES[1], metadata={"long": "x" * 70_000})])


def test_other_collections_of_a_server_are_left_alone(milvus: Store, exported: Path, tmp_path: Path) -> None:
    assert isinstance(milvus.place, Address)
    neighbour = Store(replace(milvus.place, name=f"{milvus.place.name}_x", folder=tmp_path / "x"), exported)
    neighbour.build(ARTICLES[:2])
    for some in (ARTICLES[:3], ARTICLES[:4], ARTICLES[:5]):
        milvus.build(some)
    with neighbour.opened() as index:
        assert index.document_count == 2


@pytest.mark.parametrize(
    ("spelled", "reason"),
    [
        ("milvus://host/", "can't name an index"),
        ("milvus://host/my-news", "can't name an index"),
        ("milvus://user:secret@host/news", "MILVUS_TOKEN"),
        ("redis://host/news", "no address of a store"),
        ("file:news.txt", "no address of a store"),
        ("milvus://host:port/news", "no address"),
    ],
)
def test_a_wrong_address_is_refused(spelled: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason) as raised:
        place_of(spelled, Settings())
    assert "secret" not in str(raised.value)


@pytest.mark.model
def test_the_same_questions_get_the_same_answers(tmp_path: Path, seeds_engine: QA, exported_encoder: Path) -> None:
    address = Address.parse(f"file:{tmp_path}/seeds.db", tmp_path)
    own = encoder_folder(address.folder, seeds_engine.index.encoder.fingerprint)
    own.parent.mkdir()
    own.symlink_to(exported_encoder)
    build_index(list(seeds_engine.documents()), address)
    with QA.open(address) as engine:
        for question in read_questions(QUESTIONS)[::6]:
            mine, theirs = engine.ask(question.question), seeds_engine.ask(question.question)
            assert replace(mine, seconds={}, hits=()) == replace(theirs, seconds={}, hits=())
            assert [hit.passage for hit in mine.hits] == [hit.passage for hit in theirs.hits]
            assert [hit.score for hit in mine.hits] == pytest.approx([hit.score for hit in theirs.hits], abs=1e-3)
        assert engine.remove(next(engine.documents()).id).documents == 3
        assert len(list(engine.documents())) == 3
