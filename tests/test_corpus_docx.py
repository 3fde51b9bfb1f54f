from __future__ import annotations

import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from qa.corpus import load
from qa.corpus.content import MOST_BYTES
from qa.corpus.docx import read_docx
from qa.errors import UnreadableFile


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFile) as error:
        list(read_docx(path))
    return error.value.reason


def test_paragraphs_and_tables_in_their_order(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_heading("Mayor meets unions", level=1)
    word.add_paragraph("They talked for “two hours”.")
    word.add_paragraph("")
    table = word.add_table(rows=3, cols=2)
    for cell, text in zip(table._cells, ["Name", "Post", "Bratton", "Commissioner\nof police", "", ""], strict=True):
        cell.text = text
    table.cell(2, 0).merge(table.cell(2, 1)).text = "Both columns"
    table.cell(2, 0).add_table(rows=1, cols=1).cell(0, 0).text = "nested"
    word.add_paragraph("They left.")
    word.save(str(tmp_path / "a.docx"))
    (document,) = load(tmp_path).documents
    assert document.text == (
        "Mayor meets unions\n\nThey talked for “two hours”.\n\n"
        "Name\tPost\nBratton\tCommissioner of police\nBoth columns nested\n\nThey left."
    )
    assert document.title == "Mayor meets unions"
    assert document.author is None


def test_properties_tell_title_and_author(tmp_path: Path) -> None:
    word = docx.Document()
    word.core_properties.title = "Annual report"
    word.core_properties.author = "Jane Doe"
    word.add_paragraph("They talked.")
    word.save(str(tmp_path / "a.docx"))
    (document,) = load(tmp_path).documents
    assert (document.title, document.author) == ("Annual report", "Jane Doe")


def test_title_falls_back_on_the_text(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_paragraph("They talked.")
    word.save(str(tmp_path / "a.docx"))
    assert load(tmp_path).documents[0].title == "They talked."


def test_insertions_links_fields_and_content_controls_are_read_and_deletions_are_not(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_paragraph("Before.")
    run = "<w:r><w:t xml:space='preserve'>{}</w:t></w:r>"
    tracked = (
        f"<w:p {nsdecls('w')}>{run.format('The ')}<w:ins w:id='1' w:author='x'>{run.format('new ')}</w:ins>"
        "<w:del w:id='2' w:author='x'><w:r><w:delText>old </w:delText></w:r></w:del>"
        f"<w:hyperlink w:anchor='y'>{run.format('mayor')}</w:hyperlink>{run.format(' spoke.')}</w:p>"
    )
    control = (
        f"<w:sdt {nsdecls('w')}><w:sdtPr><w:alias w:val='field'/></w:sdtPr>"
        f"<w:sdtContent><w:p>{run.format('In a control.')}</w:p></w:sdtContent></w:sdt>"
    )
    field = (
        f"<w:p {nsdecls('w')}>{run.format('Figure ')}<w:fldSimple w:instr='SEQ'>{run.format('7')}</w:fldSimple>"
        f"<w:bdo w:val='rtl'>{run.format(' shows')}</w:bdo><w:dir w:val='ltr'>{run.format(' it.')}</w:dir></w:p>"
    )
    for number, xml in enumerate([tracked, control, field], start=1):
        word.element.body.insert(number, parse_xml(xml))
    word.save(str(tmp_path / "a.docx"))
    assert load(tmp_path).documents[0].text == "Before.\n\nThe new mayor spoke.\n\nIn a control.\n\nFigure 7 shows it."


def test_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    docx.Document().save(str(path))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/bomb.bin", bytes(MOST_BYTES))
    assert path.stat().st_size < MOST_BYTES / 100
    assert refusal(path).startswith("unpacks to 64 MB")


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    path, secret = tmp_path / "a.docx", tmp_path / "secret.txt"
    secret.write_text("the secret")
    word = docx.Document()
    word.add_paragraph("Before.")
    word.add_paragraph("MARK")
    word.save(str(tmp_path / "plain.docx"))
    with zipfile.ZipFile(tmp_path / "plain.docx") as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "word/document.xml":
                doctype = f'<!DOCTYPE w:document [<!ENTITY leak SYSTEM "{secret.as_uri()}">]>'.encode()
                data = data.replace(b"MARK", b"&leak;").replace(b"<w:document", doctype + b"<w:document", 1)
            target.writestr(name, data)
    assert [record.text for record in read_docx(path)] == ["Before."]


@pytest.mark.parametrize("data", [b"", b"no zip", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)])
def test_file_that_is_no_archive_is_named(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(data)
    assert refusal(path).startswith("is no intact .docx file")


def test_archive_that_is_no_word_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "text")
    assert refusal(path).startswith("can't be parsed as .docx: ")
