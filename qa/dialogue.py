"""A follow-up -> the question it means, from the turns before it.

"When was he killed?", "And Liu?", "Why?": pronouns, ellipses and bare question words are filled in by rules of English,
so that what is asked can be shown and corrected. A question that stands alone is left as it is; so is one that no rule
is sure about. This module knows no articles and asks no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["person", "group", "place", "time", "thing"]

MEMORY = 4
"""Turns that a pronoun may point back to."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Hold a question as it was understood, and its answer where there was one."""

    question: str
    answer: str | None = None


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Return the question that is meant after the turns of ``history``, the latest last.

    >>> before = [Turn("When was Officer Ramos buried?", "Saturday")]
    >>> standalone("And Liu?", before), standalone("Why?", before), standalone("Who killed him?", before)
    ('When was Liu buried?', 'Why was Officer Ramos buried?', 'Who killed Officer Ramos?')
    >>> standalone("Who leads the union?", before)
    'Who leads the union?'
    """
    asked = " ".join(question.split())
    if not history or not asked:
        return asked
    bare = _CONNECTIVE.sub("", asked)
    last = history[-1]
    meant = _bare_question_word(bare, last)
    if meant is None and not _is_clause(bare) and (bare != asked or _NAMED_ALONE.match(bare)):
        meant = _ellipsis(bare, last)
    if meant is None:
        meant = bare if bare != asked and _is_clause(bare) else asked
        meant = _resolved(meant, history[-MEMORY:])
    return _tidy(meant)


_CONNECTIVE = re.compile(
    r"^(?:(?:and|but|or|so|ok(?:ay)?|then|well|also|now)\b,?\s+)*(?:(?:what|how) about\s+)?(?=\w)", re.IGNORECASE
)
_AUXILIARY = (
    r"(?:is|are|was|were|am|be|been|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)"
    r"(?:n[’']t)?"
)
_WH = r"(?:who|whom|whose|what|which|when|where|why|how)"
_CLAUSE = re.compile(rf"\b{_AUXILIARY}\b|^(?:who|what|which|whose|how)\b.*\s\w+(?:ed|s|t)\b", re.IGNORECASE)
_LEADING = re.compile(
    r"^(?P<wh>(?:(?:in|at|on|by|for|to|from|with|of|about|under|since|until)\s+)?"
    r"(?:how (?:many|much|often|long|old|far|big|large|tall|high|bad)(?:\s+(?!" + _AUXILIARY + r"\b)[a-z-]+)?"
    r"|(?:what|which|whose)(?:\s+(?!" + _AUXILIARY + r"\b)[a-z-]+){1,2}(?=\s+" + _AUXILIARY + r"\b)"
    r"|(?:what|which|whose)\s+(?:time|year|day|date|month|city|country|place|kind|sort|number)"
    rf"|{_WH}))(?:\s+(?P<rest>.+?))?\s*\?*$",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^(?P<wh>(?:(?:in|at|on|by|for|to|from|with|of|since|until)\s+)?"
    r"(?:why|when|where|who|whom|how(?: many| much| often| long| old| far)?|what for"
    r"|(?:what|which) (?:time|year|day|date|month|city|country|place|one|ones)))"
    r"(?:\s+(?:exactly|precisely|not|so|else|then|though))?\s*\?*$",
    re.IGNORECASE,
)


def _is_clause(text: str) -> bool:
    return bool(_CLAUSE.search(text))


def _bare_question_word(asked: str, last: Turn) -> str | None:
    """Put a bare question word in front of the last question."""
    bare = _BARE.match(asked)
    before = _LEADING.match(last.question)
    if bare is None or before is None:
        return None
    rest = before["rest"] or ""
    if re.match(rf"{_AUXILIARY}\b", rest, re.IGNORECASE):
        dangling = re.search(rf"\b{_PREPOSITION}$", rest, re.IGNORECASE)
        return f"{bare['wh']} {rest} {last.answer}?" if dangling and last.answer else f"{bare['wh']} {rest}?"
    # The last question asked for the subject; the answer to it, or what it counted, takes that place.
    counted = re.sub(r"^(?:how (?:many|much)|which|what|whose)\s+", "", before["wh"], flags=re.IGNORECASE)
    subject = last.answer or (counted if counted != before["wh"] else None)
    if bare["wh"].casefold() == before["wh"].casefold() or not subject:
        return last.question
    return f"{bare['wh']} was it that {subject} {rest}?"


@dataclass(frozen=True, slots=True)
class _Mention:
    """Hold something a text speaks of, and where."""

    text: str
    kind: Kind
    start: int
    end: int


_PARTICLE = r"(?:de|da|di|du|la|le|van|von|der|den|bin|al|el)"
_CAPITAL = r"[A-Z][\w.’'-]*"
_ONE_NAME = rf"(?:{_PARTICLE}\s+)?{_CAPITAL}(?:\s+(?:(?:{_PARTICLE}|of|for|the)\s+){{0,2}}{_CAPITAL})*"
_NAMES = rf"{_ONE_NAME}(?:(?:,\s+{_ONE_NAME})*,?\s+(?:and|or)\s+{_ONE_NAME})?"
_NUMBER = r"(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|hundreds of|thousands of|dozens of)"
_DETERMINER = rf"(?:the|a|an|this|these|those|both|all|many|most|several|other|{_NUMBER})"
_NOT_NOUN = (
    rf"(?!(?:{_AUXILIARY}|{_WH}|and|or|but|in|at|on|by|for|to|from|with|of|about|under|after|before|during|since|until|"
    r"against|than|as|if|he|she|it|they|him|her|them|his|its|their|not|take|make|get|go|say|meet|want|think|call|hold|"
    r"turn|give|tell|ask|happen|begin|start|end|occur|last|mean|come|leave|become|look|feel|die|win|lose|"
    r"\w+ed|said|met|took|made|went|came|got|gave|told|left|won|lost|held)\b)"
)
_PHRASE = rf"{_DETERMINER}(?:\s+{_NOT_NOUN}[\w’'-]+){{1,4}}"
_MENTION = re.compile(rf"\b(?P<name>(?:the\s+)?{_NAMES})|\b(?:1[0-9]|20)\d\d\b|\b{_PHRASE}")
_MONTH = r"(?:Jan|Febr)uary|March|April|May|June|July|August|(?:Sept|Nov|Dec)ember|October"
_TIME = re.compile(
    rf"^(?:the\s+)?(?:(?:{_MONTH}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b.*|(?:1[5-9]|20)\d\d|\d+(?:st|nd|rd|th)\b.*)$"
)
_GROUP = re.compile(
    r"(?:Association|Union|Police|Department|Council|Party|Company|Corporation|Inc|Committee|University|Court|Team|"
    r"Government|Church|Army|Agency|Bank|Club|League|Congress|Senate|Parliament)\b|^[A-Z]{3,}$|\b(?:and|or)\b",
)
_PERSON = re.compile(
    r"\b(?:mayor|president|commissioner|minister|governor|senator|judge|king|queen|prince|princess|emperor|pope|bishop|"
    r"chief|chair|head|leader|spokes\w+|\w+(?:man|woman|ist|eer)|officer|gunman|killer|singer|writer|author|actor|actress|"
    r"director|painter|composer|scientist|teacher|player|coach|founder|owner|husband|wife|father|mother|son|daughter|"
    r"brother|sister|boy|girl|man|woman|doctor|lawyer|reporter|driver|victim|suspect|inventor|architect)\b(?!s)",
    re.IGNORECASE,
)
_HEAD = re.compile(rf"^(.*?(?:{_PERSON.pattern}|[^s’'iu\s]s\b)).*$", re.IGNORECASE)
"""A phrase as far as the first person or plural in it: what follows may be a verb."""
_PLURAL = re.compile(r"(?:[^s’'iu]s|police|people|men|women|children|family|staff|crowd)$", re.IGNORECASE)


def _mentions(text: str) -> Iterator[_Mention]:
    """Yield what a text speaks of, in order; a sentence's first word is a name only where it can be no other."""
    for match in _MENTION.finditer(text):
        start, words = match.start(), match[0]
        opening = re.match(
            rf"(?:{_WH}|{_AUXILIARY}|In|At|On|By|For|To|From|With|Of|According|Please|Tell)\b\s*", words, re.I
        )
        if start == 0 and opening and match["name"]:
            start, words = opening.end(), words[opening.end() :]
        if not match["name"]:
            words = _HEAD.sub(r"\1", words)
        words = re.sub(r"[.,]$|[’']s?$|^many\s+", "", words)
        if words:
            yield _Mention(words, _kind(words, text[:start]), start, start + len(words))


