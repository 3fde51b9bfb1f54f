from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from qa.types import Alternative, Answer, Citation
from qa.ui.export import cited, export_markdown

TITLE = "[News](javascript:alert) <b>*today*</b>\nand tomorrow"


def citation(number: int, text: str, context: str, document: str = "a_b.txt") -> Citation:
    return Citation(number, document, TITLE, 100 + context.index(text), 100 + context.index(text) + len(text), text,
                    context, 100, 0.8)  # fmt: skip


ONE = citation(1, "Ann <i>&\nBob</i>", "It was Ann <i>&\nBob</i> who came.")
TWO = citation(2, "Carl", "Carl came, too.")
SINGLE = Answer("Who *came*?", ONE.text, 0.8, (ONE,), asked_as="Who came to Ann_s?")
SEVERAL = Answer(
    "Who?", ONE.text, 0.8, (ONE,), items=(Alternative(ONE.text, 0.8, (ONE,)), Alternative("Carl", 0.6, (TWO,)))
)


def test_a_quote_is_copied_with_its_place() -> None:
    assert cited(SEVERAL) == (
        f"“{ONE.text}” — [News](javascript:alert) <b>*today*</b> and tomorrow (a_b.txt, characters 107-123)\n"
        "“Carl” — [News](javascript:alert) <b>*today*</b> and tomorrow (a_b.txt, characters 100-104)"
    )
    assert cited(Answer("Why?", None, 0.1)) == ""


def test_the_export_has_every_quote_and_a_note_for_each_citation() -> None:
    text = export_markdown([SINGLE, SEVERAL, Answer("Why?", None, 0.1)])
    assert "## Who \\*came\\*?" in text
    assert "Asked as: Who came to Ann\\_s?" in text
    assert text.count("characters 107-123") == 2
    assert [f"[^{number}]:" in text for number in (1, 2, 3, 4)] == [True, True, True, False]
    assert "The articles don't answer this." in text


def test_nothing_in_an_article_acts_in_the_export() -> None:
    html = MarkdownIt("js-default").render(export_markdown([SINGLE]))
    assert "<a" not in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert html.count("<strong>") == 1
    assert html.count("<em>") == 0


@pytest.mark.parametrize("line", ["- Ann came.", "+ Ann came.", "12. Ann came.", "3) It was Ann."])
def test_a_line_of_a_list_is_quoted_as_it_stands(line: str) -> None:
    html = MarkdownIt("js-default").render(export_markdown([Answer("Who?", "Ann", 0.8, (citation(1, "Ann", line),))]))
    assert "<li>" not in html
    assert line.replace("Ann", "<strong>Ann</strong>") in html
