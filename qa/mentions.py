"""What a question or an answer speaks of: people, groups, places, times and things, by their form in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["person", "group", "place", "time", "thing"]

AUXILIARY = (
    r"(?:is|are|was|were|am|be|been|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)"
    r"(?:n[’']t)?"
)
WH = r"(?:who|whom|whose|what|which|when|where|why|how)"
PREPOSITION = r"(?:in|at|on|by|for|to|from|with|about|of|against|after|before|during|since|until|near|under)"


@dataclass(frozen=True, slots=True)
class Mention:
    """Hold something a text speaks of, and where."""

    text: str
    kind: Kind
    start: int
    end: int


_PARTICLE = r"(?:de|da|di|du|la|le|van|von|der|den|bin|al|el)"
CAPITAL = r"[A-Z][\w.’'-]*"
_ONE_NAME = rf"(?:{_PARTICLE}\s+)?{CAPITAL}(?:\s+(?:(?:{_PARTICLE}|of|for|the)\s+){{0,2}}{CAPITAL})*"
NAMES = rf"{_ONE_NAME}(?:(?:,\s+{_ONE_NAME})*,?\s+(?:and|or)\s+{_ONE_NAME})?"
_NUMBER = r"(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|hundreds of|thousands of|dozens of)"
_DETERMINER = rf"(?:the|a|an|this|these|those|both|all|many|most|several|other|{_NUMBER})"
NOT_NOUN = (
    rf"(?!(?:{AUXILIARY}|{WH}|and|or|but|in|at|on|by|for|to|from|with|of|about|under|after|before|during|since|until|"
    r"against|than|as|if|he|she|it|they|him|her|them|his|its|their|not|take|make|get|go|say|meet|want|think|call|hold|"
    r"turn|give|tell|ask|happen|begin|start|end|occur|last|mean|come|leave|become|look|feel|die|win|lose|"
    r"\w+ed|said|met|took|made|went|came|got|gave|told|left|won|lost|held|built|born|shot|sold|written|known|seen|"
    r"done|taken|given|stolen|broken|chosen|begun|sung|drawn|hit|cut|put|set|sent|kept|caught|taught|brought|bought|led|run)\b)"
)
PHRASE = rf"{_DETERMINER}(?:\s+{NOT_NOUN}[\w’'-]+){{1,4}}"
NOUN_PHRASE = rf"(?:{PHRASE}|(?:the\s+)?{CAPITAL}|(?:he|she|it|they|you|we|his|her|its|their)\b)"
_MENTION = re.compile(rf"\b(?P<name>(?:the\s+)?{NAMES})|\b(?:1[0-9]|20)\d\d\b|\b{PHRASE}")
_MONTH = r"(?:Jan|Febr)uary|March|April|May|June|July|August|(?:Sept|Nov|Dec)ember|October"
_TIME = re.compile(
    rf"^(?:the\s+)?(?:(?:{_MONTH}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b.*|(?:1[0-9]|20)\d\d|\d+(?:st|nd|rd|th)\b.*)$"
)
_GROUP = re.compile(
    r"(?:Association|Union|Police|Department|Council|Party|Company|Corporation|Inc|Committee|University|Court|Team|"
    r"Government|Church|Army|Agency|Bank|Club|League|Congress|Senate|Parliament)\b|^[A-Z]{3,}$|\b(?:and|or)\b",
)
PERSON = re.compile(
    r"\b(?:mayor|president|commissioner|minister|governor|senator|judge|king|queen|prince|princess|emperor|pope|bishop|"
    r"chief|chair|head|leader|spokes\w+|\w+(?:man|woman|ist|eer)|officer|gunman|killer|singer|writer|author|actor|actress|"
    r"director|painter|composer|scientist|teacher|player|coach|founder|owner|husband|wife|father|mother|son|daughter|"
    r"brother|sister|boy|girl|man|woman|doctor|lawyer|reporter|driver|victim|suspect|inventor|architect)\b(?!s)",
    re.IGNORECASE,
)
_HEAD = re.compile(rf"^(.*?(?:{PERSON.pattern}|[^s’'iu\s]s\b)).*$", re.IGNORECASE)
"""A phrase as far as the first person or plural in it: what follows may be a verb."""
_PLURAL = re.compile(r"(?:[^s’'iu]s|police|people|men|women|children|family|staff|crowd)$", re.IGNORECASE)


def mentions(text: str) -> Iterator[Mention]:
    """Yield what a text speaks of, in order; a sentence's first word is a name only where it can be no other."""
    for match in _MENTION.finditer(text):
        start, words = match.start(), match[0]
        opening = re.match(
            rf"(?:{WH}|{AUXILIARY}|In|At|On|By|For|To|From|With|Of|According|Please|Tell)\b\s*", words, re.I
        )
        if start == 0 and opening and match["name"]:
            start, words = opening.end(), words[opening.end() :]
        if not match["name"]:
            words = _HEAD.sub(r"\1", words)
        if words.startswith("many "):
            start, words = start + 5, words[5:]
        words = re.sub(r"[.,]$|[’']s?$", "", words)
        if words:
            yield Mention(words, kind_of(words, text[:start]), start, start + len(words))


def kind_of(words: str, before: str = "") -> Kind:
    """Return what words speak of; ``before`` is the text in front of them.

    >>> kind_of("Rafael Ramos"), kind_of("Cuba", "Who lives in "), kind_of("the unions"), kind_of("May 1945")
    ('person', 'place', 'group', 'time')
    """
    bare = re.sub(r"^(?:the|a|an|his|her|their|its)\s+", "", words, flags=re.IGNORECASE)
    article, words = bare != words, bare
    if _TIME.match(words):
        return "time"
    if words[:1].isupper() or re.match(rf"{_PARTICLE}\s+[A-Z]", words):
        if _GROUP.search(words):
            return "group"
        if article and not PERSON.search(words):
            return "thing"
        return "place" if re.search(r"\b(?:in|near|into|across)\s+$", before, re.IGNORECASE) else "person"
    if _PLURAL.search(words):
        return "group"
    return "person" if PERSON.search(words) else "thing"