def _kind(words: str, before: str = "") -> Kind:
    bare = re.sub(r"^(?:the|a|an|his|her|their|its)\s+", "", words, flags=re.IGNORECASE)
    article, words = bare != words, bare
    if _TIME.match(words):
        return "time"
    if words[:1].isupper() or re.match(rf"{_PARTICLE}\s+[A-Z]", words):
        if _GROUP.search(words):
            return "group"
        if article and not _PERSON.search(words):
            return "thing"
        return "place" if re.search(r"\b(?:in|near|into|across)\s+$", before, re.IGNORECASE) else "person"
    if _PLURAL.search(words):
        return "group"
    return "person" if _PERSON.search(words) else "thing"


def _answer(turn: Turn) -> _Mention | None:
    """Return the answer as a mention, of the kind that the question word asked for."""
    if not turn.answer or len(turn.answer.split()) > 8:
        return None
    wh = re.match(rf"(?:\w+\s+)?({_WH})\b", turn.question, re.IGNORECASE)
    asked = wh[1].casefold() if wh else ""
    kind = _kind(turn.answer)
    if asked in ("when", "why", "how"):
        kind = "time" if asked == "when" else kind if kind == "group" else "time"
    elif asked == "where" or re.search(r"\b(?:city|town|village|country|state|capital|place|river)\b", turn.question):
        kind = "place"
    elif asked in ("who", "whom", "whose") and kind != "group":
        kind = "person"
    return _Mention(turn.answer, kind, -1, -1)


