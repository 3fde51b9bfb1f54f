"""A follow-up -> the question it means, from the turns before it.

"When was he killed?", "And Liu?", "Why?": pronouns, ellipses and bare question words are filled in by rules of English,
so that what is asked can be shown and corrected. A question that stands alone is left as it is; so is one that no rule
is sure about. This module knows no articles and asks no model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.mentions import (
    AUXILIARY,
    NAMES,
    NOT_NOUN,
    NOUN_PHRASE,
    PERSON,
    PHRASE,
    PREPOSITION,
    WH,
    Kind,
    Mention,
    kind_of,
    mentions,
)

MEMORY = 4
"""Turns that a pronoun may point back to."""
LONGEST = 300
"""Characters of a question that leans on others, and of what it leans on."""


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
    if not history or not asked or len(asked) > LONGEST:
        return question
    turns = [_shortened(turn) for turn in history[-MEMORY:]]
    bare = _CONNECTIVE.sub("", asked)
    meant = _bare_question_word(bare, turns[-1])
    if meant is None and not _BARE.match(bare) and not _is_clause(bare) and (bare != asked or _NAMED_ALONE.match(bare)):
        meant = _ellipsis(bare, turns[-1])
    if meant is None:
        clause = bare if bare != asked and _is_clause(bare) else asked
        meant = _resolved(clause, turns)
        if meant in (asked, clause):
            return question
    return _tidy(meant)


def _shortened(turn: Turn) -> Turn:
    """Return the turn without what is too long to be pointed to."""
    question, answer = " ".join(turn.question.split())[:LONGEST], " ".join((turn.answer or "").split())
    return Turn(question.rstrip(" ?") + "?", answer if 0 < len(answer) <= LONGEST else None)


_CONNECTIVE = re.compile(
    r"^(?:(?:and|but|or|so|ok(?:ay)?|then|well|also|now)\b,?\s+)*(?:(?:what|how) about\s+)?(?=\w)", re.IGNORECASE
)
_CLAUSE = re.compile(rf"\b{AUXILIARY}\b|^(?:who|what|which|whose|how)\b.*\s\w+(?:ed|s|t)\b", re.IGNORECASE)
_LEADING = re.compile(
    r"^(?P<wh>(?:(?:in|at|on|by|for|to|from|with|of|about|under|since|until)\s+)?"
    r"(?:how (?:many|much|often|long|old|far|big|large|tall|high|bad)(?:\s+(?!" + AUXILIARY + r"\b)[a-z-]+)?"
    r"|(?:what|which|whose)(?:\s+(?!" + AUXILIARY + r"\b)[a-z-]+){1,2}(?=\s+" + AUXILIARY + r"\b)"
    r"|(?:what|which|whose)\s+(?:time|year|day|date|month|city|country|place|kind|sort|number)"
    rf"|{WH}))(?:\s+(?P<rest>.+?))?\s*\?*$",
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
    if bare is None:
        return None
    if before is None:  # a question for yes or no
        return (
            f"{bare['wh']} {last.question[0].lower()}{last.question[1:]}" if _YES_OR_NO.match(last.question) else None
        )
    rest, wants_thing = before["rest"] or "", _FOR_A_THING.match(before["wh"]) is not None
    happened = re.match(r"happened\b(.*)", rest, re.IGNORECASE)
    if happened:
        return f"{bare['wh']} did it happen{happened[1]}?"
    being = re.match(r"(?:is|are|was|were)\s+(.+)", rest, re.IGNORECASE) if wants_thing else None
    if being and re.fullmatch(rf"(?:the\s+)?{NAMES}|{PHRASE}(?:\s+of\s+.+)?", being[1]):  # "Who is the mayor?"
        return None
    if re.match(rf"{AUXILIARY}\b", rest, re.IGNORECASE) and (being is None or re.match(NOUN_PHRASE, being[1])):
        tail = re.search(rf"\b{PREPOSITION}(\s+.+)?$", rest, re.IGNORECASE)
        wants_object = wants_thing and (tail[1] is None if tail else re.search(r"\s\w+$", rest) is not None)
        is_short = last.answer is not None and len(last.answer.split()) <= 8
        return f"{bare['wh']} {rest} {last.answer}?" if wants_object and is_short else f"{bare['wh']} {rest}?"
    # The last question asked for the subject; the answer to it, or what it counted, takes that place.
    counted = re.sub(r"^(?:how (?:many|much)|which|what|whose)\s+", "", before["wh"], flags=re.IGNORECASE)
    subject = last.answer or (counted if counted != before["wh"] else None)
    if bare["wh"].casefold() == before["wh"].casefold():
        return last.question
    if not subject:
        return None
    if before["wh"].casefold() in ("which", "what"):
        rest = re.sub(rf"^(?:{NOT_NOUN}[\w’'-]+\s+)+", "", rest, flags=re.IGNORECASE)  # "Which officers died?"
    return f"{bare['wh']} was it that {subject} {rest}?"


_YES_OR_NO = re.compile(rf"{AUXILIARY}\b", re.IGNORECASE)
_FOR_A_THING = re.compile(r"(?:\w+\s+)?(?:who|whom|what|which|how (?:many|much))\b", re.IGNORECASE)


def _answer(turn: Turn) -> Mention | None:
    """Return the answer as a mention, of the kind that the question word asked for."""
    if not turn.answer or len(turn.answer.split()) > 8:
        return None
    wh = re.match(rf"(?:\w+\s+)?({WH})\b", turn.question, re.IGNORECASE)
    asked = wh[1].casefold() if wh else ""
    kind = kind_of(turn.answer)
    if asked == "what" and not re.fullmatch(rf"(?:the\s+)?{NAMES}|{PHRASE}", turn.answer):
        return None
    if asked in ("when", "why", "how"):
        kind = "time" if asked == "when" else kind if kind == "group" else "time"
    elif asked == "where" or re.search(r"\b(?:city|town|village|country|state|capital|place|river)\b", turn.question):
        kind = "place"
    elif asked in ("who", "whom", "whose") and kind != "group":
        kind = "person"
    return Mention(turn.answer, kind, -1, -1)


_PRONOUN = re.compile(
    r"\b(?:(?P<person>he|she|him|his|her|himself|herself)|(?P<group>they|them|their)|(?P<thing>it|its)|(?P<place>there))\b",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\b(?:make|makes|made|making|matter|matters|call|called) it\b|\b(?:does|did|would) it matter\b|"
    r"\b(?:is|was|are|were|will) there\s+\w|"
    r"\bthere (?:is|was|are|were|be|been)\b|^how many\b.*\b(?:is|are|was|were) there\b|"
    r"\b(?:is|was) it (?:true|possible|likely|legal|right|necessary|safe)"
    r"|\bit (?:is|was) (?:true|possible|likely|legal|right|necessary)|\bwhat time is it\b"
    r"|\b(?:is|was|did|does|will) it (?:be )?(?:rain|snow|hail|thunder|freez|late|early|cold|hot|warm|dark|sunny)",
    re.IGNORECASE,
)
_CLOSE = re.compile(r"(?:\s+(?!(?:and|or|if|before|after|when|while|that|who|think|say|believe)\b)\w+){1,3}\s+")
"""What stands between a subject and a pronoun that can't be the subject itself: "Did Bratton criticise him?"."""
_OWN_PERSON = re.compile(
    rf"\w\s+who\b|^(?:which|what)\s+{PERSON.pattern}|\b(?:a|an)\s+\w+\b.*\b(?:if|when|before|after|while)\b",
    re.IGNORECASE,
)
"""Somebody in the question itself whom he, she, him or her means."""
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
    own = list(mentions(asked))
    spoken = [(turn, list(mentions(turn.question))) for turn in reversed(history)]
    antecedents: dict[str, Mention | None] = {}
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
        if inside and (not is_object or not _CLOSE.fullmatch(asked[inside[-1].end : match.start()])):
            continue
        if _OWN_PERSON.search(asked[: match.start()]) and group == "person":
            continue
        if match[0] == "IT":
            continue
        if group not in antecedents:
            antecedents[group] = _antecedent(fitting, own, spoken)
        found = antecedents[group]
        if found is None:
            continue
        named.add(group)
        possessive = match[0].casefold() in ("his", "its", "their") or (
            match[0].casefold() == "her" and re.match(rf"\s+{NOT_NOUN}\w", asked[match.end() :]) is not None
        )
        name = found.text
        if group == "place":
            name = f"in {name}" if found.text[:1].isupper() else f"at {name}"
        parts += [asked[done : match.start()], f"{name}’s" if possessive else name]
        done = match.end()
    return "".join([*parts, asked[done:]])


