"""JSON Lines: a record a line, read as a stream, so that the file may be larger than others."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from qa.corpus.content import MOST_BYTES, open_bytes
from qa.corpus.records import Record, Skipped
from qa.errors import UnreadableFile

MOST_STREAMED_BYTES = 2**30
"""Most bytes, decompressed, of a file that is read line by line."""
MOST_LINE_BYTES = 16 * 2**20
NAMED_BAD_LINES = 20
"""Bad lines of a file that are named one by one; more are counted."""
FIRST_LINES = 1000
"""Lines among which there must be a record, or the file isn't read on."""

_FIELDS = ("text", "title", "url", "published", "author")


def read_jsonl(path: Path) -> Iterator[Record | Skipped]:
    """Yield a record for each line, numbered as the lines are, and what is wrong with a line that is none."""
    records = bad_lines = 0
    with open_bytes(path) as stream:
        for number, line in enumerate(_lines(stream, str(path)), start=1):
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            if not line.strip():
                continue
            try:
                record = parse_line(line, number)
            except ValueError as error:
                bad_lines += 1
                if bad_lines <= NAMED_BAD_LINES:
                    yield Skipped(str(path), f"line {number}: {error}")
                if not records and bad_lines == FIRST_LINES:
                    reason = f"holds no record in its first {FIRST_LINES} lines; the rest is left out"
                    raise UnreadableFile(str(path), reason) from error
            else:
                records += 1
                yield record
    if bad_lines > NAMED_BAD_LINES:
        yield Skipped(str(path), f"and {bad_lines - NAMED_BAD_LINES} more lines that hold no record")


def parse_line(line: bytes, number: int) -> Record:
    r"""Return the record of a line; ValueError says what is wrong.

    >>> parse_line(b'{"text": "Bratton attended.", "title": "Talks", "page": 3}', 7).metadata
    {'page': '3'}
    """
    if len(line) > MOST_LINE_BYTES:
        raise ValueError(f"is longer than {MOST_LINE_BYTES // 2**20} MB")
    try:
        values = json.loads(line.decode("utf-8"))
        strings = _strings(values) if isinstance(values, dict) else {}
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8: {error.reason} at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    if not isinstance(values, dict):
        raise ValueError(f"is a JSON {type(values).__name__}, not an object with a text")
    text = values.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f'has no text: "text" must be a string with words, not {text!r:.40}')
    return Record(
        text,
        title=strings.get("title"),
        url=strings.get("url"),
        published=strings.get("published"),
        author=strings.get("author"),
        metadata={name: value for name, value in strings.items() if name not in _FIELDS},
        number=number,
    )


def _strings(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in values.items()
        if value is not None
    }


def _lines(stream: io.BufferedIOBase, path: str) -> Iterator[bytes]:
    """Yield the lines; of one that is too long, as much as shows that it is."""
    size = 0
    while line := stream.readline(MOST_LINE_BYTES + 1):
        size += len(line)
        rest = line
        while rest and not rest.endswith(b"\n") and size <= MOST_STREAMED_BYTES:
            rest = stream.readline(MOST_BYTES)
            size += len(rest)
        if size > MOST_STREAMED_BYTES:
            reason = f"holds more than {MOST_STREAMED_BYTES // 2**20} MB; the rest is left out, split it"
            raise UnreadableFile(path, reason)
        yield line
