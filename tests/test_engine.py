from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa.building import Built
from qa.engine import QA, answer, open_or_build, seeds
from qa.errors import CorpusError, IndexNotFound, IndexUnusable, QuestionError, SettingsError, UnknownDocument
from qa.evaluation import SEEDS, read_questions
from qa.index import Changes, Index
from qa.settings import Settings
from qa.types import Document, Passage

pytestmark = pytest.mark.model
WHO = "Who is the police commissioner?"


def test_an_answer_is_a_quote_that_stands_where_its_citations_say(seeds_engine: QA) -> None:
    found = seeds_engine.ask(WHO)
    assert found.text is not None
    assert "Bratton" in found.text
    assert found.citations[0].text == found.text
    for citation in found.citations:
        text = seeds_engine.document(citation.document).text
        assert text[citation.start : citation.end] == citation.text
        assert text[citation.context_start :].startswith(citation.context)


def test_every_citation_of_every_question_is_verbatim(seeds_engine: QA) -> None:
    for question in read_questions(SEEDS):
        found = seeds_engine.ask(question.question)
        for citation in [*found.citations, *(c for other in found.alternatives for c in other.citations)]:
            assert seeds_engine.document(citation.document).text[citation.start : citation.end] == citation.text


def test_json_holds_what_is_promised(seeds_engine: QA) -> None:
    values = json.loads(json.dumps(seeds_engine.ask(WHO).to_dict()))
    assert list(values) == [
        *("question", "asked_as", "text", "confidence", "citations", "items", "alternatives", "seconds")
    ]
    promised = {"number", "document", "title", "start", "end", "text", "context", "probability"}
    assert promised <= set(values["citations"][0])
    assert {"retrieve", "read", "choose", "total"} == set(values["seconds"])


def test_what_the_articles_do_not_hold_is_not_answered(seeds_engine: QA) -> None:
    found = seeds_engine.ask("How many moons does the planet Jupiter have?")
    assert found.text is None
    assert found.citations == ()
    assert found.hits


def test_filters_keep_to_their_documents(seeds_engine: QA) -> None:
    document = "003_fd4cfd3cd8d78b6a.txt"
    hits = seeds_engine.search("Who turned their backs?", where={"document": document})
    assert {hit.passage.document for hit in hits} == {document}


def test_many_people_get_the_answers_that_one_gets(seeds_engine: QA) -> None:
    questions = [WHO, "Where was the meeting?", "Who gave the mayor a lecture?"] * 4
    alone = [seeds_engine.ask(question).text for question in questions]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda question: seeds_engine.ask(question).text, questions)) == alone


def test_passages_that_the_caller_brings_can_be_read(seeds_engine: QA) -> None:
    text = "The river Rhine rises in Switzerland."
    found = seeds_engine.answer_from("Where does the Rhine rise?", [Passage("mine", 0, len(text), text, (0,))])
    assert found.text is not None
    assert "Switzerland" in found.text
    assert found.citations[0].document == "mine"


def test_documents_can_be_indexed_without_files(build: Callable[..., Built], tmp_path: Path) -> None:
    document = Document("note", "The key lies under the blue flower pot.", "Note", metadata={"room": "garden"})
    built = build([document], tmp_path / "index")
    assert (built.documents, built.passages, built.skipped) == (1, 1, ())
    with QA.open(tmp_path / "index") as engine:
        assert list(engine.documents()) == [document]
        assert engine.search("Where is the key?", where={"room": "cellar"}) == ()


def test_a_build_that_fails_leaves_the_old_index(build: Callable[..., Built], tmp_path: Path) -> None:
    build([Document("note", "The key lies under the pot.", "Note")], tmp_path / "index")
    with pytest.raises(CorpusError, match="nowhere"):
        build(tmp_path / "nowhere", tmp_path / "index")
    with QA.open(tmp_path / "index") as engine:
        assert engine.document("note").title == "Note"


