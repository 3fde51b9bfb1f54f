from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qa.corpus import SUFFIXES, Corpus, Skipped, load
from qa.errors import CorpusError

SEEDS = Path(__file__).parents[1] / "seeds"


def test_seeds_are_read_as_they_are() -> None:
    corpus = load(SEEDS)
    assert corpus.skipped == ()
    assert [document.id for document in corpus.documents] == sorted(path.name for path in SEEDS.iterdir())
    for document in corpus.documents:
        assert document.text == (SEEDS / document.id).read_bytes().decode("utf-8")
        assert document.sources == (document.id,)
    assert [document.title for document in corpus.documents] == [
        "As New York City Mayor Bill de Blasio made overtures to police union officials…",
        "De Blasio aides reportedly urged NYC mayor's political allies to blast cops for funeral gesture",
        "NYC Mayor Bill de Blasio Aims to 'Move Forward Together' With Police Unions",
        "NYPD Officer's Turn Their Backs as Mayor De Blasio Eulogizes Officer Wenjian Liu",
    ]


TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\t\n\r"), min_size=1)


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_text_is_exactly_what_the_file_holds(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    expected = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    assume(expected.strip())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.txt"
        path.write_bytes(data)
        (document,) = load(path).documents
    assert document.text == expected
    assert document.title


def test_same_text_is_one_document_with_every_source(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The mayor met the unions.")
    (tmp_path / "b.md").write_text("The mayor met the unions.")
    (tmp_path / "c.jsonl").write_text(json.dumps({"text": "The mayor met the unions."}))
    (document,) = load(tmp_path).documents
    assert document.id == "a.txt"
    assert document.sources == ("a.txt", "b.md", "c.jsonl#1")


def test_more_characters_than_are_allowed_are_not_read_on(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text("Twice the same." if name < "c" else "Another.", encoding="utf-8")
    assert len(load(tmp_path, most_characters=23).documents) == 2
    with pytest.raises(CorpusError, match="more than 22 characters"):
        load(tmp_path, most_characters=22)


def test_unreadable_file_is_named_and_nothing_else_is_lost(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The mayor met the unions.")
    (tmp_path / "b.pdf").write_bytes(b"no pdf at all")
    (tmp_path / "c.docx").write_bytes(b"no docx at all")
    (tmp_path / "d.html").write_bytes(b"<html></html>")
    (tmp_path / "e.json").write_bytes(b"{")
    (tmp_path / "f.json.gz").write_bytes(gzip.compress(b'{"data": []}' * 100)[:-9])
    (tmp_path / "g.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    (tmp_path / "h.txt").write_text(" \n\t\n")
    (tmp_path / "i.xyz").write_text("text")
    (tmp_path / "j").write_text("text")
    (tmp_path / "k.jsonl").write_text("{")
    (tmp_path / "l.md").write_bytes(b"")
    (tmp_path / "z.txt").write_text("They talked.")
    corpus = load(tmp_path)
    assert [document.id for document in corpus.documents] == ["a.txt", "z.txt"]
    reasons = {Path(entry.path).name: entry.reason for entry in corpus.skipped}
    assert list(reasons) == [path.name for path in sorted(tmp_path.iterdir())[1:-1]]
    assert reasons["b.pdf"].startswith("can't be parsed as PDF")
    assert reasons["c.docx"].startswith("is no intact .docx file")
    assert reasons["d.html"].startswith("holds no text")
    assert reasons["e.json"].startswith("is not JSON")
    assert reasons["f.json.gz"].startswith("its gzip data is damaged")
    assert reasons["g.txt"].startswith("is binary, or")
    assert reasons["h.txt"] == reasons["l.md"] == "holds no text"
    assert reasons["i.xyz"] == "unknown format .xyz"
    assert reasons["j"] == "unknown format: the name has no suffix"
    assert reasons["k.jsonl"].startswith("line 1: is not JSON")


def test_unknown_format_that_was_asked_for_lists_the_known(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("They talked.")
    (tmp_path / "b.xyz").write_text("They talked.")
    corpus = load(tmp_path / "a.txt", tmp_path / "b.xyz")
    (skipped,) = corpus.skipped
    assert skipped == Skipped(str(tmp_path / "b.xyz"), f"unknown format .xyz; known are {', '.join(SUFFIXES)}")


def test_suffix_counts_in_capitals_too(tmp_path: Path) -> None:
    (tmp_path / "A.TXT").write_text("They talked.")
    assert load(tmp_path).documents[0].id == "A.TXT"


def test_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("They talked.")
    with pytest.raises(CorpusError, match=r"nowhere\.txt"):
        load(tmp_path, tmp_path / "nowhere.txt")


def test_nothing_readable_says_why_and_what_to_do(tmp_path: Path) -> None:
    for number in range(7):
        (tmp_path / f"{number}.xyz").write_text("text")
    with pytest.raises(CorpusError) as error:
        load(tmp_path)
    message = str(error.value)
    assert message.count("unknown format .xyz") == 5
    assert "and 2 more" in message
    assert ".docx" in message


@pytest.mark.parametrize("sources", [(), ("empty",)])
def test_no_file_at_all_is_an_error(sources: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="Give files"):
        load(*(tmp_path / source for source in sources))


def test_title_falls_back_on_the_id_where_there_are_no_words(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("---\n***\n")
    assert load(tmp_path).documents[0].title == "a.txt"


def test_half_a_surrogate_pair_is_refused(tmp_path: Path) -> None:
    lines = ['{"text": "whole \\ud83d\\ude00"}', '{"text": "half \\ud83d"}', '{"text": "title", "title": "\\ude00"}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    corpus = load(tmp_path)
    assert [document.text for document in corpus.documents] == ["whole 😀"]
    assert [entry.path for entry in corpus.skipped] == [f"{tmp_path / 'a.jsonl'}#2", f"{tmp_path / 'a.jsonl'}#3"]


def test_file_that_may_not_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("They talked.")
    (tmp_path / "b.txt").write_text("They met.")
    (tmp_path / "b.txt").chmod(0)
    if os.access(tmp_path / "b.txt", os.R_OK):
        pytest.skip("root may open everything")
    assert load(tmp_path).skipped[0].reason == "can't be opened: Permission denied"


def test_corpus_is_frozen() -> None:
    corpus = Corpus((), ())
    with pytest.raises(AttributeError):
        corpus.documents = ()  # type: ignore[misc]


def test_importing_loads_no_parser() -> None:
    parsers = {"torch", "trafilatura", "pypdf", "docx", "lxml", "yaml", "markdown_it", "charset_normalizer"}
    code = f"import sys, qa.corpus; print(sorted({parsers} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=SEEDS.parent)
    assert run.stdout.strip() == "[]"