def _antecedent(
    fitting: Sequence[Kind], own: Sequence[Mention], spoken: Sequence[tuple[Turn, Sequence[Mention]]]
) -> Mention | None:
    """Return what a pronoun points to: in the latest turn, the answer to who or where first, else the question.

    ``spoken`` are the turns, the latest first, with what their questions speak of. Past a turn that speaks of a bare
    name nothing but a person is looked for: the name may be that of a company, and meant.
    """
    present = {mention.text.casefold() for mention in own}
    for turn, speaks_of in spoken:
        answer, named = _answer(turn), [*speaks_of]
        defined = _DEFINED.match(turn.question)
        if defined and not (answer and answer.text[:1].isupper()):  # "What is a quagga?": not what it was said to be
            answer, named = None, named or [Mention(defined[1], "thing", -1, -1)]
        asked_for = re.match(r"(?:who|whom|whose|where|which|what|how many)\b", turn.question, re.IGNORECASE)
        order = ([answer, *named] if asked_for else [*named, answer]) if answer else named
        new = [mention for mention in order if mention.text.casefold() not in present]
        for kind in fitting:
            for mention in new:
                if mention.kind == kind:
                    return mention
        if "person" not in fitting and any(mention.kind == "person" and _is_bare(mention) for mention in speaks_of):
            return None
    return None