def test_documents_are_added_and_removed(build: Callable[..., Built], tmp_path: Path) -> None:
    pot = Document("pot", "The key lies under the blue flower pot.", "Pot", sources=("pot",))
    build([pot], tmp_path / "index", settings=Settings(passage_tokens=100))
    file = tmp_path / "cellar.txt"
    file.write_text("The wine stands in the cellar.", encoding="utf-8")
    copy = tmp_path / "copy.txt"
    copy.write_text(pot.text, encoding="utf-8")
    with QA.open(tmp_path / "index") as engine, QA.open(tmp_path / "index") as other:
        where = "Where does the wine stand?"
        assert other.ask(where).text is None
        assert engine.add([file, copy]).changes == Changes(new=1, changed=1, removed=0, kept=0, embedded=1)
        for reader in (engine, other):  # at the next question, whoever changed it
            assert "cellar" in str(reader.ask(where).text)
        assert engine.document("pot").sources == ("pot", "copy.txt")
        file.write_text("The wine stands in the attic.", encoding="utf-8")
        assert engine.add(file).changes == Changes(new=0, changed=1, removed=0, kept=1, embedded=1)
        assert "attic" in str(other.ask(where).text)
        copy.write_text("The copy is something else now.", encoding="utf-8")
        assert engine.add(copy).changes == Changes(new=1, changed=1, removed=0, kept=1, embedded=1)
        assert engine.document("pot").sources == ("pot",)
        engine.remove("copy.txt")
        copy.write_text(pot.text, encoding="utf-8")
        engine.add(copy)
        assert engine.document("pot").sources == ("pot", "copy.txt")
        engine.remove("copy.txt")  # one of the names of a text
        assert engine.document("pot").sources == ("pot",)
        with pytest.raises(UnknownDocument, match="nothing"):
            engine.remove("cellar.txt", "nothing")
        assert engine.remove("cellar.txt").changes == Changes(0, 0, removed=1, kept=1, embedded=0)
        assert other.ask(where).text is None
        with pytest.raises(CorpusError, match="No document would be left"):
            engine.remove("pot")
        assert isinstance(engine.index, Index)
        with pytest.raises(SettingsError, match="top_k is -1"):
            engine.search(where, top_k=-1)
        with pytest.raises(SettingsError, match="top_k is 0"):
            engine.ask(where, top_k=0)
        assert engine.ask(where, where={"year": 2014, "seen": [True]}).hits == ()
        assert engine.index.manifest.settings["passage_tokens"] == 100
    with pytest.raises(IndexUnusable, match="open it again"):
        engine.ask(where)


@pytest.mark.parametrize(
    ("question", "reason"),
    [("  ", "empty"), ("why " * 1000, "4000 characters"), ("\0", "word"), ("\ud800", "surrogate")],
)
def test_a_question_that_makes_no_sense_is_refused(seeds_engine: QA, question: str, reason: str) -> None:
    with pytest.raises(QuestionError, match=reason):
        seeds_engine.ask(question)


def test_only_the_index_of_the_seeds_is_built_unasked(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match="qa index"):
        answer(WHO, settings=Settings(index=tmp_path / "none"))


def test_an_index_of_the_seeds_that_is_too_old_is_built_again(
    build: Callable[..., Built], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("qa.engine._opened", {})
    build([Document("note", "The key lies under the pot.", "Note")], Settings().index)
    manifest = Settings().index / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 1}))
    assert "Bratton" in str(answer(WHO, settings=Settings()).text)


def test_two_that_ask_at_once_open_one_index(
    build: Callable[..., Built], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.engine._opened", {})
    build([Document("note", "The key lies under the pot.", "Note")], tmp_path / "index")
    settings = Settings(index=tmp_path / "index")
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(open_or_build, [settings] * 4))
    assert len(set(map(id, opened))) == 1


def test_the_seeds_are_found() -> None:
    assert len(list(seeds().glob("*.txt"))) == 4


def test_answering_imports_no_torch(seeds_engine: QA) -> None:
    code = (
        "import sys; from qa.engine import QA; "
        f"assert QA.open({str(seeds_engine.index.encoder_folder.parent)!r}).ask({WHO!r}).text; "
        "print(*({'torch', 'transformers', 'sentence_transformers', 'gradio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
