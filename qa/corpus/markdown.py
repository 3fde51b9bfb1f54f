"""Markdown: the text as it was written, titled by its front matter or its first heading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from qa.corpus.content import read_text
from qa.corpus.records import Record

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(?P<yaml>.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_HEADING_WITHIN = 10_000
_NULL = "tag:yaml.org,2002:null"


def read_markdown(path: Path) -> Iterator[Record]:
    """Yield a ``.md`` file as one record; its front matter, where there is one, stays part of the text."""
    text = read_text(path)
    front_matter = _FRONT_MATTER.match(text, 0, _HEADING_WITHIN)
    says = fields(front_matter["yaml"]) if front_matter else {}
    body = text[front_matter.end() if front_matter else 0 :][:_HEADING_WITHIN]
    yield Record(
        text,
        title=says.get("title") or first_heading(body),
        url=says.get("url"),
        published=says.get("date"),
        author=says.get("author"),
    )


def first_heading(text: str) -> str | None:
    r"""Return the words of the first heading, without their markup.

    >>> first_heading("Draft\n\n# The *Mayor* and `NYPD`\n\n## Police")
    'The Mayor and NYPD'
    """
    from markdown_it import MarkdownIt

    tokens = MarkdownIt().parse(text)
    headings = (after for token, after in pairwise(tokens) if token.type == "heading_open")
    for heading in headings:
        words = "".join(
            " " if child.type in ("softbreak", "hardbreak") else child.content for child in heading.children or ()
        )
        if words.strip():
            return words.strip()
    return None


def fields(front_matter: str) -> dict[str, str]:
    r"""Return the top-level words, numbers and dates of a YAML block, as written; nothing where it is malformed.

    >>> fields("title: 'Mayor: a life'\ndate: 2014-12-30\ntags: [a, b]\nauthor: 007")
    {'title': 'Mayor: a life', 'date': '2014-12-30', 'author': '007'}
    """
    import yaml  # type: ignore[import-untyped]

    try:
        block = yaml.compose(front_matter, Loader=yaml.SafeLoader)  # a tree: nothing in it is made, merged or repeated
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return {}
    pairs = block.value if isinstance(block, yaml.MappingNode) else []
    return {
        name.value.lower(): value.value
        for name, value in pairs
        if isinstance(name, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode) and value.tag != _NULL
    }
