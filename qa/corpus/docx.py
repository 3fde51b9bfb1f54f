"""Word: paragraphs and tables in their order; headers, footnotes and text boxes are left out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from qa.corpus.content import MOST_BYTES, read_bytes
from qa.corpus.records import Record
from qa.errors import UnreadableFile

if TYPE_CHECKING:
    from docx.blkcntnr import BlockItemContainer
    from docx.document import Document as WordFile
    from docx.table import Table, _Cell

# Around accepted insertions, content controls, fields and runs of another direction: python-docx reads only what
# stands outside of them.
_WRAPPERS = ("w:ins", "w:moveTo", "w:sdt", "w:sdtContent", "w:smartTag", "w:customXml", "w:fldSimple", "w:bdo", "w:dir")


def read_docx(path: Path) -> Iterator[Record]:
    """Yield a ``.docx`` file as one record: a blank line between paragraphs, a tab between the cells of a row."""
    data = read_bytes(path)
    try:
        record = _parse(data, str(path))
    except UnreadableFile:
        raise
    except zipfile.BadZipFile as error:
        reason = "is no intact .docx file; an old .doc, or one with a password, has to be saved as .docx without"
        raise UnreadableFile(str(path), reason) from error
    except Exception as error:
        raise UnreadableFile(str(path), f"can't be parsed as .docx: {error or type(error).__name__}") from error
    yield record


def _parse(data: bytes, path: str) -> Record:
    import docx

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > MOST_BYTES:
        raise UnreadableFile(
            path, f"unpacks to {size // 2**20} MB, more than {MOST_BYTES // 2**20}; save its text as .txt"
        )
    word = docx.Document(io.BytesIO(data))
    _unwrap(word)
    about = word.core_properties
    return Record(
        "\n\n".join(_blocks(word)),
        title=_title(word),
        # What python-docx writes where nobody gave a name.
        author=about.author if about.author != "python-docx" else None,
    )


def _unwrap(word: WordFile) -> None:
    from docx.oxml.ns import qn
    from lxml import etree  # type: ignore[import-untyped]

    body = word.element.body
    etree.strip_elements(body, qn("w:sdtPr"), with_tail=False)
    etree.strip_tags(body, *(qn(wrapper) for wrapper in _WRAPPERS))


def _blocks(container: WordFile | BlockItemContainer) -> Iterator[str]:
    from docx.table import Table

    for block in container.iter_inner_content():
        text = _rows(block) if isinstance(block, Table) else block.text
        if text.strip():
            yield text


def _rows(table: Table) -> str:
    # A merged cell is handed out once for each place that it covers.
    seen: set[object] = set()
    rows = []
    for row in table.rows:
        cells: list[_Cell] = []
        for cell in row.cells:
            if cell._tc not in seen:
                seen.add(cell._tc)
                cells.append(cell)
        rows.append("\t".join(" ".join(" ".join(_blocks(cell)).split()) for cell in cells))
    return "\n".join(row for row in rows if row.strip())


def _title(word: WordFile) -> str | None:
    """Return the first paragraph in a style for titles, else the title among the properties."""
    for paragraph in word.paragraphs:
        style = paragraph.style.name if paragraph.style else None
        if style in ("Title", "Heading 1") and paragraph.text.strip():
            return str(paragraph.text.strip())
    title = word.core_properties.title.strip()
    return title if title and title != "Word Document" else None
