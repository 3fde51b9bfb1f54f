from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from qa.corpus import load
from qa.corpus.pdf import MOST_PAGES, read_pdf
from qa.errors import UnreadableFile


def pdf(*pages: str, title: str = "") -> bytes:
    """Write a PDF by hand: a page for each text, in Helvetica."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>"
        % (b" ".join(b"%d 0 R" % (5 + 2 * number) for number in range(len(pages))), len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Title (%s) /Author (Jane Doe) >>" % title.encode(),
    ]
    for number, text in enumerate(pages):
        content = zlib.compress(b"BT /F1 12 Tf 72 720 Td (%s) Tj ET" % text.encode("cp1252"))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (6 + 2 * number)
        )
        head = b"<< /Length %d /Filter /FlateDecode >>" % len(content)
        objects.append(head + b"\nstream\n" + content + b"\nendstream")
    data = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer << /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(data))
    return data + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def written(writer: PdfWriter) -> bytes:
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def refusal(folder: Path, data: bytes) -> str:
    (folder / "a.pdf").write_bytes(data)
    with pytest.raises(UnreadableFile) as error:
        list(read_pdf(folder / "a.pdf"))
    return error.value.reason


def test_pages_are_joined_by_form_feeds(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf("The mayor’s café opened.", "", "They talked.", title="Annual report"))
    (document,) = load(tmp_path).documents
    assert document.text == "The mayor’s café opened.\f\fThey talked."
    assert document.text.count("\f", 0, document.text.index("talked")) + 1 == 3
    assert document.title == "Annual report"
    assert document.author == "Jane Doe"
    assert document.published is None
    assert document.metadata == {"pages": "3"}


def test_title_of_a_word_processor_is_no_title(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf("The mayor met the unions.", title="Microsoft Word - report.doc"))
    assert load(tmp_path).documents[0].title == "The mayor met the unions."


def test_encrypted_file_is_named(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("Secret text."))))
    writer.encrypt("password", algorithm="RC4-128")
    assert refusal(tmp_path, written(writer)) == "is encrypted; save a copy without password"


def test_file_locked_against_changes_only_is_read(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("Open text."))))
    writer.encrypt("", owner_password="owner", algorithm="RC4-128")
    (tmp_path / "a.pdf").write_bytes(written(writer))
    assert load(tmp_path).documents[0].text == "Open text."


def test_scan_is_named(tmp_path: Path) -> None:
    writer = PdfWriter()
    writer.add_blank_page(612, 792)
    writer.add_blank_page(612, 792)
    assert refusal(tmp_path, written(writer)).startswith("holds no text, likely scanned pages (2)")


def test_number_of_pages_is_bounded(tmp_path: Path) -> None:
    data = pdf("Text.").replace(b"/Kids [5 0 R] /Count 1", b"/Kids [%s] /Count 1" % (b"5 0 R " * (MOST_PAGES + 1)))
    assert refusal(tmp_path, data).startswith(f"has {MOST_PAGES + 1} pages, more than {MOST_PAGES}")


def test_stream_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    small = zlib.compress(b"BT /F1 12 Tf 72 720 Td (Text.) Tj ET")
    bomb = zlib.compress(b" " * 80_000_000, 9)
    data = pdf("Text.").replace(b"/Length %d" % len(small), b"/Length %d" % len(bomb)).replace(small, bomb)
    assert refusal(tmp_path, data).startswith("can't be parsed as PDF: Limit reached")


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"not a pdf", pdf("Text.")[:200], bytes(range(256)) * 9])
def test_malformed_file_is_named(data: bytes, tmp_path: Path) -> None:
    assert refusal(tmp_path, data).startswith("can't be parsed as PDF: ")
