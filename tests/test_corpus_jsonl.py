from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from qa.corpus import jsonl, load
from qa.corpus.jsonl import FIRST_LINES, MOST_LINE_BYTES, NAMED_BAD_LINES, read_jsonl
from qa.corpus.records import Record, Skipped
from qa.errors import UnreadableFile


def test_record_is_taken_as_it_is(tmp_path: Path) -> None:
    record = {
        "text": " They\r\ntalked. ",
        "title": "Talks",
        "url": "https://example.org/1",
        "published": "2014-12-30",
        "author": "Jane Doe",
        "page": 3,
        "tags": ["a", "é"],
        "none": None,
    }
    (tmp_path / "a.jsonl").write_text(json.dumps(record))
    (document,) = load(tmp_path).documents
    assert (document.id, document.text, document.title) == ("a.jsonl#1", " They\r\ntalked. ", "Talks")
    assert (document.url, document.published, document.author) == ("https://example.org/1", "2014-12-30", "Jane Doe")
    assert document.metadata == {"page": "3", "tags": '["a", "é"]'}


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_bad_lines_are_named_and_the_others_kept(name: str, tmp_path: Path) -> None:
    lines = [
        b'\xef\xbb\xbf{"text": "First."}\r',
        b"{",
        b"[1]",
        b'{"title": "none"}',
        b'{"text": 5}',
        b'{"text": "  "}',
        b'{"text": "\xff"}',
        b"[" * 100_000,
        b"",
        b'{"text": "Last.", "title": ""}',
    ]
    data = b"\n".join(lines)
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    corpus = load(tmp_path)
    assert [(document.id, document.title) for document in corpus.documents] == [
        (f"{name}#1", "First."),
        (f"{name}#10", "Last."),
    ]
    assert {entry.path for entry in corpus.skipped} == {str(tmp_path / name)}
    starts = [
        "line 2: is not JSON",
        "line 3: is a JSON list",
        "line 4: has no text",
        "line 5: has no text",
        "line 6: has no text",
        "line 7: is not UTF-8",
        "line 8: is nested too deeply",
    ]
    for entry, start in zip(corpus.skipped, starts, strict=True):
        assert entry.reason.startswith(start)


def test_a_line_nested_to_any_depth_costs_no_other(tmp_path: Path) -> None:
    nested = (f'{{"text": "Deep.", "more": {"[" * depth}{"]" * depth}}}' for depth in range(800, 1100))
    (tmp_path / "a.jsonl").write_text("\n".join([*nested, '{"text": "They talked."}']), encoding="utf-8")
    assert load(tmp_path).documents[-1].text == "They talked."


def test_many_bad_lines_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "Good."}\n' + "bad\n" * (FIRST_LINES + 1) + '{"text": "Good too."}')
    entries = list(read_jsonl(path))
    assert [entry.text for entry in entries if isinstance(entry, Record)] == ["Good.", "Good too."]
    skipped = [entry for entry in entries if isinstance(entry, Skipped)]
    assert len(skipped) == NAMED_BAD_LINES + 1
    assert skipped[-1].reason == f"and {FIRST_LINES + 1 - NAMED_BAD_LINES} more lines that hold no record"


def test_file_that_begins_with_no_record_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("bad\n" * FIRST_LINES + '{"text": "Too late."}')
    with pytest.raises(UnreadableFile, match="holds no record in its first"):
        list(read_jsonl(path))


def test_line_that_is_too_long_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "One."}\n{"text": "' + "x" * (MOST_LINE_BYTES * 2) + '"}\n{"text": "Three."}\n')
    corpus = load(path)
    assert [document.id for document in corpus.documents] == ["a.jsonl#1", "a.jsonl#3"]
    assert corpus.skipped == (Skipped(str(path), "line 2: is longer than 16 MB"),)


def test_records_before_the_bound_or_a_damage_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'{"text": "Line %d."}\n'
    data = b"".join(line % number for number in range(10_000))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(data)[:-8])
    corpus = load(tmp_path)
    assert len(corpus.documents) == 10_000
    assert "gzip data is damaged" in corpus.skipped[0].reason
    monkeypatch.setattr(jsonl, "MOST_STREAMED_BYTES", len(line % 0) * 5)
    corpus = load(tmp_path)
    assert len(corpus.documents) == 5
    assert "holds more than" in corpus.skipped[0].reason
