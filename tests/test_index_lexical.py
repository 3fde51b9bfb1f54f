from __future__ import annotations

from pathlib import Path

import bm25s
import numpy as np
import pytest
import Stemmer
from bm25s.stopwords import STOPWORDS_EN
from hypothesis import given
from hypothesis import strategies as st

from qa.index.lexical import _STOP_WORDS, Lexical, words, write

SEEDS = Path(__file__).parent.parent / "seeds"
QUESTIONS = [
    "Who is the police commissioner?",
    "police POLICE police",
    "Straße, naïve café: l'été!",
    "What was the mayor's meeting about in a two-hour e-mail?",
    "zzz",
    "0",
    "aa",
    "",
]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    articles = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))]
    return [*(line for article in articles for line in article.splitlines() if line.strip()), "", "… — !"]


def test_the_words_are_those_of_bm25s(texts: list[str]) -> None:
    assert frozenset(STOPWORDS_EN) == _STOP_WORDS
    stemmer = Stemmer.Stemmer("english")
    theirs = bm25s.tokenize(texts + QUESTIONS, stopwords="en", stemmer=stemmer, return_ids=False, show_progress=False)
    assert [words(text) for text in texts + QUESTIONS] == theirs


def test_the_scores_are_those_of_bm25s(texts: list[str], tmp_path: Path) -> None:
    write(tmp_path / "ours", texts)
    ours, theirs = Lexical(tmp_path / "ours", len(texts)), bm25s.BM25()
    vocabulary = {word: number for number, word in enumerate(sorted({word for text in texts for word in words(text)}))}
    theirs.index(([[vocabulary[word] for word in words(text)] for text in texts], vocabulary), show_progress=False)
    for question in QUESTIONS:
        expected = theirs.get_scores(words(question)) if words(question) else np.zeros(len(texts))
        np.testing.assert_allclose(ours.scores(question), expected, rtol=1e-6)
    assert ours.scores(QUESTIONS[0]).max() > 1


def test_an_index_without_words_finds_nothing(tmp_path: Path) -> None:
    write(tmp_path / "blank", ["", "…"])
    write(tmp_path / "empty", [])
    assert Lexical(tmp_path / "blank", 2).best("Who?", 5) == []
    assert Lexical(tmp_path / "empty", 0).best("Who?", 5) == []


WORD = st.sampled_from(["mayor", "police", "union", "officer", "met", "spoke", "left", "queens", "brooklyn"])


@given(
    texts=st.lists(st.lists(WORD, max_size=12).map(" ".join), max_size=60),
    question=st.lists(WORD, max_size=6).map(" ".join),
    k=st.integers(1, 8),
)
def test_the_best_are_those_of_all_scores(
    texts: list[str], question: str, k: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("words") / "words"
    write(folder, texts)
    lexical = Lexical(folder, len(texts))
    scores, best = lexical.scores(question), lexical.best(question, k)
    found = [number for number, _ in best]
    assert [score for _, score in best] == scores[found].tolist()
    assert len(found) == min(k, int((scores > 0).sum()))
    assert len(set(found)) == len(found)
    assert sorted(scores[found], reverse=True) == pytest.approx(sorted(scores, reverse=True)[: len(found)], rel=1e-5)
    assert best == lexical.best(question, k, np.arange(len(texts))) or len({*scores[found]}) < len(found)
