from __future__ import annotations

import pytest

from qa.answers import choose, same
from qa.reader.calibration import probability
from qa.types import Passage, Span

TEXT = "Talks were held. Police Commissioner Bill Bratton came, too. Nobody spoke of 20 officers."


def span(text: str, score: float, document: str = "a.txt", source: str = TEXT, offset: int = 0) -> Span:
    starts = (offset, *(offset + at + 2 for at in range(len(source)) if source[at : at + 2] == ". "))
    passage = Passage(document, offset, offset + len(source), source, starts)
    start = offset + source.index(text)
    return Span(passage, start, start + len(text), text, score, probability(score))


def title(document: str) -> str:
    return document.upper()


def test_the_likeliest_span_is_the_answer_quoted_in_its_sentence() -> None:
    choice = choose([span("20 officers", -1.0), span("Bill Bratton", 2.0, offset=100)], title, 0.5)
    assert choice.text == "Bill Bratton"
    assert choice.confidence == pytest.approx(probability(2.0))
    (citation,) = choice.citations
    assert citation.context == "Police Commissioner Bill Bratton came, too."
    assert citation.context_start == 100 + TEXT.index("Police")
    assert citation.context[citation.start - citation.context_start :].startswith("Bill Bratton")
    assert (citation.number, citation.title) == (1, "A.TXT")
    assert [other.text for other in choice.alternatives] == ["20 officers"]


def test_every_article_that_says_the_same_is_cited_once() -> None:
    spans = [
        span("Bill Bratton", 3.0),
        span("Police Commissioner Bill Bratton", 1.0, "b.txt"),
        span("Bratton", 0.5, "b.txt"),
        span("20 officers", 0.0, "c.txt"),
    ]
    choice = choose(spans, title, 0.5)
    assert [(c.number, c.document, c.text) for c in choice.citations] == [
        (1, "a.txt", "Bill Bratton"),
        (2, "b.txt", "Police Commissioner Bill Bratton"),
    ]


def test_of_several_each_that_is_sure_enough_is_an_item_with_numbers_of_its_own() -> None:
    spans = [span("Bill Bratton", 3.0), span("20 officers", 1.0, "c.txt"), span("Bratton", 0.5, "b.txt")]
    spans.append(span("Talks", -2.0))
    choice = choose(spans, title, 0.5, several=True)
    assert (choice.text, choice.confidence) == ("Bill Bratton", probability(3.0))
    assert [item.text for item in choice.items] == ["Bill Bratton", "20 officers"]
    assert [[c.number for c in item.citations] for item in choice.items] == [[1, 2], [3]]
    assert [other.text for other in choice.alternatives] == ["Talks"]


def test_one_answer_alone_is_no_list() -> None:
    choice = choose([span("Bill Bratton", 3.0), span("20 officers", -1.0)], title, 0.5, several=True)
    assert choice.items == ()
    assert [other.text for other in choice.alternatives] == ["20 officers"]


def test_one_place_and_a_bare_quotation_mark_make_no_second_answer() -> None:
    again = TEXT[TEXT.index("Police") :]
    spans = [
        span("Bill Bratton", 3.0),
        span("Commissioner Bill", 2.0, source=again, offset=TEXT.index("Police")),
        span(",", 2.0),
        span("Bratton came", 1.0, "b.txt", source="Bratton came"),
    ]
    choice = choose(spans, title, 0.5, several=True)
    assert [item.text for item in choice.items] == ["Bill Bratton", "Bratton came"]
    assert choose([span(".", 3.0)], title, 0.5).text is None


def test_below_the_threshold_there_is_no_answer_but_its_candidate_is_kept() -> None:
    choice = choose([span("Bill Bratton", -0.1)], title, 0.5)
    assert choice.text is None
    assert choice.citations == ()
    assert choice.confidence == pytest.approx(probability(-0.1))
    assert choice.alternatives[0].text == "Bill Bratton"


def test_a_faint_best_candidate_is_still_named() -> None:
    choice = choose([span("Bill Bratton", -9.0), span("20 officers", -9.5)], title, 0.5)
    assert [other.text for other in choice.alternatives] == ["Bill Bratton"]


def test_no_span_no_answer() -> None:
    choice = choose([], title, 0.0)
    assert (choice.text, choice.confidence, choice.alternatives) == (None, 0.0, ())


def test_a_context_runs_over_all_sentences_that_the_quote_touches() -> None:
    choice = choose([span("held. Police", 2.0)], title, 0.5)
    assert choice.citations[0].context == "Talks were held. Police Commissioner Bill Bratton came, too."


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("two hours", "two-hour", False),
        ("“no yelling”", "no yelling", True),
        ("Lynch", "Patrick Lynch", True),
        ("Patrick", "Patrick Lynch", False),
        ("officers", "Hundreds of officers", True),
        ("thousands of officers", "hundreds of officers", False),
        ("20", "Dec. 20", False),
        ("The", "A", False),
        ("5 million", "1.5 million", False),
        ("500 officers", "3,500 officers", False),
        ("28 PM", "5:28 PM", False),
        ("1.5 million", "some 1.5 million.", True),
        ("the 20th", "Dec. 20th", True),
        ("guilty", "not guilty", False),
        ("yelling", "There was no yelling", False),
        ("the mayor", "Deputy Mayor", False),
        ("$5", "5%", False),
        ("$5 million", "£5 million", False),
        ("$5 million", "5 million", True),
        ("-5 degrees", "5 degrees", False),
        ("2014-15 season", "15 season", False),
        ("C++", "C#", False),
        ("forty-two million", "two million", False),
        ("step-mother", "mother", False),
        ("a two-hour talk", "two hour talk", True),
        ("the mayor’s aides", "mayor's aides", True),
        ("police-union leaders", "union leaders", False),
        ("won’t resign", "resign", False),
        ("West Virginia", "Virginia", False),
        ("New York City Mayor Bill de Blasio", "Bill de Blasio", True),
        ("South Korean President Lee", "President Lee", True),
        ("New Mexico", "Mexico", False),
        ("after Christmas", "Christmas", False),
        ("less than 5 million", "5 million", False),
        ("the widow of Rafael Ramos", "Rafael Ramos", False),
        ("the city of New York", "New York", True),
        ("Ramos and Liu", "Liu", False),
        ("in Brooklyn", "Brooklyn", True),
        ("a patrol car in Brooklyn", "Brooklyn", False),
        ("of Brooklyn", "Brooklyn", False),
    ],
)
def test_same(one: str, other: str, agree: bool) -> None:
    assert same(one, other) is agree
    assert same(other, one) is agree
