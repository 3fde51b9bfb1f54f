from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_index import DOCUMENTS, RECORD, build, numbers, vectors

from qa.errors import IndexOutdated, UnknownDocument
from qa.index import Index, Joined
from qa.types import Document

MORE = (
    Document("yours/e.txt", "Echo met Bravo and Bravo. Echo ran.", "Echo"),
    Document("yours/f.txt", "Alpha abc abc.", "Foxtrot"),
)


@pytest.fixture
def joined(tmp_path: Path) -> Iterator[Joined]:
    build(tmp_path / "corpus", DOCUMENTS)
    build(tmp_path / "index", MORE)
    with Index.open(tmp_path / "corpus") as corpus, Index.open(tmp_path / "index") as own:
        yield Joined(corpus, own)


def test_dense_ranks_as_one_index_of_everything_would(joined: Joined, tmp_path: Path) -> None:
    build(tmp_path / "whole", DOCUMENTS + MORE)
    whole = Index.open(tmp_path / "whole")
    for text in ("ccc", "ab", "bravo"):
        question = vectors([text])[0]
        expected, found = whole.dense(question, 100), joined.dense(question, 100)
        assert [number for number, _ in found] == [number for number, _ in expected]
        assert joined.dense(question, 3) == found[:3]
    assert joined.passages(range(whole.passage_count)) == whole.passages(range(whole.passage_count))
    assert list(joined.documents()) == [*DOCUMENTS, *MORE]
    assert joined.identifiers() == whole.identifiers()


def test_words_weigh_as_much_in_either(joined: Joined) -> None:
    found = joined.lexical("Bravo", 10)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    documents = [passage.document for passage in joined.passages(numbers(found))]
    assert set(documents) == {"a.txt", "b/c.txt", "yours/e.txt"}
    best = [document for document, (_, score) in zip(documents, found, strict=True) if score == 1]
    assert best[-1] == "yours/e.txt"
    assert len(best) == 2, "the best of each, that of the corpus first"
    assert joined.lexical("Bravo", 1) == found[:1]
    only = joined.lexical("Bravo", 10, {"document": {"yours/e.txt"}})
    assert {passage.document for passage in joined.passages(numbers(only))} == {"yours/e.txt"}


def test_documents_are_found_in_either(joined: Joined) -> None:
    assert joined.document("a.txt") == DOCUMENTS[0]
    assert joined.document("yours/f.txt") == MORE[1]
    with pytest.raises(UnknownDocument, match="'x'"):
        joined.document("x")


def test_indexes_of_two_encoders_cannot_be_joined(joined: Joined, tmp_path: Path) -> None:
    build(tmp_path / "other", MORE, encoder=replace(RECORD, name="four-letters", fingerprint="1" * 16))
    with pytest.raises(IndexOutdated, match="three-letters and four-letters"):
        Joined(Index.open(tmp_path / "index"), Index.open(tmp_path / "other"))
    assert joined.dense(np.array([1, 0, 0], dtype=np.float32), 1)
