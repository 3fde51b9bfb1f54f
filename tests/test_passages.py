from __future__ import annotations

import base64
import itertools
import random
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa.encoder import Encoder
from qa.passages import count_tokens, sentence_spans, split
from qa.types import Document

TEXTS = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(list("ab .!?,;\n\r\f\t“”’\"'()1é—。،\u0301\u200d\u202e\u05d0\u0633🙂👩🏽")),
    ),
    max_size=400,
)


def document(text: str) -> Document:
    return Document("a.txt", text, "A")


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.integers(16, 60), st.integers(0, 3))
@example("Title\r\n\r\nFirst sentence. “Second?” he said.\fNext page.", 16, 1)
@example("e\u0301" * 200, 16, 2)
@example("\u202eשלום. עולם! " * 20, 16, 1)
@example("👩‍👩‍👧" * 100, 16, 0)
def test_passages_are_exact_slices_that_cover_the_document_within_the_budget(
    text: str, tokens: int, overlap: int
) -> None:
    passages = split(document(text), tokens=tokens, overlap=overlap)
    covered = set()
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text == passage.text.strip() != ""
        assert count_tokens(passage.text) <= tokens
        assert passage.sentences[0] == passage.start
        assert all(passage.start <= start < passage.end for start in passage.sentences)
        assert list(passage.sentences) == sorted(set(passage.sentences))
        covered.update(range(passage.start, passage.end))
    assert all(text[at].isspace() for at in range(len(text)) if at not in covered)
    assert [p.start for p in passages] == sorted({p.start for p in passages})
    assert [p.end for p in passages] == sorted({p.end for p in passages})


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(2, 50))
def test_no_passage_is_larger_than_fits_allows(text: str, most: int) -> None:
    passages = split(document(text), tokens=60, overlap=1, fits=lambda piece: len(piece) <= most)
    assert all(len(passage.text) <= most for passage in passages)
    covered = {at for passage in passages for at in range(passage.start, passage.end)}
    assert all(text[at].isspace() for at in range(len(text)) if at not in covered)


@pytest.mark.parametrize(
    "sentence",
    [
        "The head gave Mr. de Blasio a lecture.",
        "They spoke about the Rev. Al Sharpton.",
        "They ate lunch in Brooklyn on Dec. 20 in their car.",
        "“Then what is the purpose of this call?’ ” one of the lawmakers said.",
    ],
)
def test_abbreviations_and_closing_quotes_end_no_sentence(sentence: str) -> None:
    assert sentences(f"{sentence} Another one.") == [sentence, "Another one."]


@pytest.mark.parametrize(
    ("first", "gap", "second"),
    [
        ("Peace at last", "\n\n", "The mayor spoke"),
        ("Peace at last", "\r\n \r\n", "The mayor spoke"),
        ("end of a page", "\f", "start of a page"),
        ("By ABC News", "\n", "December 30, 2014, 5:28 in the afternoon"),
        ("# Heading", "\n", "body text that follows it"),
        ("- milk", "\r\n", "- bread"),
    ],
)
def test_a_line_break_made_on_purpose_ends_a_sentence(first: str, gap: str, second: str) -> None:
    assert sentences(first + gap + second) == [first, second]


@pytest.mark.parametrize(
    "text",
    [
        "the funeral of officer Rafael Ramos,\naccording to the Post",
        "the quick brown fox jumps over\nLazy Dog and then it runs away",
        "the quick brown fox jumps over\r\nLazy Dog and then it runs away",
        "the quick brown fox jumps over\rLazy Dog and then it runs away",
    ],
)
def test_a_line_break_within_a_sentence_does_not(text: str) -> None:
    assert sentences(text) == [text]


def test_passages_repeat_whole_sentences(seed_documents: tuple[Document, ...]) -> None:
    for seed in seed_documents:
        starts = {start for start, _ in sentence_spans(seed.text)}
        passages = split(seed, tokens=160, overlap=1)
        assert {start for passage in passages for start in passage.sentences} == starts
        for before, after in itertools.pairwise(passages):
            assert after.start == before.sentences[-1]


def test_a_long_sentence_is_cut_between_clauses_then_words() -> None:
    clauses = "when the mayor came to the station, the officers turned away, " * 20
    for passage in split(document(clauses), tokens=40, overlap=0):
        assert passage.text.endswith(",")
    words = "station officers mayor funeral " * 100
    for passage in split(document(words), tokens=40, overlap=0):
        assert set(passage.text.split()) <= set(words.split())


def test_a_cut_anywhere_leaves_marks_with_their_letters() -> None:
    for passage in split(document("e\u0301" * 500), tokens=16, overlap=0):
        assert passage.text[0] == "e"
        assert passage.text[-1] == "\u0301"


@pytest.mark.model
def test_the_encoder_reads_every_passage_whole(encoder: Encoder, seed_documents: tuple[Document, ...]) -> None:
    hostile = [
        "ꙮ" * 5000,
        base64.b64encode(random.Random(0).randbytes(20_000)).decode(),
        "!?" * 5000,
        "ܐ ܒ " * 3000,
        "北京" * 3000,
    ]
    for source in [*seed_documents, *map(document, hostile)]:
        passages = split(source, tokens=160, overlap=1, fits=encoder.fits)
        assert passages
        assert all(encoder.fits(passage.text) for passage in passages)
    assert not encoder.fits("!?" * 5000)


@pytest.mark.parametrize("text", ["word " * 200_000, "a" * 1_000_000, " " * 1_000_000 + "x", "\n \n" * 300_000 + "x"])
def test_a_line_of_a_megabyte_takes_seconds(text: str) -> None:
    start = time.process_time()
    assert split(document(text), tokens=160, overlap=1)
    assert time.process_time() - start < 20


def test_an_empty_document_has_no_passages() -> None:
    assert split(document(""), tokens=160, overlap=1) == ()
    assert split(document(" \r\n\f"), tokens=160, overlap=1) == ()
