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

DEPTH = 12


def rankings(least: int, most: int) -> st.SearchStrategy[list[tuple[int, float]]]:
    hundredths = st.integers(100 * least, 100 * most).map(lambda number: number / 100)
    scores = st.dictionaries(st.integers(0, 50), hundredths, max_size=DEPTH)
    return scores.map(lambda found: sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def test_fusion_adds_the_cosine_and_the_share_of_the_best_word_score() -> None:
    assert fuse([(7, 0.5), (3, 0.375)], [(3, 12.0), (7, 3.0)], 2) == [(3, 0.575), (7, 0.55)]
    assert fuse([(4, 0.5), (2, 0.5)], [], 5) == [(2, 0.5), (4, 0.5)]
    assert fuse([], [], 5) == []


def test_a_passage_that_one_ranking_was_cut_off_before_scores_as_its_last() -> None:
    dense, lexical = [(1, 0.75), (2, 0.5)], [(3, 8.0), (1, 6.0)]
    assert fuse(dense, lexical, 2) == [(1, 0.9), (3, 0.7), (2, 0.65)]
    assert fuse(dense, lexical, 3) == [(1, 0.9), (2, 0.5), (3, 0.2)], "nothing was cut off: 2 shares no word"


@given(rankings(-1, 1), rankings(1, 60))
def test_fusion_names_each_once_and_keeps_to_an_order_that_both_share(
    dense: list[tuple[int, float]], lexical: list[tuple[int, float]]
) -> None:
    fused = fuse(dense, lexical, DEPTH)
    numbers = [number for number, _ in fused]
    assert sorted(numbers) == sorted({number for number, _ in (*dense, *lexical)})
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)
    if len(lexical) < DEPTH:  # whatever shares no word is left in the order of its vectors
        without = [number for number, _ in dense if number not in dict(lexical)]
        assert [number for number in numbers if number in without] == without


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
        assert hit.dense_rank is not None
        assert (hit.lexical_rank is not None) == ("instagram" in hit.passage.text.lower())
    dense, lexical = seeds_index.dense(encoder.encode_question("Instagram"), 100), seeds_index.lexical("Instagram", 100)
    assert [hit.score for hit in hits] == [score for _, score in fuse(dense, lexical, 100)]
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
