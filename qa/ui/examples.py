"""Questions to begin with, drawn from the articles: only such as the articles answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from qa.answers import same

if TYPE_CHECKING:
    from qa.engine import QA

DOCUMENTS = 60
"""Documents that are looked through."""
TRIES = 16
"""Questions that are asked at most."""
SURE = 0.5
"""Least probability of an answer that a question is shown for."""
WORDS = 15
"""Most words of such an answer."""

_CAPITAL = r"(?:[A-Z][a-z’'-]+|[A-Z]\.)"
_NAME = rf"(?P<name>{_CAPITAL}(?: {_CAPITAL}){{1,3}})"
_WHEN_AND_WHERE = ("When was {} {done}?", "Where was {} {done}?", "Why was {} {done}?")
_ROLE = (
    r"(?:Mayor|Governor|President|Prime Minister|Minister|Commissioner|Secretary|Senator|Chancellor|Chairman|"
    r"Chairwoman|Director|Chief|Captain|Professor|Judge|King|Queen|Emperor|Pope|Bishop)"
)
_FORMS = (
    (re.compile(rf"(?<=[a-z,] )(?P<name>(?:[A-Z][a-z]+ )?{_ROLE}) {_CAPITAL} {_CAPITAL}"), ("Who is the {}?",)),
    (re.compile(rf"\b{_NAME} (?:was|were) (?P<done>born|buried|built|shot|sold|[a-z]{{2,}}ed)\b"), _WHEN_AND_WHERE),
    (re.compile(rf"\b{_NAME}, (?:the|a|an|who|president|head|leader|chief|director|spokes\w+)\b"), ("Who is {}?",)),
    (re.compile(rf"\b{_NAME}(?:, [^.,]{{3,60}},)? (?:said|told|wrote|argued|warned)\b"), ("What did {} say?",)),
)


def draw(engine: QA, count: int = 3, rest: Callable[[], None] = lambda: None) -> tuple[str, ...]:
    """Return up to ``count`` questions that the articles answer surely and shortly, of different kinds first.

    ``rest`` is called before each try; it may wait until nobody else wants an answer.
    """
    found: list[tuple[int, str]] = []
    answers: list[str] = []
    for kind, question in islice(_candidates(engine), TRIES):
        rest()
        answer = engine.ask(question)
        text = answer.text
        if text is None or answer.confidence < SURE or len(text.split()) > WORDS:
            continue
        if text.casefold() in question.casefold() or any(same(text, other) for other in answers):
            continue
        answers.append(text)
        found.append((kind, question))
        if len({kind for kind, _ in found}) >= count:
            break
    seen: Counter[int] = Counter()
    ranked = []
    for kind, question in found:
        ranked.append((seen[kind], question))
        seen[kind] += 1
    return tuple(question for _, question in sorted(ranked, key=lambda pair: pair[0])[:count])


def _candidates(engine: QA) -> Iterator[tuple[int, str]]:
    """Yield questions with their kinds, by turns: what most articles give rise to comes first in each kind."""
    rises: list[Counter[str]] = [Counter() for _ in _FORMS]
    for document in islice(engine.documents(), DOCUMENTS):
        for rise, (form, templates) in zip(rises, _FORMS, strict=True):
            raised = {
                template.format(_asked(match["name"], template), done=match.groupdict().get("done"))
                for match in form.finditer(document.text)
                for template in templates
            }
            rise.update(sorted(raised))
    kinds = [[question for question, _ in rise.most_common()] for rise in rises]
    for number in range(max(map(len, kinds), default=0)):
        for kind, questions in enumerate(kinds):
            if number < len(questions):
                yield kind, questions[number]


def _asked(name: str, template: str) -> str:
    """Return the name; a role in small letters, as in "Who is the police commissioner?"."""
    return name.lower() if " the {}" in template else name
