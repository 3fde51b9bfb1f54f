from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from qa.corpus import load
from qa.corpus.files import find
from qa.corpus.formats import suffix_of


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or f"Text of {path}.", encoding="utf-8")
    return path


def ids(*sources: Path) -> list[str]:
    return [file.id for file in find(sources)[0]]


def test_folder_is_read_through_in_order_without_hidden_entries(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/b/c.txt", "a.txt", ".hidden.txt", ".git/x.txt", "a/.cache/y.txt"):
        write(tmp_path / name)
    assert ids(tmp_path) == ["a/b/c.txt", "a/z.txt", "a.txt", "b.txt"]


def test_file_given_itself_goes_by_its_name_even_if_hidden(tmp_path: Path) -> None:
    assert ids(write(tmp_path / "news" / ".a.txt")) == [".a.txt"]


def test_sources_keep_their_order(tmp_path: Path) -> None:
    assert ids(write(tmp_path / "b.txt"), write(tmp_path / "a.txt")) == ["b.txt", "a.txt"]


def test_ids_that_would_be_the_same_take_the_folder_along(tmp_path: Path) -> None:
    for name in ("x/news/1.txt", "y/news/1.txt", "y/wiki/1.txt", "y/wiki/2.txt"):
        write(tmp_path / name)
    assert ids(tmp_path / "y/news", tmp_path / "y/wiki") == ["news/1.txt", "wiki/1.txt", "2.txt"]
    assert ids(tmp_path / "x/news", tmp_path / "y/news") == ["x/news/1.txt", "y/news/1.txt"]
    assert ids(tmp_path / "y/news/1.txt", tmp_path / "y/wiki/1.txt") == ["news/1.txt", "wiki/1.txt"]


def test_id_that_a_longer_one_takes_grows_as_well(tmp_path: Path) -> None:
    for name in ("a/1.txt", "b/1.txt", "all/a/1.txt"):
        write(tmp_path / name)
    found = ids(tmp_path / "a", tmp_path / "b", tmp_path / "all")
    assert len(set(found)) == 3
    assert found[1:] == ["b/1.txt", "all/a/1.txt"]


def test_path_given_twice_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "news/1.txt")
    monkeypatch.chdir(tmp_path)
    assert ids(Path("news"), tmp_path / "news" / "1.txt", Path("news/../news")) == ["1.txt"]
    assert ids(Path()) == ["news/1.txt"]


def test_name_that_is_no_unicode_makes_an_id_that_is(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    try:
        path.write_text("They talked.")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    assert ids(tmp_path) == ["caf\\udce9.txt"]
    assert load(tmp_path).documents[0].text == "They talked."


def test_link_to_a_file_within_the_folder_is_one_more_source(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    (tmp_path / "b.txt").symlink_to("a.txt")
    (tmp_path / ".data").mkdir()
    write(tmp_path / ".data" / "c.txt")
    (tmp_path / "c.txt").symlink_to(Path(".data") / "c.txt")
    corpus = load(tmp_path)
    assert [document.sources for document in corpus.documents] == [("a.txt", "b.txt"), ("c.txt",)]
    assert corpus.skipped == ()


def test_other_links_are_passed_over_and_named(tmp_path: Path) -> None:
    secret = write(tmp_path / "outside" / "secret.txt")
    corpus = tmp_path / "corpus"
    write(corpus / "sub" / "a.txt")
    (corpus / "circle.txt").symlink_to("circle.txt")
    (corpus / "dangling.txt").symlink_to("nowhere.txt")
    (corpus / "folder").symlink_to("sub")
    (corpus / "leak.txt").symlink_to(secret)
    (corpus / "leaks").symlink_to(secret.parent)
    (corpus / "sub" / "up").symlink_to("..")
    files, skipped = find([corpus])
    assert [file.id for file in files] == ["sub/a.txt"]
    reasons = {Path(entry.path).name: entry.reason for entry in skipped}
    assert reasons["circle.txt"] == "is a link to 'circle.txt', which leads nowhere or in a circle"
    assert reasons["dangling.txt"] == "is a link to 'nowhere.txt', which leads nowhere or in a circle"
    assert reasons["folder"] == reasons["up"] == "is a link to a folder; what it leads to is read where it lies"
    assert reasons["leak.txt"].startswith(f"is a link out of {corpus}; give {secret} as a source")
    assert reasons["leaks"].startswith(f"is a link out of {corpus}; give {secret.parent} as a source")


def test_link_given_as_a_source_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "real" / "a.txt")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "b.txt").symlink_to("real/a.txt")
    assert ids(tmp_path / "link") == ["a.txt"]
    assert ids(tmp_path / "b.txt") == ["b.txt"]


def test_pipe_socket_and_device_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.txt")
        corpus = load(tmp_path, "/dev/zero")
    assert [document.id for document in corpus.documents] == ["a.txt"]
    assert [Path(entry.path).name for entry in corpus.skipped] == ["pipe.txt", "socket.txt", "zero"]
    assert {entry.reason for entry in corpus.skipped} == {"is no regular file but a pipe, a socket or a device"}


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("a.txt", ".txt"), ("a.b.HTML", ".html"), ("a.jsonl.gz", ".jsonl.gz"), ("a.gz", ".gz"), ("a", ""), (".txt", "")],
)
def test_suffix(name: str, suffix: str) -> None:
    assert suffix_of(Path(name)) == suffix
