from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.types import Alternative, Answer, Citation, Document, Hit, Passage
from qa.ui.render import (
    confidence_in_words,
    percent,
    render_answer,
    render_conversation,
    render_document,
    render_examples,
)
from qa.ui.session import Exchange

HOSTILE = (
    '<script>alert(1)</script> "><img src=x onerror=alert(2)> ${alert(3)} {{alert}} [x](javascript:alert(4)) \u202eback'
)


class Page(HTMLParser):
    """Collects what a browser would make of the HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def marks(html: str) -> list[str]:
    return [unescape(inner) for inner in re.findall(r"<mark[^>]*>(.*?)</mark>", html, re.DOTALL)]


def citation(number: int, document: Document, quote: str, context: str) -> Citation:
    context_start = document.text.index(context)
    start = document.text.index(quote, context_start)
    return Citation(
        number, document.id, document.title, start, start + len(quote), quote, context, context_start, probability=0.9
    )


def hit(document: Document, text: str) -> Hit:
    start = document.text.index(text)
    return Hit(Passage(document.id, start, start + len(text), text, (start,)), score=1.0)


HARBOUR = Document("a/harbour.txt", "The port is old. Ann & Bob <founded> it\r\nin 1820. It froze.", "Harbour")
SECOND = Document("b.txt", "It was Ann & Bob <founded> who came.", HOSTILE)
TITLES = {d.id: d.title for d in (HARBOUR, SECOND)}


def test_the_quote_is_marked_in_its_sentence() -> None:
    first = citation(1, HARBOUR, "Ann & Bob <founded> it\r\nin 1820", "Ann & Bob <founded> it\r\nin 1820.")
    html = render_answer(Answer("Who?", first.text, 0.93, (first,)), {})
    assert marks(html) == [first.text]
    assert "Very likely right" in html
    assert "93%" in html


def test_every_citation_is_a_button_that_says_where_it_leads() -> None:
    cited = (
        citation(1, HARBOUR, "Ann & Bob", "Ann & Bob <founded> it\r\nin 1820."),
        citation(2, SECOND, "Ann & Bob", SECOND.text),
    )
    html = render_answer(Answer("Who?", "Ann & Bob", 0.6, cited), {})
    chips = [attributes for tag, attributes in Page(html).tags if tag == "button"]
    assert [(c["data-document"], c["data-start"], c["data-end"]) for c in chips] == [
        ("a/harbour.txt", "17", "26"),
        ("b.txt", "7", "16"),
    ]
    assert "[1]</span> <bdi>Harbour" in html
    assert "[2]</span> <bdi>&lt;script&gt;" in html


def test_alternatives_and_what_was_read_unfold() -> None:
    first = citation(1, HARBOUR, "Ann", "Ann & Bob <founded> it\r\nin 1820.")
    other = citation(1, SECOND, "came", SECOND.text)
    html = render_answer(
        Answer(
            "Who?",
            "Ann",
            0.6,
            (first,),
            (Alternative("came", 0.04, (other,)),),
            (replace(hit(HARBOUR, "The port is old."), read=True), hit(SECOND, SECOND.text)),
            {"total": 0.414},
        ),
        TITLES,
    )
    assert re.findall("<summary>(.*?)</summary>", html) == ["1 other reading", "1 of 2 passages read in 0.41 s"]
    assert '<q dir="auto">came</q> <span class="percent">4%' in html


def test_each_of_several_answers_stands_in_its_sentence_with_its_citations() -> None:
    first, second = (
        citation(1, HARBOUR, "Ann", "Ann & Bob <founded> it\r\nin 1820."),
        citation(2, SECOND, "Bob", SECOND.text),
    )
    items = (Alternative("Ann", 0.8, (first,)), Alternative("Bob", 0.6, (second,)))
    html = render_answer(Answer("Who came?", "Ann", 0.8, (first,), items=items), TITLES)
    assert marks(html) == ["Ann", "Bob"]
    assert re.findall(r"\[(\d)\]", html) == ["1", "2"]
    assert [words in html for words in ("80%", "60%")] == [True, True]


def test_what_can_be_done_fits_the_reply() -> None:
    answered = Exchange("Who?", "", Answer("Who?", "Ann", 0.9, asked_as="Who came?"))
    silent = Exchange("Who?", "", Answer("Who?", None, 0.1), vote="down")
    for exchange, names in (
        (Exchange("Who?", "", pending=True), []),
        (Exchange("Who?", ""), ["Edit", "Ask again"]),
        (answered, ["Edit", "Correct", "Copy", "Ask again"]),
        (silent, ["Edit", "Ask again", "Save"]),
        (replace(answered, vote="down"), ["Edit", "Correct", "Copy", "Ask again", "Save", "The articles don’t say"]),
        (replace(answered, vote="down", corrected=True), ["Edit", "Correct", "Copy", "Ask again"]),
    ):
        html = render_conversation([exchange])
        assert re.findall(r'<button[^>]*class="tool"[^>]*>([^<]+)</button>', html) == names
        assert ("Asked as:" in html) == (exchange.answer is not None and exchange.answer.asked_as is not None)


def test_silence_says_so_and_shows_what_came_nearest() -> None:
    hits = (hit(HARBOUR, "The port is old."), hit(SECOND, SECOND.text))
    html = render_answer(Answer("Why?", None, 0.12, hits=hits), TITLES)
    assert "The articles don’t answer this." in html
    assert "12%" in html
    assert marks(html) == []
    buttons = [attributes for tag, attributes in Page(html).tags if tag == "button"]
    assert [(b["data-document"], b["data-kind"]) for b in buttons] == [
        ("a/harbour.txt", "passage"),
        ("b.txt", "passage"),
    ]


def test_silence_folds_all_but_the_nearest_passages() -> None:
    hits = tuple(hit(HARBOUR, "The port is old.") for _ in range(8))
    html = render_answer(Answer("Why?", None, 0.12, hits=hits), TITLES)
    assert html.index("5 more passages read") > html.index('class="passages"')
    assert html.count('class="passage"') == 8


def test_silence_without_a_passage_is_still_an_answer() -> None:
    assert "don’t answer" in render_answer(Answer("Why?", None, 0.0), {})


def test_nothing_hostile_becomes_markup() -> None:
    document = Document(
        HOSTILE, HOSTILE, HOSTILE, url=HOSTILE, published=HOSTILE, author=HOSTILE, sources=(HOSTILE,) * 2
    )
    cited = Citation(1, HOSTILE, HOSTILE, 0, 8, HOSTILE[:8], HOSTILE, 0, 0.5)
    passages = (Hit(Passage(HOSTILE, 0, len(HOSTILE), HOSTILE, (0,)), 1.0),)
    several = (Alternative(HOSTILE, 0.6, (cited,)), Alternative(HOSTILE, 0.5, (cited,)))
    talked = Answer(HOSTILE, HOSTILE[:8], 0.5, (cited,), asked_as=HOSTILE, items=several)
    pages = [
        render_document(document, 3, 30),
        render_document(document, 0, 0, "whole"),
        render_answer(talked, {}),
        render_answer(
            Answer(HOSTILE, HOSTILE[:8], 0.5, (cited,), (Alternative(HOSTILE, 0.1, (cited,)),), passages), {}
        ),
        render_answer(Answer(HOSTILE, None, 0.1, hits=passages), {HOSTILE: HOSTILE}),
        render_conversation([Exchange(HOSTILE, "", talked, vote="down")]),
        render_examples([HOSTILE]),
    ]
    for html in pages:
        for tag, attributes in Page(html).tags:
            assert tag not in ("script", "img")
            assert not [name for name in attributes if name.startswith("on")]
            assert not (attributes.get("href") or "").startswith("javascript")


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://example.org/a?b=1&c=2", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("JAVASCRIPT://example.org/%0aalert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("//example.org", False),
        ("http://[broken", False),
        ("https:", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url: str | None, linked: bool) -> None:
    html = render_document(Document("a", "text", "Title", url=url), 0, 4)
    assert [a["href"] for tag, a in Page(html).tags if tag == "a"] == ([url] if linked else [])


@pytest.mark.parametrize(
    ("published", "shown"),
    [
        ("2014-12-30", "30 December 2014"),
        ("2014-12-30T17:28:00Z", "30 December 2014"),
        ("last <week>", "last &lt;week&gt;"),
    ],
)
def test_the_date_is_written_out(published: str, shown: str) -> None:
    assert shown in render_document(Document("a", "text", "Title", published=published), 0, 4)


def test_an_article_found_twice_names_its_other_place() -> None:
    html = render_document(Document("a", "text", "Title", sources=("a", "copy/a")), 0, 4)
    assert "Also at <bdi>copy/a</bdi>" in html


@given(st.text(), st.integers(0, 50), st.integers(0, 50))
def test_the_article_is_shown_whole_and_marked_exactly(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    end = min(start + length, len(text))
    html = render_document(Document("a", text, "Title"), start, end)
    body = html[html.index('<div class="text"') :].removesuffix("</div></article>")
    assert marks(body) == [text[start:end]]
    # Character references for control characters mean something else to a browser; only \r is written as one.
    assert unescape(re.sub(r"<[^>]*>", "", body)) == text


def test_probabilities_never_claim_certainty() -> None:
    assert (percent(1.0), percent(0.0)) == ("99%", "1%")
    words = [confidence_in_words(p / 100) for p in range(101)]
    assert len(set(words)) == 4