def _is_bare(mention: Mention) -> bool:
    return mention.text[:1].isupper() and not PERSON.search(mention.text)


_DEFINED = re.compile(
    rf"(?:who|what)\s+(?:is|are|was|were)\s+({NOT_NOUN}(?:an?\s+)?[\w’'.-]+(?:\s+[\w’'.-]+){{0,3}})\s*\?$",
    re.IGNORECASE,
)


_NAMED_ALONE = re.compile(rf"(?:{PREPOSITION}\s+.+|(?i:{PREPOSITION}\s+)?{NAMES})\s*\?$")


def _ellipsis(asked: str, last: Turn) -> str | None:
    """Put what is named alone in the place of its like in the last question."""
    named = asked.rstrip(" ?!.")
    if not named or len(named.split()) > 6 or named.casefold() in _INTERJECTIONS:
        return None
    before = list(mentions(last.question))
    preposition = re.match(rf"({PREPOSITION})\s+(.+)$", named, re.IGNORECASE)
    kind = kind_of(preposition[2], f"{preposition[1]} ") if preposition else kind_of(named)
    if preposition:
        for found in re.finditer(rf"\b{preposition[1].lower()}\s+({NAMES})", last.question):
            if (kind_of(found[1]) == "time") == (kind == "time"):
                return last.question[: found.start(1)] + preposition[2] + last.question[found.end(1) :]
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
    | {"and", "but", "so", "then", "or", "wow", "please", "more", "anything else", "what else", "who else", "go on"}
)


def _add(text: str, new: str) -> str:
    return f"{text.rstrip(' ?')} {new}?"


def _swap(text: str, mention: Mention, new: str) -> str:
    """Put the new in the place of the mention; of "the capital of France" only the country gives way to a name."""
    owner = re.match(r"the\s+.+\s+of\s+(?=[A-Z])", mention.text)
    start = mention.start + (owner.end() if owner and new[:1].isupper() and " of " not in new else 0)
    return text[:start] + new + text[mention.end :]


def _tidy(question: str) -> str:
    question = re.sub(r"\s+([?.,])", r"\1", question).strip()
    return question[:1].upper() + question[1:]
