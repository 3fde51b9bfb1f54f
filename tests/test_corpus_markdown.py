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
        ('---\ntitle: "\\UFFFFFFFF"\n---\n# Mayor\n', "Mayor"),
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


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Yes", "Yes"),
        ("007", "007"),
        ("12:30", "12:30"),
        ("2014-12-30", "2014-12-30"),
        ("!!int ''", ""),
        ("!!bool foo", "foo"),
        ("!!timestamp foo", "foo"),
        ("~", ""),
        ("", ""),
        ("[a, b]", ""),
        ("!!python/object/apply:os.getcwd []", ""),
        ("[" * 5000, ""),
    ],
)
def test_front_matter_is_taken_as_written_and_runs_no_code(tmp_path: Path, written: str, title: str) -> None:
    assert read(tmp_path, f"---\ntitle: {written}\n---\n# Mayor\n").title == (title or "Mayor")


def test_front_matter_explodes_nothing(tmp_path: Path) -> None:
    merging = "".join(f"a{n + 1}: &a{n + 1} {{<<: [{', '.join([f'*a{n}'] * 10)}]}}\n" for n in range(30))
    document = read(tmp_path, f"---\na0: &a0 {{x: y}}\n{merging}title: Mayor: a\n---\n# Police\n")
    assert document.title == "Police"  # "Mayor: a" is no YAML
    assert read(tmp_path, f"---\na0: &a0 {{x: y}}\n{merging}title: Mayor\n---\n# Police\n").title == "Mayor"


def test_a_parser_that_fails_in_a_way_of_its_own_costs_its_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_text("# Mayor")
    (tmp_path / "b.txt").write_text(BODY)
    monkeypatch.setattr("qa.corpus.markdown.first_heading", lambda _: 1 // 0)
    corpus = load(tmp_path)
    assert [document.id for document in corpus.documents] == ["b.txt"]
    assert [(Path(skipped.path).name, skipped.reason[:30]) for skipped in corpus.skipped] == [
        ("a.md", "can't be read: ZeroDivisionErr")
    ]
