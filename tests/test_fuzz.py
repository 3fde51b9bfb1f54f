"""Anything at all as input: files, documents, questions, indexes. What comes out is right, or an error with a reason.

A short run here; ``QA_FUZZ=100000 python -m pytest tests/test_fuzz.py`` for a long one.
"""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_index import DOCUMENTS
from test_index_updating import build, vectors

from qa.corpus.formats import FORMATS
from qa.corpus.records import Record, Skipped
from qa.engine import QA
from qa.errors import IndexUnusable, QuestionError, UnreadableFile
from qa.index import Index
from qa.passages import split
from qa.types import Document

EXAMPLES = int(os.environ.get("QA_FUZZ", "60"))
TEXT = "Zebras in Zanzibar\n\nThe keeper of the zebras is Professor Quagga. He has kept them since 1999.\n"
fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _pdf() -> bytes:
    """Return a page of text; the offsets of its parts are wrong, which readers forgive."""
    content = b"BT /F1 12 Tf 72 700 Td (The keeper is Professor Quagga.) Tj ET"
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>endobj\n4 0 obj<</Length " + str(len(content)).encode() + b">>stream\n"
        + content + b"\nendstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
        b"trailer<</Root 1 0 R/Size 6>>\nstartxref\n0\n%%EOF"
    )  # fmt: skip


def _docx() -> bytes:
    import docx

    word = docx.Document()
    word.add_heading("Zebras")
    word.add_paragraph(TEXT)
    word.add_table(2, 2).cell(0, 0).text = "Quagga"
    stream = io.BytesIO()
    word.save(stream)
    return stream.getvalue()


_LINE = json.dumps({"text": TEXT, "title": "Zebras", "url": "https://example.org", "keeper": "Quagga"}).encode() + b"\n"
_SQUAD = json.dumps({"data": [{"title": "Zebras", "paragraphs": [{"context": TEXT, "qas": []}]}]}).encode()
SAMPLES: dict[str, bytes] = {
    ".txt": TEXT.encode(),
    ".md": b"---\ntitle: Zebras\nauthor: Q\n---\n# Zebras\n\n" + TEXT.encode(),
    ".html": b"<html><head><title>Zebras</title></head><body><p>" + TEXT.encode() + b"</p></body></html>",
    ".pdf": _pdf(),
    ".docx": _docx(),
    ".jsonl": _LINE * 3,
    ".jsonl.gz": gzip.compress(_LINE * 3, mtime=0),
    ".json": _SQUAD,
    ".json.gz": gzip.compress(_SQUAD, mtime=0),
}


@st.composite
def mutated(draw: Callable[..., object], sample: bytes) -> bytes:
    """Draw a sample with parts cut out, doubled, put in or flipped; or something else altogether."""
    data = bytearray(sample)
    for _ in range(draw(st.integers(0, 6))):  # type: ignore[call-overload]
        at = draw(st.integers(0, len(data)))
        to = min(len(data), at + draw(st.integers(0, 40)))  # type: ignore[operator]
        piece = draw(st.sampled_from([b"", bytes(data[at:to]) * 2, None]))  # type: ignore[misc]
        data[at:to] = draw(st.binary(max_size=20)) if piece is None else piece  # type: ignore[index]
    return bytes(data)


@pytest.mark.parametrize("suffix", list(SAMPLES))
def test_the_samples_themselves_are_read(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"sample{suffix}"
    file.write_bytes(SAMPLES[suffix])
    (first, *_) = FORMATS[suffix](file)
    assert isinstance(first, Record)
    assert "Quagga" in first.text


@pytest.mark.parametrize("suffix", list(SAMPLES))
@fuzzed
@given(data=st.data())
def test_any_file_is_read_or_refused_with_a_reason(suffix: str, data: st.DataObject, tmp_path: Path) -> None:
    file = tmp_path / f"fuzzed{suffix}"
    file.write_bytes(data.draw(mutated(SAMPLES[suffix]) | st.binary(max_size=200)))  # type: ignore[call-arg]
    try:
        for entry in FORMATS[suffix](file):
            assert isinstance(entry, Record | Skipped)
            if isinstance(entry, Record):
                assert isinstance(entry.text, str)
                assert all(isinstance(value, str) for value in entry.metadata.values())
            else:
                assert entry.reason
    except UnreadableFile as error:
        assert error.reason
        assert error.path == str(file)


@fuzzed
@given(text=st.text(max_size=400), tokens=st.integers(16, 40), overlap=st.integers(0, 3))
def test_any_text_is_cut_into_passages_that_stand_where_they_say(text: str, tokens: int, overlap: int) -> None:
    covered = set()
    for passage in split(Document("a", text, "A"), tokens=tokens, overlap=overlap):
        assert text[passage.start : passage.end] == passage.text
        covered |= set(range(passage.start, passage.end))
    assert all(at in covered or character.isspace() for at, character in enumerate(text))


@fuzzed
@given(data=st.data())
def test_any_change_to_an_index_is_found_when_it_is_opened(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("fuzz") / "index"
    build(folder, DOCUMENTS)
    names = [name for name in ("manifest.json", *Index.open(folder).manifest.files) if "encoder" not in name]
    file = folder / data.draw(st.sampled_from(names))
    before = file.read_bytes()
    after = data.draw(mutated(before))  # type: ignore[call-arg]
    file.write_bytes(after)
    try:
        with Index.open(folder) as index:
            assert after == before or file.name == "manifest.json"
            index.dense(vectors(["abc"])[0], 5)
    except IndexUnusable as error:
        assert str(folder) in str(error)


HOSTILE = st.sampled_from(
    [
        *("<script>alert(1)</script>", "'; DROP TABLE documents; --", "../../etc/passwd", "=cmd|' /C calc'!A0", "%s%n"),
        *("\x1b[2J", "\u202e", "שלום", "北京", "🙂" * 50, "e\u0301" * 30, "\ud800", "NULL", "[[x]](javascript:1)"),
    ]
)


@pytest.mark.model
@settings(fuzzed, max_examples=max(15, EXAMPLES // 4))
@given(question=st.text(max_size=300) | HOSTILE | st.lists(HOSTILE, min_size=1, max_size=4).map(" ".join))
def test_any_question_is_answered_with_a_quote_or_not_at_all(seeds_engine: QA, question: str) -> None:
    try:
        answer = seeds_engine.ask(question)
    except QuestionError as error:
        assert str(error)
        return
    json.dumps(answer.to_dict())
    assert 0 <= answer.confidence <= 1
    for citation in answer.citations:
        assert seeds_engine.document(citation.document).text[citation.start : citation.end] == citation.text
