from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.corpus.titles import LONGEST_HEADLINE, LONGEST_OPENING, title_of

BODY = "\n\nThe mayor met the police unions on Tuesday, after weeks of tension, and they talked for hours."


@pytest.mark.parametrize(
    "headline",
    [
        "Mayor meets unions",
        "What did the mayor say?",
        "‘Enough!’",
        "A: the story",
        "Æthelred  the\tUnready",
        "市长会见工会",
    ],
)
def test_first_line_before_a_blank_one_is_the_headline(headline: str) -> None:
    assert title_of(headline + BODY) == " ".join(headline.split())
    assert title_of("\n\r\n" + headline + BODY.replace("\n", "\r\n")) == " ".join(headline.split())


@pytest.mark.parametrize("line", ["They met.", "“They met.”", "They met:", "They met…", "They met (again).", "—"])
def test_first_line_that_ends_like_a_sentence_is_none(line: str) -> None:
    title = title_of(line + BODY)
    assert title is not None
    assert title.startswith(line)
    assert title.endswith("…")


def test_first_line_without_a_blank_one_is_none() -> None:
    text = (
        "The mayor made overtures to police union officials to have a sit-down to resolve their differences,\naccording"
    )
    assert title_of(text) == "The mayor made overtures to police union officials to have a sit-down to resolve…"


def test_long_first_line_is_none() -> None:
    title = title_of("long " * 50 + BODY)
    assert title is not None
    assert len(title) <= LONGEST_OPENING + 1


def test_one_line_is_its_own_title() -> None:
    assert title_of("The mayor met the unions.\n") == "The mayor met the unions."


def test_script_without_spaces_is_cut_at_a_character() -> None:
    assert title_of("市" * 300) == "市" * LONGEST_OPENING + "…"


@pytest.mark.parametrize("text", ["", " \n ", "---", "* * *\n\n***"])
def test_text_without_words_has_no_title(text: str) -> None:
    assert title_of(text) is None


@given(st.text())
def test_title_is_one_line_of_bounded_length(text: str) -> None:
    title = title_of(text)
    assert title is None or (title == " ".join(title.split()) and 0 < len(title) <= LONGEST_HEADLINE)
