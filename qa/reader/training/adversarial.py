"""Questions made unanswerable: the wrong entity, number or year, an antonym, a negation.

SQuAD 2.0's own adversarial questions were written so (Rajpurkar et al., 2018, table 1). What is made here is noisy: a
swapped word may not matter to the answer. It teaches the reader to look at every word of a question.
"""

from __future__ import annotations

import random
import re

_OPPOSITES = (
    "first last|most least|largest smallest|biggest smallest|highest lowest|best worst|longest shortest|oldest newest|"
    "before after|increase decrease|increased decreased|more fewer|higher lower|north south|east west|open closed|"
    "eastern western|win lose|won lost|start end|started ended|began ended|born died|found lost|buy sell|bought sold|"
    "support oppose|supported opposed|agree disagree|agreed disagreed|accept reject|accepted rejected|good bad|"
    "positive negative|major minor|early late|earliest latest|left right|top bottom|above below|inside outside|"
    "male female|man woman|men women|husband wife|father mother|son daughter|brother sister|king queen|allow forbid|"
    "allowed banned|legal illegal|public private|rise fall|rose fell|strong weak|rich poor|arrive leave|"
    "northern southern|arrived left|include exclude|included excluded|maximum minimum|majority minority|"
    "enter leave|teach learn|cause prevent|caused prevented|advantage disadvantage|like dislike|"
    "possible impossible|common rare"
)
OPPOSITES = {
    word: other
    for pair in _OPPOSITES.split("|")
    for word, other in (tuple(pair.split()), tuple(reversed(pair.split())))
}

_NAME = re.compile(r"(?<!^)(?<![.?!] )\b[A-Z][\w’'-]+(?: (?:of |the )?[A-Z][\w’'-]+)*")
_NUMBER = re.compile(r"\b\d[\d,]*(?:\.\d+)?\b")
_WORD = re.compile(r"[A-Za-z]+")
_AUXILIARY = re.compile(r"\b(is|are|was|were|did|does|do|has|have|had|can|could|will|would|should)\b")


def names(text: str) -> set[str]:
    """Return the capitalised names in a text, apart from its first word.

    >>> sorted(names("When did Bill de Blasio meet Patrick Lynch in Queens?"))
    ['Bill', 'Blasio', 'Patrick Lynch', 'Queens']
    """
    return set(_NAME.findall(text))


def distort(question: str, context: str, strangers: list[str], chance: random.Random) -> str | None:
    """Return the question changed so that the context should no longer answer it; None where no way is found.

    ``strangers`` are names from elsewhere; those that the question already holds are passed over.
    """
    ways = [_other_name, _other_number, _opposite, _negation]
    chance.shuffle(ways)
    for way in ways:
        changed = way(question, context, strangers, chance)
        if changed and changed != question:
            return changed
    return None


def _replace(text: str, match: re.Match[str], new: str) -> str:
    return text[: match.start()] + new + text[match.end() :]


def _other_name(question: str, context: str, strangers: list[str], chance: random.Random) -> str | None:
    found = list(_NAME.finditer(question))
    near = [name for name in names(context) if name not in question]
    pool = near if near and chance.random() < 0.5 else [name for name in strangers if name not in question]
    if not found or not pool:
        return None
    return _replace(question, chance.choice(found), chance.choice(sorted(pool)))


def _other_number(question: str, context: str, strangers: list[str], chance: random.Random) -> str | None:
    found = list(_NUMBER.finditer(question))
    if not found:
        return None
    match = chance.choice(found)
    others = [n for n in _NUMBER.findall(context) if n != match[0] and len(n) == len(match[0])]
    if others and chance.random() < 0.5:
        return _replace(question, match, chance.choice(others))
    digits = list(match[0])
    place = chance.choice([i for i, digit in enumerate(digits) if digit.isdigit()])
    digits[place] = chance.choice([d for d in "123456789" if d != digits[place]])
    return _replace(question, match, "".join(digits))


def _opposite(question: str, context: str, strangers: list[str], chance: random.Random) -> str | None:
    found = [match for match in _WORD.finditer(question) if match[0].lower() in OPPOSITES]
    if not found:
        return None
    match = chance.choice(found)
    return _replace(question, match, OPPOSITES[match[0].lower()])


def _negation(question: str, context: str, strangers: list[str], chance: random.Random) -> str | None:
    match = _AUXILIARY.search(question)
    if match is None or chance.random() < 0.5:
        return None
    return _replace(question, match, f"{match[0]}n't" if match[0] not in {"can", "will"} else f"{match[0]} never")