_PRONOUN = re.compile(
    r"\b(?:(?P<person>he|she|him|his|her|himself|herself)|(?P<group>they|them|their)|(?P<thing>it|its)|(?P<place>there))\b",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\b(?:is|was|are|were|will) there\s+\w|"
    r"\bthere (?:is|was|are|were|be|been)\b|^how many\b.*\b(?:is|are|was|were) there\b|"
    r"\b(?:is|was) it (?:true|possible|likely|legal|right|necessary|safe)"
    r"|\bit (?:is|was) (?:true|possible|likely|legal|right|necessary)|\bwhat time\b",
    re.IGNORECASE,
)
_FITTING: dict[str, tuple[Kind, ...]] = {
    "person": ("person",),
    "group": ("group",),
    "thing": ("thing", "group", "place"),
    "place": ("place",),
}


def _resolved(asked: str, history: Sequence[Turn]) -> str:
    """Put names for the pronouns that point to earlier turns."""
    if _EXPLETIVE.search(asked):
        return asked
    own = list(_mentions(asked))
    parts, done, named = [], 0, set()
    for match in _PRONOUN.finditer(asked):
        group = str(match.lastgroup)
        if group in named:  # "How old was he when he died?" names him once
            continue
        fitting = _FITTING[group]
        is_object = match[0].casefold() in ("him", "them") or (
            match[0].casefold() in ("her", "it") and not re.match(r"\s+\w", asked[match.end() :])
        )
        inside = [mention for mention in own if mention.end <= match.start() and mention.kind in fitting]
        if inside and not is_object:
            continue
        found = _antecedent(fitting, own, history)
        if found is None:
            continue
        named.add(group)
        possessive = match[0].casefold() in ("his", "its", "their") or (
            match[0].casefold() == "her" and re.match(rf"\s+{_NOT_NOUN}\w", asked[match.end() :]) is not None
        )
        name = found.text
        if group == "place":
            name = f"in {name}" if found.text[:1].isupper() else f"at {name}"
        parts += [asked[done : match.start()], f"{name}’s" if possessive else name]
        done = match.end()
    return "".join([*parts, asked[done:]])


def _antecedent(fitting: Sequence[Kind], own: Sequence[_Mention], history: Sequence[Turn]) -> _Mention | None:
    """Return what a pronoun points to: in the latest turn, the answer to who or where first, else the question."""
    present = {mention.text.casefold() for mention in own}
    for kind in fitting:
        for turn in reversed(history):
            answer = _answer(turn)
            named = [*_mentions(turn.question)]
            asked_for = re.match(r"(?:who|whom|whose|where|which|what|how many)\b", turn.question, re.IGNORECASE)
            order = ([answer, *named] if asked_for else [*named, answer]) if answer else named
            for mention in order:
                if mention and mention.kind == kind and mention.text.casefold() not in present:
                    return mention
    return None


_PREPOSITION = r"(?:in|at|on|by|for|to|from|with|about|of|against|after|before|during|since|until|near|under)"


_NAMED_ALONE = re.compile(rf"(?:{_PREPOSITION}\s+.+|(?i:{_PREPOSITION}\s+)?{_NAMES})\s*\?$")


def _ellipsis(asked: str, last: Turn) -> str | None:
    """Put what is named alone in the place of its like in the last question."""
    named = asked.rstrip(" ?!.")
    if not named or len(named.split()) > 6 or named.casefold() in _INTERJECTIONS:
        return None
    before = list(_mentions(last.question))
    preposition = re.match(rf"({_PREPOSITION})\s+(.+)$", named, re.IGNORECASE)
    kind = _kind(preposition[2], f"{preposition[1]} ") if preposition else _kind(named)
    if preposition:
        after = [m for m in before if re.search(rf"\b{preposition[1]}\s+$", last.question[: m.start], re.IGNORECASE)]
        same = [mention for mention in after if (mention.kind == "time") == (kind == "time")]
        return _swap(last.question, same[0], preposition[2]) if same else _add(last.question, named)
    if kind == "time":
        same = [mention for mention in before if mention.kind == "time"]
        return _swap(last.question, same[0], named) if same else _add(last.question, f"in {named}")
    like = [mention for mention in before if mention.kind == kind]
    others = [mention for mention in before if mention.kind != "time"] if named[:1].isupper() else []
    return _swap(last.question, (like or others)[0], named) if like or others else None


_INTERJECTIONS = frozenset(
    {"thanks", "thank you", "ok", "okay", "yes", "no", "really", "sure", "hello", "hi", "hey", "great", "good", "nice"}
    | {"wow", "please", "more", "anything else", "what else", "who else", "go on"}
)


def _add(text: str, new: str) -> str:
    return f"{text.rstrip(' ?')} {new}?"


def _swap(text: str, mention: _Mention, new: str) -> str:
    return text[: mention.start] + new + text[mention.end :]


def _tidy(question: str) -> str:
    question = re.sub(r"\s+([?.,])", r"\1", question).strip()
    return question[:1].upper() + question[1:]
