"""Examples -> TrainingSet: contexts once each, and for every question the passages that look like its own."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from qa.reader.training.examples import Example

LONG = 2400
"""Contexts beyond this many characters are cut to the surroundings of their answers."""


@dataclass(frozen=True, slots=True)
class Item:
    """Hold a question with numbers of contexts: the one it was asked about, and hard negatives, best ranked first.

    There are no negatives only where every other context answers.
    """

    source: str
    title: str
    question: str
    context: int
    golds: tuple[tuple[int, int], ...]
    """Characters of the right answers; the first is the one that most agree with."""
    negatives: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Hold what the reader learns from."""

    contexts: tuple[str, ...]
    items: tuple[Item, ...]

    def save(self, path: Path) -> None:
        """Write as gzipped JSON."""
        with gzip.open(path, "wt", encoding="utf-8", compresslevel=6) as file:
            json.dump({"contexts": self.contexts, "items": [list(asdict(item).values()) for item in self.items]}, file)

    @classmethod
    def load(cls, path: Path) -> TrainingSet:
        """Read what ``save`` wrote."""
        with gzip.open(path, "rt", encoding="utf-8") as file:
            values = json.load(file)
        items = tuple(
            Item(source, title, question, context, tuple((s, e) for s, e in golds), tuple(negatives))
            for source, title, question, context, golds, negatives in values["items"]
        )
        return cls(tuple(values["contexts"]), items)


def prepare(examples: Iterable[Example], negatives: int = 8) -> TrainingSet:
    """Number the contexts and mine hard negatives: BM25's best passages that hold none of the answers.

    A question may stand in several examples, as when papers tell the same story: a context in which one of them is
    answered is nobody's negative, though it says it in other words.
    """
    numbers: dict[str, int] = {}
    items = []
    for example in examples:
        context, golds = _surroundings(example)
        number = numbers.setdefault(context, len(numbers))
        items.append(Item(example.source, example.title, example.question, number, agreed(golds)))
    contexts = tuple(numbers)
    return TrainingSet(contexts, tuple(_with_negatives(items, contexts, negatives)))


def agreed(golds: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the golds in the order of how much they share with the others; of equal ones the earlier first.

    Where several people answered, the answer of most is worth more than the odd one.

    >>> agreed([(0, 30), (10, 15), (10, 16), (10, 15)])
    ((10, 15), (10, 15), (10, 16), (0, 30))
    """

    def shared(one: tuple[int, int]) -> float:
        pairs = [(min(one[1], end) - max(one[0], start), one[1] - one[0] + end - start) for start, end in golds]
        return sum(2 * max(0, common) / both for common, both in pairs)

    return tuple(sorted(golds, key=lambda gold: -shared(gold)))


def _surroundings(example: Example) -> tuple[str, tuple[tuple[int, int], ...]]:
    context = example.context
    golds = tuple((gold.start, gold.end) for gold in example.golds)
    if len(context) <= LONG:
        return context, golds
    start, end = golds[0] if golds else (0, 0)
    low = max(0, start - max(0, LONG - (end - start)) // 2)
    low = context.rfind(" ", 0, low) + 1 if low else 0
    high = low + LONG
    high = high if high >= len(context) else max(end, context.rfind(" ", 0, high))
    return context[low:high], tuple((s - low, e - low) for s, e in golds if low <= s and e <= high)


def _with_negatives(items: Sequence[Item], contexts: Sequence[str], count: int) -> list[Item]:
    import bm25s

    lexical = bm25s.BM25()
    lexical.index(bm25s.tokenize(list(contexts), stopwords="en", show_progress=False), show_progress=False)
    questions = bm25s.tokenize([item.question for item in items], stopwords="en", show_progress=False, return_ids=False)
    wanted = min(len(contexts), count + 8)
    ranked = lexical.retrieve(questions, k=wanted, show_progress=False, n_threads=-1, return_as="documents")
    folded = [f" {_fold(context)} " for context in contexts]
    answered: dict[str, set[int]] = {}
    answers: dict[str, set[str]] = {}
    for item in items:
        answered.setdefault(item.question, set()).update([item.context] if item.golds else [])
        answers.setdefault(item.question, set()).update(
            f" {_fold(contexts[item.context][start:end])} " for start, end in item.golds
        )
    result = []
    for item, numbers in zip(items, ranked.tolist(), strict=True):

        def permitted(number: int, item: Item = item) -> bool:
            mine = number == item.context or number in answered[item.question]
            return not mine and not any(answer in folded[number] for answer in answers[item.question])

        others = [number for number in numbers if permitted(number)][:count]
        if not others:  # whatever doesn't answer is better than nothing
            others = list(islice(filter(permitted, range(len(contexts))), 1))
        result.append(Item(item.source, item.title, item.question, item.context, item.golds, tuple(others)))
    return result


def _fold(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()
