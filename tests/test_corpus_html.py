from __future__ import annotations

from pathlib import Path

import pytest

from qa.corpus import load
from qa.corpus.html import read_html
from qa.errors import UnreadableFile

ARTICLE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Mayor meets unions | Example News</title>
<meta property="og:title" content="Mayor meets unions"><meta name="author" content="Jane Doe">
<meta property="article:published_time" content="2014-12-30T17:28:00Z">
<link rel="canonical" href="https://example.org/news/1"><script>var secret = 1;</script></head>
<body><nav><a href="/">Home</a> <a href="/about">About us</a></nav><article><h1>Mayor meets unions</h1>
<p>The mayor of New York, Zoë Doe, met the police unions on Tuesday, after weeks of tension over the protests.</p>
<p>Commissioner Bill Bratton attended the private meeting, the office of the mayor said in a statement.</p>
</article><footer>Copyright 2015 Example News</footer></body></html>"""


def test_main_text_and_what_the_page_says_of_itself(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(ARTICLE, encoding="utf-8")
    (document,) = load(tmp_path).documents
    assert "The mayor of New York, Zoë Doe, met" in document.text
    assert "Bill Bratton attended" in document.text
    for left_out in ("About us", "secret", "Copyright", "<p>"):
        assert left_out not in document.text
    assert document.title == "Mayor meets unions"
    assert document.author == "Jane Doe"
    assert document.published == "2014-12-30"
    assert document.url == "https://example.org/news/1"


def test_encoding_of_the_page_is_heeded(tmp_path: Path) -> None:
    (tmp_path / "a.htm").write_bytes(ARTICLE.replace("utf-8", "iso-8859-1").encode("iso-8859-1"))
    assert "Zoë Doe" in load(tmp_path).documents[0].text


def test_short_page_without_metadata(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<html><body><p>The mayor met the unions in 2014.</p></body></html>")
    (document,) = load(tmp_path).documents
    assert document.text.strip() == "The mayor met the unions in 2014."
    assert document.title == "The mayor met the unions in 2014."
    assert document.published is None


@pytest.mark.parametrize("data", [b"", b"<html><body><script>x</script></body></html>", bytes(range(256)), b"<" * 9999])
def test_page_without_text_is_named(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=r"holds no text|can't be parsed"):
        list(read_html(path))
