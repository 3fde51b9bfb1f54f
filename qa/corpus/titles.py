"""What an article is called when nothing says so: its headline, or its opening words."""

from __future__ import annotations

LONGEST_HEADLINE = 200
LONGEST_OPENING = 80
_STARTS_WITHIN = 4000
_SENTENCE_ENDS = (".", "…", ":", ";", ",", "。")
_CLOSERS = "\"'”’»)]"


def title_of(text: str) -> str | None:
    r"""Return the first line if it reads like a headline, else the opening words; None for a text without words.

    >>> title_of("Mayor meets police unions\n\nThey talked for two hours.")
    'Mayor meets police unions'
    >>> title_of("The mayor met the unions.\nThey talked.")
    'The mayor met the unions. They talked.'
    """
    return _headline(text) or opening_words(text)


def opening_words(text: str) -> str | None:
    """Return about LONGEST_OPENING characters of whole words from the start of a text.

    >>> opening_words("word " * 40)
    'word word word word word word word word word word word word word word word word…'
    """
    words = " ".join(text.lstrip()[:_STARTS_WITHIN].split())
    if not any(character.isalnum() for character in words):
        return None
    if len(words) <= LONGEST_OPENING:
        return words
    opening = words[: LONGEST_OPENING + 1]
    # A script without spaces has no word to stop at.
    opening = opening.rpartition(" ")[0] or opening[:-1]
    return opening.rstrip(" ,;:.–—-") + "…"


def _headline(text: str) -> str | None:
    lines = text.lstrip()[:_STARTS_WITHIN].splitlines()
    if not lines or any(line.strip() for line in lines[1:2]):
        return None
    line = " ".join(lines[0].split())
    ends_like_sentence = line.rstrip(_CLOSERS).endswith(_SENTENCE_ENDS)
    if len(line) > LONGEST_HEADLINE or ends_like_sentence or not any(character.isalnum() for character in line):
        return None
    return line
