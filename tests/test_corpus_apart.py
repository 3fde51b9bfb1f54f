from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from qa.corpus import apart, load
from qa.corpus.apart import Apart
from qa.errors import UnreadableFile

PAGE = "<html><head><title>Zebras</title></head><body><article><p>{}</p></article></body></html>"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.html"
    file.write_text(PAGE.format("The zebra lives in Kenya. It has stripes all over. " * 20), encoding="utf-8")
    return file


def test_what_is_read_apart_is_what_the_format_says(page: Path) -> None:
    from qa.corpus.html import read_html

    with Apart() as process:
        assert list(process.read(page)) == list(read_html(page))
        assert list(process.read(page)) == list(read_html(page))


def test_no_module_is_taken_from_the_folder_of_the_articles(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("json", "re", "types", "trafilatura"):
        page.with_name(f"{name}.py").write_text(f"open({str(page.with_name('was run'))!r}, 'w').close()")
    monkeypatch.chdir(page.parent)
    for place in ("", str(page.parent)):  # as `python -c` and `python -m` put it first
        monkeypatch.syspath_prepend(place)
        with Apart() as process:
            assert list(process.read(page))
    assert not page.with_name("was run").exists()


def test_a_reason_comes_back_and_the_next_file_is_read(page: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.docx"
    broken.write_bytes(b"PK no")
    with Apart() as process:
        with pytest.raises(UnreadableFile, match="is no intact") as caught:
            list(process.read(broken))
        assert caught.value.path == str(broken)
        assert list(process.read(page))


def test_a_file_that_takes_too_long_is_given_up(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Apart() as process:
        list(process.read(page))
        assert process._process is not None
        monkeypatch.setattr(apart, "PATIENCE", 0.5)
        if os.name == "posix":
            process._process.send_signal(signal.SIGSTOP)
        with pytest.raises(UnreadableFile, match=r"takes more than 0\.5 seconds"):
            list(process.read(page))
        monkeypatch.setattr(apart, "PATIENCE", 60)
        assert list(process.read(page))


def test_a_process_that_dies_costs_one_file(page: Path) -> None:
    with Apart() as process:
        list(process.read(page))
        assert process._process is not None
        process._process.kill()
        process._process.wait()
        with pytest.raises(UnreadableFile, match="breaks the program"):
            list(process.read(page))
        assert list(process.read(page))


@pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="bounds memory on Linux only")
def test_a_file_that_takes_too_much_memory_is_given_up(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "MOST_MEMORY", 400 * 2**20)
    large = tmp_path / "large.html"
    large.write_text(PAGE.format("<b>" * 3_000_000 + "The zebra. " * 3_000_000), encoding="utf-8")
    with Apart() as process, pytest.raises(UnreadableFile, match=r"large\.html"):
        list(process.read(large))
    assert [document.id for document in load(page).documents] == ["page.html"]


def test_nothing_is_started_for_plain_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Apart, "_started", lambda _: pytest.fail("started"))
    (tmp_path / "a.txt").write_text("The zebra.", encoding="utf-8")
    assert load(tmp_path).documents[0].text == "The zebra."
