from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from qa.corpus.content import MOST_BYTES, decode, read_bytes, read_text
from qa.errors import UnreadableFile

QUOTE = "“City Hall wanted me to blast them,” he said."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_western_text_is_decoded(encoding: str) -> None:
    assert decode(QUOTE.encode(encoding)) == QUOTE


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("café", "latin-1"),
        ("Le maire a déclaré mardi que l'été serait chaud. Les élèves sont à l'école.", "cp1252"),
        ("Der Bürgermeister von Köln erklärte am Dienstag, die Straße sei gesperrt.", "latin-1"),
        ("Мэр Москвы заявил во вторник, что улица будет закрыта до конца недели.", "cp1251"),
        ("El alcalde de Málaga declaró el martes que mañana habrá elecciones en España.", "cp1252"),
        ("Starosta Brna řekl v úterý, že ulice bude uzavřena až do konce týdne. Žluťoučký kůň.", "cp1250"),
        ("東京都知事は火曜日に、この通りは今週末まで閉鎖されると述べた。", "shift_jis"),
    ],
)
def test_legacy_encoding_is_detected(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_utf_8_that_was_cut_within_a_character_is_still_utf_8() -> None:
    data = QUOTE.encode()
    assert decode(data[: data.index("”".encode()) + 1]) == QUOTE[: QUOTE.index("”")] + "�"
    assert decode(data + b"\xff") == QUOTE + "�"


def test_broken_utf_16_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(QUOTE.encode("utf-16")[:-1])
    with pytest.raises(UnreadableFile, match="save it as UTF-8"):
        read_text(path)


@pytest.mark.parametrize(
    "data", [b"a\0b", QUOTE.encode("utf-16-le"), bytes(range(1, 32)), b"\x89PNG\r\n\x1a\n" + bytes(range(1, 256)) * 9]
)
def test_binary_content_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match="is binary, or"):
        read_text(path)


@pytest.mark.parametrize("text", ["a\r\nb\rc\n\n", "\x0cpage\x0b", "e\u0301 👩‍👩‍👧 \u202eabc"])
def test_line_ends_and_marks_are_kept(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode())
    assert read_text(path) == text


def test_bound_holds_for_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)
    with pytest.raises(UnreadableFile, match="holds more than 64 MB"):
        read_bytes(path)
    with path.open("r+b") as stream:
        stream.truncate(MOST_BYTES)
    assert len(read_bytes(path)) == MOST_BYTES


def test_bound_holds_for_what_gzip_unpacks(tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress(bytes(MOST_BYTES + 1), compresslevel=1))
    assert path.stat().st_size < MOST_BYTES / 100
    with pytest.raises(UnreadableFile, match="holds more than 64 MB"):
        read_bytes(path)


@pytest.mark.parametrize(
    "data",
    [b"no gzip", gzip.compress(b"text", mtime=0)[:-4], gzip.compress(b"text" * 99, mtime=0)[:15]],
    ids=["none", "without its end", "cut"],
)
def test_damaged_gzip_is_named(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match="gzip data is damaged"):
        read_bytes(path)
