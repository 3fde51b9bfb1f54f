"""Spans of many passages -> one Answer with its Citations, or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count

from qa.types import Alternative, Citation, Span

ALTERNATIVES = 5
"""Most answers that are kept beside the chosen one."""
ITEMS = 10
"""Most answers to a question that asks for several."""
FAINT = 0.02
"""Spans less probable than this are neither alternatives nor citations, unless there is no better one."""

_WORDS = re.compile(r"(?<![\w.,])-(?=\d)|[$£€¥]|%|\w+(?:(?<=\d)[.,:]\d\w*|[-'](?=\w)\w+)*(?:\+\+|#)?")
"""Words with what belongs to them: decimals, hyphens, apostrophes; signs that say what a number is."""
_PLAIN = str.maketrans("’−‐‑", "'---")
_ARTICLES = frozenset({"a", "an", "the"})
_OTHERWISE = frozenset(
    {"no", "not", "non", "never", "neither", "nor", "cannot", "without", "unable", "anti", "vice", "deputy"}
    | {"former", "ex", "acting", "half", "less", "more", "fewer", "least", "most", "over", "under", "than"}
    | {"before", "after", "until", "since", "-"}
)
"""Words that make something else of what follows."""
_NAMING = frozenset({"new", "north", "south", "east", "west", "northern", "southern", "eastern", "western"})
"""Words that make another name of the name right behind them: "West Virginia"."""
_JOINING = frozenset(
    {"of", "for", "from", "with", "by", "about", "against", "between", "among", "into", "through", "during"}
    | {"near", "like", "and", "or", "but", "in", "on", "at", "to", "as"}
)
"""Words after which something else is meant than what they lead to: "the widow of Rafael Ramos"."""
_LEADING = frozenset({"in", "on", "at", "to"})
"""What an answer may begin with and be the same: "in Brooklyn"."""
_MUCH_OF = frozenset(
    {"hundreds", "thousands", "millions", "dozens", "scores", "city", "town", "village", "borough", "county"}
    | {"state", "republic", "kingdom"}
)
"""What may stand before "of" and name the same: "the city of New York"."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Hold what the spans come to."""

    text: str | None
    confidence: float
    citations: tuple[Citation, ...]
    items: tuple[Alternative, ...]
    alternatives: tuple[Alternative, ...]


def choose(spans: Sequence[Span], title: Callable[[str], str], threshold: float, *, several: bool = False) -> Choice:
    """Choose the likeliest answer, or none when its probability is below the threshold.

    Spans that say the same are one answer: it is as probable as its best span, and cites the best span of each
    document. ``title`` gives the title of a document by its id. A refused answer is the first alternative. Where
    ``several`` are asked for, each that would be answered on its own is an item.
    """
    best = _apart(sorted(spans, key=lambda span: -span.score))
    likely = [span for span in best if span.probability >= FAINT] or best[:1]
    answers = [_cite(group, title) for group in _agreeing(likely)]
    if not answers:
        return Choice(None, 0.0, (), (), ())
    first = answers[0]
    if first.probability < threshold:
        return Choice(None, first.probability, (), (), tuple(answers[:ALTERNATIVES]))
    sure = [answer for answer in answers if answer.probability >= threshold][:ITEMS] if several else []
    items = _numbered(sure) if len(sure) > 1 else ()
    rest = tuple(answers[max(1, len(items)) :][:ALTERNATIVES])
    return Choice(first.text, first.probability, first.citations, items, rest)


def same(one: str, other: str) -> bool:
    """Tell whether two quotes give the same answer: equal words, or one is the end of the other.

    The end, because English puts what qualifies a name or a number first: Bratton, Police Commissioner Bill Bratton.

    >>> same("Bratton", "Police Commissioner Bill Bratton"), same("the NYPD", "NYPD.")
    (True, True)
    >>> same("New York", "New York Post"), same("Dec. 20", "20")
    (False, False)
    >>> same("5 million", "1.5 million"), same("guilty", "not guilty"), same("the mayor", "the deputy mayor")
    (False, False, False)
    >>> same("in Brooklyn", "Brooklyn"), same("the widow of Rafael Ramos", "Rafael Ramos")
    (True, False)
    """
    short, long = sorted((_words(one), _words(other)), key=len)
    if "-".join(short) == "-".join(long):
        return True
    more, end = long[: -len(short)], long[-len(short) :]
    says_something = any(letter.isalpha() for letter in "".join(short))
    return says_something and end == short and _only_adds(more)


def _only_adds(more: Sequence[str]) -> bool:
    """Tell whether what follows these words means with them what it means alone."""
    if any(word in _OTHERWISE or word.endswith("n't") for word in more):
        return False
    *before, last = more
    if last in _JOINING:
        return last in _LEADING if not before else last == "of" and before[-1] in _MUCH_OF
    return last not in _NAMING


def _words(text: str) -> list[str]:
    text = text.casefold().translate(_PLAIN)
    return [word for word in _WORDS.findall(text) if word not in _ARTICLES] or text.split()


def _apart(spans: Sequence[Span]) -> list[Span]:
    """Return the spans that hold a word and lie apart, best first; passages may repeat each other's sentences."""
    kept: list[Span] = []
    for span in spans:
        inside = [one for one in kept if one.passage.document == span.passage.document]
        if re.search(r"\w", span.text) and all(span.end <= one.start or one.end <= span.start for one in inside):
            kept.append(span)
    return kept


def _agreeing(spans: Sequence[Span]) -> list[list[Span]]:
    """Group spans, best first, that say the same as the best of their group; the order is kept."""
    groups: list[list[Span]] = []
    for span in spans:
        group = next((group for group in groups if same(group[0].text, span.text)), None)
        if group is None:
            groups.append([span])
        else:
            group.append(span)
    return groups


def _cite(group: Sequence[Span], title: Callable[[str], str]) -> Alternative:
    best: dict[str, Span] = {}
    for span in group:
        best.setdefault(span.passage.document, span)
    citations = tuple(_citation(number, span, title) for number, span in enumerate(best.values(), 1))
    return Alternative(group[0].text, group[0].probability, citations)


def _numbered(answers: Sequence[Alternative]) -> tuple[Alternative, ...]:
    """Number the citations of several answers through."""
    numbers = count(1)
    return tuple(
        replace(answer, citations=tuple(replace(citation, number=next(numbers)) for citation in answer.citations))
        for answer in answers
    )


def _citation(number: int, span: Span, title: Callable[[str], str]) -> Citation:
    start, end = _sentences_around(span)
    passage = span.passage
    return Citation(
        number=number,
        document=passage.document,
        title=title(passage.document),
        start=span.start,
        end=span.end,
        text=span.text,
        context=passage.text[start - passage.start : end - passage.start],
        context_start=start,
        probability=span.probability,
    )


def _sentences_around(span: Span) -> tuple[int, int]:
    """Return where the sentences that hold the span begin and end, in the document."""
    passage = span.passage
    start = max((at for at in passage.sentences if at <= span.start), default=passage.start)
    end = min((at for at in passage.sentences if at >= span.end), default=passage.end)
    text = passage.text[start - passage.start : end - passage.start]
    return start, start + len(text.rstrip())
