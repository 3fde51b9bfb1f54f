from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qa.reader.decoding import PieceSpan, decode

COARSE = st.integers(-2, 2).map(float)  # many ties
FINE = st.floats(-20, 20, width=32)


@st.composite
def readings(draw: st.DrawFn) -> tuple[list[float], list[float], list[bool]]:
    logits = draw(st.sampled_from([COARSE, FINE]))
    count = draw(st.integers(0, 14))
    sides = st.lists(logits, min_size=count, max_size=count)
    heads = st.lists(st.booleans(), min_size=count, max_size=count + draw(st.integers(0, 1)))
    return draw(sides), draw(sides), draw(heads)


def by_hand(start: list[float], end: list[float], heads: list[bool], longest: int, count: int) -> list[PieceSpan]:
    tails = [*heads, True][1:]
    spans = [
        PieceSpan(first, last, start[first] + end[last])
        for first in range(len(start))
        for last in range(first, min(len(start), first + longest))
        if heads[first] and tails[last]
    ]
    chosen: list[PieceSpan] = []
    for span in sorted(spans, key=lambda span: (-span.score, span.first, span.last)):
        if all(span.last < other.first or other.last < span.first for other in chosen):
            chosen.append(span)
    return chosen[:count]


@given(readings(), st.integers(1, 16), st.integers(1, 6))
def test_decoding_equals_trying_every_span(
    reading: tuple[list[float], list[float], list[bool]], longest: int, count: int
) -> None:
    start, end, heads = reading
    found = decode(
        np.asarray(start, np.float32),
        np.asarray(end, np.float32),
        np.asarray(heads, np.bool_),
        longest=longest,
        count=count,
    )
    assert found == by_hand(start, end, heads, longest, count)


def test_start_and_end_are_chosen_together() -> None:
    # Apart, the best start (2) comes after the best end (0).
    (span,) = decode(np.float32([4, 0, 5]), np.float32([5, 4, 0]), np.ones(3, np.bool_), longest=3, count=1)
    assert (span.first, span.last) == (0, 0)


def test_every_candidate_is_found_where_many_overlap_the_best() -> None:
    start, end = np.full(200, -9, np.float32), np.full(200, -9, np.float32)
    start[60:90], end[90:120] = 9, 9
    start[5], end[190] = -8, -8
    spans = decode(start, end, np.ones(200, np.bool_), longest=30, count=200)
    assert spans[0] == PieceSpan(61, 90, 18.0)
    assert any(span.first == 5 for span in spans)
    assert any(span.last == 190 for span in spans)


def test_a_word_that_goes_on_behind_the_window_is_no_end() -> None:
    start, end = np.float32([1, 0, 0]), np.float32([0, 0, 5])
    whole = decode(start, end, np.array([True, True, True, True]), longest=3, count=1)
    cut = decode(start, end, np.array([True, True, True, False]), longest=3, count=1)
    assert [(span.first, span.last) for span in whole + cut] == [(0, 2), (0, 0)]
