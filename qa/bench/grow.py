"""A corpus of any size from a small one: runs of its sentences in new company, some of its names made strange.

It is text that BM25 and the encoder find about as hard as the original: real sentences, a vocabulary that grows with
the corpus. It is no test of accuracy.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from itertools import count

from qa.types import Document

RUNS = 8
"""Of a made document; each is of sentences that follow each other."""
RUN = 3
"""Sentences in a run."""
STRANGE = 0.5
"""Share of a document's names that are replaced."""

_SENTENCE = re.compile(r"[^.!?\n]{20,400}[.!?]+[\"”’)]*")
_NAME = re.compile(r"\b[A-Z][a-z]{3,}\b")
_SYLLABLES = tuple(a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "el", "or"))


def grown(documents: Sequence[Document], seed: int = 0) -> Iterator[Document]:
    """Yield the documents themselves, then made ones without end; the same for the same seed.

    >>> from itertools import islice
    >>> original = Document("a", "Queens is where the Mayor met them. They talked until Tuesday evening.", "A")
    >>> [document.id for document in islice(grown([original]), 3)]
    ['a', 'made/0', 'made/1']
    """
    yield from documents
    runs = [run for document in documents for run in _runs(sentences(document.text))]
    chance = random.Random(seed)  # noqa: S311 - no secret
    for number in count():
        text = " ".join(chance.choices(runs, k=RUNS)) if runs else f"Nothing to say of {number}."
        names = sorted(set(_NAME.findall(text)))
        strange = {name: _strange(chance) for name in names if chance.random() < STRANGE}
        text = _NAME.sub(lambda match, new=strange: new.get(match.group(), match.group()), text)  # type: ignore[misc]
        yield Document(f"made/{number}", text, f"Made {number}", sources=(f"made/{number}",))


def sentences(text: str) -> list[str]:
    """Return what looks like sentences in a text."""
    return [match.group().strip() for match in _SENTENCE.finditer(text)]


def nameless(text: str) -> str:
    """Return a text with one word in the place of every name, which is the same however the names were changed.

    >>> nameless("Then Bill met Susan.")
    'Name Name met Name.'
    """
    return _NAME.sub("Name", text)


def _runs(sentences: Sequence[str]) -> list[str]:
    return [" ".join(sentences[start : start + RUN]) for start in range(len(sentences))]


def _strange(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))).capitalize()
