"""HTML: the main text of a page, without menus, scripts and comments."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from qa.corpus.content import read_bytes
from qa.corpus.records import Record
from qa.errors import UnreadableFile

if TYPE_CHECKING:
    from trafilatura.settings import Document as Page


def read_html(path: Path) -> Iterator[Record]:
    """Yield the main text of a page, with the title, date, author and address that the page names."""
    from trafilatura import bare_extraction, html2txt

    data = read_bytes(path)
    # It logs each page that it finds nothing in; that is told once, as the reason.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        extraction = bare_extraction(
            data,
            include_comments=False,
            with_metadata=True,
            # Only a date that the page states: the extensive search guesses from numbers in the text.
            date_extraction_params={"original_date": True, "extensive_search": False},
        )
        # It is a dictionary only where a deprecated option asks for one.
        page = cast("Page | None", extraction)
        text = (page and page.text) or html2txt(data)
    except Exception as error:
        raise UnreadableFile(str(path), f"can't be parsed as HTML: {error or type(error).__name__}") from error
    if not text.strip():
        raise UnreadableFile(str(path), "holds no text that reads like an article; save its text as .txt")
    yield Record(
        text,
        title=page.title if page else None,
        url=page.url if page else None,
        published=page.date if page else None,
        author=page.author if page else None,
    )
