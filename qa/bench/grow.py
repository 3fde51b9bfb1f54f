"""A corpus of any size from a small one: its sentences in new company, some of its names made strange.

It is text that BM25 and the encoder find about as hard as the original: real sentences, a vocabulary that grows with
the corpus. It is no test of accuracy.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from itertools import count

from qa.types import Document

SENTENCES = 24
"""Of a made document."""
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
    sentences = [match.group().strip() for document in documents for match in _SENTENCE.finditer(document.text)]
    chance = random.Random(seed)  # noqa: S311 - no secret
    for number in count():
        text = " ".join(chance.choices(sentences, k=SENTENCES)) if sentences else f"Nothing to say of {number}."
        names = sorted(set(_NAME.findall(text)))
        strange = {name: _strange(chance) for name in names if chance.random() < STRANGE}
        text = _NAME.sub(lambda match, new=strange: new.get(match.group(), match.group()), text)  # type: ignore[misc]
        yield Document(f"made/{number}", text, f"Made {number}", sources=(f"made/{number}",))


def _strange(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))).capitalize()
