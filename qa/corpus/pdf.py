"""PDF: the text of its pages, a form feed between two.

The page of an offset is thus one more than the form feeds before it.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from qa.corpus.content import MOST_BYTES, read_bytes
from qa.corpus.records import Record
from qa.errors import UnreadableFile

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_PAGES = 10_000


def read_pdf(path: Path) -> Iterator[Record]:
    """Yield the text of a PDF as one record."""
    data = read_bytes(path)
    # It logs each oddity of a file that it reads all the same.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        record = _parse(data, str(path))
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile(str(path), f"can't be parsed as PDF: {error or type(error).__name__}") from error
    yield record


def _parse(data: bytes, path: str) -> Record:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not _unlock(reader):
        raise UnreadableFile(path, "is encrypted; save a copy without password")
    if len(reader.pages) > MOST_PAGES:
        raise UnreadableFile(
            path, f"has {len(reader.pages)} pages, more than {MOST_PAGES}; split it into smaller files"
        )
    pages: list[str] = []
    length = 0
    for page in reader.pages:
        pages.append(_clean(page.extract_text()).replace("\f", "\n"))
        length += len(pages[-1])
        if length > MOST_BYTES:
            raise UnreadableFile(path, f"holds more than {MOST_BYTES // 2**20} MB of text; split it into smaller files")
    if not any(page.strip() for page in pages):
        raise UnreadableFile(
            path, f"holds no text, likely scanned pages ({len(pages)}); run text recognition (OCR) first"
        )
    about = reader.metadata
    return Record(
        "\f".join(pages),
        title=_title((about and about.title) or ""),
        author=_clean((about and about.author) or ""),
        metadata={"pages": str(len(pages))},
    )


def _unlock(reader: PdfReader) -> bool:
    from pypdf.errors import DependencyError

    try:
        # Many a PDF is locked against changes only: it opens with an empty password.
        return bool(reader.decrypt(""))
    except DependencyError:
        return False


def _clean(text: str) -> str:
    # Broken fonts map glyphs to NUL or to half a surrogate pair, which is no character.
    return text.replace("\0", "").encode("utf-8", errors="replace").decode("utf-8")


def _title(text: str) -> str | None:
    """Return the title that an author gave, not the file name that a word processor put there.

    >>> _title("Annual report 2014"), _title("Microsoft Word - report_final.doc"), _title("untitled")
    ('Annual report 2014', None, None)
    """
    title = _clean(text).strip()
    made_up = title.lower().startswith(("microsoft word - ", "untitled")) or title.lower().endswith(
        (".doc", ".docx", ".pdf", ".tex", ".dvi", ".indd", ".qxd", ".rtf")
    )
    return None if made_up or not title else title
