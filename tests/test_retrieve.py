from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.encoder import Encoder
from qa.errors import IndexOutdated
from qa.index import EncoderRecord, Index, write
from qa.passages import split
from qa.retrieve import fuse, retrieve
from qa.types import Document

RANKING = st.lists(st.integers(0, 50), unique=True)


def test_fusion_adds_reciprocal_ranks() -> None:
    assert fuse([7, 3], [3]) == [(3, pytest.approx(1 / 62 + 1 / 61)), (7, pytest.approx(1 / 61))]
    assert fuse([9], [2]) == [(2, pytest.approx(1 / 61)), (9, pytest.approx(1 / 61))]
    assert fuse([], []) == []


@given(RANKING, RANKING)
def test_fusion_names_each_once_and_takes_no_side(one: list[int], other: list[int]) -> None:
    fused = fuse(one, other)
    assert {number for number, _ in fused} == {*one, *other}
    assert len(fused) == len({*one, *other})
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)
    assert [number for number, _ in fused] == [number for number, _ in fuse(other, one)]


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "document", "words"),
    [
        ("Who is the police commissioner?", "002_8d3dbf3cfb4c1bf5.txt", "Police Commissioner Bill Bratton"),
        ("Where was the two-hour meeting held?", "000_4c067cb3905e7eba.txt", "took place in Queens"),
        ("How many officers were killed in Brooklyn?", "002_8d3dbf3cfb4c1bf5.txt", "two NYPD officers were shot"),
        ("Which social network had the killer posted on?", "001_89182a59c33e78cb.txt", "posts on his Instagram"),
    ],
)
def test_the_passage_that_answers_is_retrieved(
    seeds_index: Index, encoder: Encoder, question: str, document: str, words: str
) -> None:
    hits = retrieve(seeds_index, encoder, question, top_k=8, candidates=50)
    assert any(hit.passage.document == document and words in hit.passage.text for hit in hits)
    assert hits == retrieve(seeds_index, encoder, question, top_k=8, candidates=50)


@pytest.mark.model
def test_hits_carry_the_ranks_that_made_their_score(seeds_index: Index, encoder: Encoder) -> None:
    hits = retrieve(seeds_index, encoder, "Instagram", top_k=100, candidates=1)
    assert len(hits) == seeds_index.passage_count
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        ranks = [rank for rank in (hit.dense_rank, hit.lexical_rank) if rank is not None]
        assert hit.score == pytest.approx(sum(1 / (60 + rank) for rank in ranks))
        assert (hit.lexical_rank is not None) == ("instagram" in hit.passage.text.lower())
    assert len(retrieve(seeds_index, encoder, "Instagram", top_k=3, candidates=1)) == 3


@pytest.mark.model
def test_where_keeps_to_one_document(seeds_index: Index, encoder: Encoder) -> None:
    where = {"document": "003_fd4cfd3cd8d78b6a.txt"}
    hits = retrieve(seeds_index, encoder, "Who was eulogized?", top_k=8, candidates=50, where=where)
    assert {hit.passage.document for hit in hits} == {"003_fd4cfd3cd8d78b6a.txt"}


@pytest.mark.model
def test_another_encoder_is_refused(encoder: Encoder, exported_encoder: Path, tmp_path: Path) -> None:
    document = Document("a.txt", "One sentence.", "A")
    write(
        tmp_path,
        [document],
        split=lambda document: split(document, tokens=16, overlap=0),
        embed=encoder.encode_passages,
        encoder=EncoderRecord("other", "0" * 64, encoder.dimension),
        exported=exported_encoder,
        settings={},
    )
    with Index.open(tmp_path) as index, pytest.raises(IndexOutdated, match="built with the encoder other"):
        retrieve(index, encoder, "One?", top_k=1, candidates=1)
