from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from qa.corpus import load
from qa.corpus.squad import read_squad
from qa.errors import UnreadableFile

DATA = {
    "version": "v2.0",
    "data": [
        {
            "title": "Super_Bowl_50",
            "paragraphs": [{"context": " The game was in 2016.", "qas": []}, {"qas": []}],
        },
        {"title": "Broken"},
        {
            "title": None,
            "paragraphs": [
                {"context": "The Broncos won.", "qas": [{"question": "Who?", "is_impossible": True}]},
                {"context": " The game was in 2016.", "qas": []},
            ],
        },
    ],
}


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_each_distinct_paragraph_is_a_document(name: str, tmp_path: Path) -> None:
    data = json.dumps(DATA).encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    corpus = load(tmp_path)
    assert [(document.id, document.title, document.text) for document in corpus.documents] == [
        (f"{name}#1", "Super Bowl 50", " The game was in 2016."),
        (f"{name}#3", "The Broncos won.", "The Broncos won."),
    ]
    assert corpus.documents[0].sources == (f"{name}#1", f"{name}#4")
    assert [entry.reason for entry in corpus.skipped] == [
        'paragraph 2, of article 1, has no "context"',
        'article 2 has no list of "paragraphs"',
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[1]", "no SQuAD file"),
        ('{"data": {}}', "no SQuAD file"),
        ('{"name": "package"}', "no SQuAD file"),
    ],
)
def test_other_json_is_named(content: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(UnreadableFile, match=reason):
        list(read_squad(path))
