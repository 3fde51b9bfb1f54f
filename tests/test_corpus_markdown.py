from __future__ import annotations

from pathlib import Path

import pytest

from qa.corpus import load
from qa.types import Document

BODY = "The mayor met the police unions on Tuesday.\n"


def read(folder: Path, text: str) -> Document:
    (folder / "a.md").write_bytes(text.encode())
    return load(folder).documents[0]


@pytest.mark.parametrize(
    ("start", "title"),
    [
        ("# Mayor meets unions\n\n", "Mayor meets unions"),
        ("# The *Mayor* meets [the unions](http://x.org) `now` #\r\n\r\n", "The Mayor meets the unions now"),
        ("Mayor meets\nunions\n======\n\n", "Mayor meets unions"),
        ("<!-- # No -->\n\n```\n# no\n```\n\n## Mayor\n\n", "Mayor"),
        ("#\n\n# Mayor\n", "Mayor"),
        ("---\ntitle: Mayor & unions\n---\n# Other\n", "Mayor & unions"),
        ("---\r\ntags: [a]\r\n---\r\n# Mayor\r\n", "Mayor"),
        ("---\ntitle: [unclosed\n---\n# Mayor\n", "Mayor"),
        ("---\n- a\n---\n# Mayor\n", "Mayor"),
        ("Mayor meets unions\n\n", "Mayor meets unions"),
        ("", "The mayor met the police unions on Tuesday."),
    ],
)
def test_title_comes_from_front_matter_or_heading_and_text_stays(start: str, title: str, tmp_path: Path) -> None:
    document = read(tmp_path, start + BODY)
    assert document.title == title
    assert document.text == start + BODY


def test_front_matter_tells_more(tmp_path: Path) -> None:
    says = "title: 'Mayor: a life'\nauthor: Jane Doe\ndate: 2014-12-30\nurl: https://example.org/1\n"
    document = read(tmp_path, f"---\n{says}---\n{BODY}")
    assert document.title == "Mayor: a life"
    assert (document.author, document.published, document.url) == ("Jane Doe", "2014-12-30", "https://example.org/1")


def test_front_matter_runs_no_code_and_explodes_nothing(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True))
    document = read(tmp_path, f"---\n{bomb}title: !!python/object/apply:os.getcwd []\n---\n# Mayor\n")
    assert document.title == "Mayor"
    assert read(tmp_path, f"---\n{'[' * 5000}\n---\n# Mayor\n").title == "Mayor"
