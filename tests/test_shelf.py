from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from qa import shelf as module
from qa.building import write_index
from qa.engine import QA
from qa.errors import CorpusError, UnknownDocument
from qa.index import Index
from qa.settings import Settings
from qa.shelf import Shelf
from qa.types import Document

pytestmark = pytest.mark.model
KEEPER = "Who is the keeper of the zebras in Zanzibar?"
NAMED = "The keeper of the zebras in Zanzibar is Professor Quagga. He has kept them since 1999."


@pytest.fixture
def article(tmp_path: Path) -> Path:
    file = tmp_path / "zebras.txt"
    file.write_text(f"Zebras in Zanzibar\n\n{NAMED}\n", encoding="utf-8")
    return file


@pytest.fixture
def shelf(seeds_engine: QA) -> Shelf:
    return Shelf(seeds_engine)


def test_what_is_added_answers_beside_the_corpus(shelf: Shelf, article: Path, seeds_engine: QA) -> None:
    seen: list[str] = []
    added = shelf.add([article], lambda stage, done, total: seen.append(stage))
    assert [document.id for document in added.documents] == ["yours/zebras.txt"]
    assert list(dict.fromkeys(seen)) == ["read", "split", "encode", "write"]
    answer = shelf.engine.ask(KEEPER)
    assert answer.text is not None
    assert "Quagga" in answer.text
    (citation,) = answer.citations
    assert shelf.engine.document(citation.document).text[citation.start : citation.end] == answer.text
    who = "Who is the police commissioner?"
    assert shelf.engine.ask(who).text == seeds_engine.ask(who).text
    assert seeds_engine.ask(KEEPER).text is None


def test_a_choice_of_documents_keeps_to_them(shelf: Shelf, article: Path) -> None:
    shelf.add([article])
    theirs = shelf.engine.ask(KEEPER, where={"document": ["003_fd4cfd3cd8d78b6a.txt"]})
    assert theirs.text is None
    assert {hit.passage.document for hit in theirs.hits} == {"003_fd4cfd3cd8d78b6a.txt"}


def test_the_same_name_again_replaces(shelf: Shelf, article: Path) -> None:
    shelf.add([article])
    article.write_text(NAMED.replace("Professor Quagga", "Doctor Okapi"), encoding="utf-8")
    shelf.add([article])
    assert [document.id for document in shelf.documents] == ["yours/zebras.txt"]
    assert "Okapi" in str(shelf.engine.ask(KEEPER).text)


def test_what_is_removed_is_gone_and_the_last_leaves_the_corpus(shelf: Shelf, article: Path, seeds_engine: QA) -> None:
    shelf.add([article])
    before = shelf.engine
    shelf.remove("yours/zebras.txt")
    assert shelf.engine is seeds_engine
    assert shelf.documents == ()
    assert "Quagga" in str(before.ask(KEEPER).text)  # whoever is asking goes on
    with pytest.raises(UnknownDocument, match=r"yours/zebras\.txt"):
        shelf.remove("yours/zebras.txt")


def test_a_corpus_that_is_built_again_is_joined_at_the_next_question(
    article: Path, tmp_path: Path, seeds_engine: QA
) -> None:
    index = tmp_path / "corpus"
    okapi = Document("okapi.txt", "The okapi lives in the Congo.", "Okapi", sources=("okapi.txt",))
    write = partial(write_index, index, exported=_folder(seeds_engine), settings=Settings())
    write([okapi], encoder=seeds_engine.encoder)
    with QA.open(index) as engine:
        shelf = Shelf(engine)
        shelf.add([article])
        before = shelf.engine
        assert shelf.engine is before
        write([replace(okapi, text="The okapi lives in Paris.")], encoder=seeds_engine.encoder)
        assert shelf.engine.ask("Where does the okapi live?").text == "Paris"
        assert "Quagga" in str(shelf.engine.ask(KEEPER).text)
        assert before.ask("Where does the okapi live?").text == "Congo"  # whoever is asking goes on
        shelf.close()
        assert shelf.engine is engine


def _folder(engine: QA) -> Path:
    assert isinstance(engine.index, Index)
    return engine.index.encoder_folder


def test_what_is_kept_is_an_index_like_any_other(shelf: Shelf, article: Path, tmp_path: Path) -> None:
    shelf.add([article])
    shelf.keep(tmp_path / "kept")
    shelf.close()
    with QA.open(tmp_path / "kept") as kept:
        answer = kept.ask(KEEPER)
        assert "Quagga" in str(answer.text)
        assert answer.citations[0].document == "zebras.txt"


def test_files_that_cannot_be_read_are_named_and_nothing_is_lost(shelf: Shelf, article: Path, tmp_path: Path) -> None:
    shelf.add([article])
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing follows")
    with pytest.raises(CorpusError, match=r"broken\.pdf"):
        shelf.add([broken])
    other = tmp_path / "okapi.md"
    other.write_text("The okapi lives in the Congo.", encoding="utf-8")
    added = shelf.add([broken, other])
    assert [entry.path for entry in added.skipped] == [str(broken)]
    assert [document.id for document in shelf.documents] == ["yours/zebras.txt", "yours/okapi.md"]


def test_too_much_is_refused(shelf: Shelf, article: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CHARACTERS", 150)
    shelf.add([article])
    shelf.add([article])  # in the place of itself
    second = article.with_name("more.txt")
    second.write_text(f"Second. {NAMED}", encoding="utf-8")
    with pytest.raises(CorpusError, match="150 are the most"):
        shelf.add([second])
    assert len(shelf.documents) == 1


def test_a_name_that_the_corpus_has_is_made_another(shelf: Shelf, article: Path) -> None:
    shelf.add([article])
    nested = Shelf(QA(shelf.engine.index.indexes[1], shelf.engine.encoder, shelf.engine.reader, shelf.engine.settings))  # type: ignore[attr-defined]
    nested.add([article])
    assert [document.id for document in nested.documents] == ["yours/yours/zebras.txt"]
