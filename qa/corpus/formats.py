"""The table of formats: which function reads a file, by its suffix."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from qa.corpus.docx import read_docx
from qa.corpus.html import read_html
from qa.corpus.jsonl import read_jsonl
from qa.corpus.markdown import read_markdown
from qa.corpus.pdf import read_pdf
from qa.corpus.plain import read_plain
from qa.corpus.records import Record, Skipped
from qa.corpus.squad import read_squad

Format = Callable[[Path], Iterator[Record | Skipped]]
"""Yields the records of a file and what of it was left out; raises UnreadableFile where the rest is lost."""

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        ".txt": read_plain,
        ".md": read_markdown,
        ".html": read_html,
        ".htm": read_html,
        ".pdf": read_pdf,
        ".docx": read_docx,
        ".jsonl": read_jsonl,
        ".jsonl.gz": read_jsonl,
        ".json": read_squad,
        ".json.gz": read_squad,
    }
)

SUFFIXES: tuple[str, ...] = tuple(FORMATS)
"""Suffixes of the files that can be read."""


def suffix_of(path: Path) -> str:
    """Return the suffix in small letters, with the one before ``.gz``.

    >>> suffix_of(Path("train.v2.JSON.gz")), suffix_of(Path("README"))
    ('.json.gz', '')
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return "".join(suffixes[-2:] if suffixes[-1:] == [".gz"] else suffixes[-1:])
