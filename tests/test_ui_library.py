from __future__ import annotations

from qa.types import Document
from qa.ui.library import Library, render_library, render_progress

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
CORPUS = (Document("a.txt", "", "Alpha", published="2014-12-30"), Document(HOSTILE, "", HOSTILE))


def test_each_article_can_be_chosen_and_read() -> None:
    html = render_library(Library(CORPUS, 2, left_out=frozenset({"a.txt"})))
    assert "1 of 2 asked" in html
    assert html.count('type="checkbox"') == 2
    assert html.count(" checked") == 1
    assert "30 December 2014" in html
    assert "Remove" not in html
    assert "<script" not in html
    assert "<img" not in html


def test_their_own_can_be_removed_and_where_allowed_kept() -> None:
    own = (Document("yours/b.txt", "", "Bravo"),)
    html = render_library(Library(CORPUS, 2, own))
    assert html.count('data-remove="yours/b.txt"') == 1
    assert 'class="keep"' not in html
    assert 'class="keep"' in render_library(Library(CORPUS, 2, own, may_keep=True))


def test_a_large_corpus_says_how_many_more_there_are() -> None:
    assert "… and 1,998 more." in render_library(Library(CORPUS, 2000))
    assert "all 2,000 asked" in render_library(Library(CORPUS, 2000))


def test_progress_says_what_is_done() -> None:
    assert 'max="10" value="3" aria-label="Indexing"' in render_progress("encode", 3, 10)
