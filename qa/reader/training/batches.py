"""TrainingSet -> batches of pairs: a question with a passage that answers it, beside one that doesn't.

Reading both in one batch teaches what either alone can't: the same question in front of the wrong passage, and the
same passage in front of the wrong question.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from nupunkt import sent_spans

from qa.reader.training.adversarial import distort, names
from qa.reader.training.prepare import Item, TrainingSet
from qa.reader.training.recipe import LONGEST, Mix
from qa.reader.windows import Pieces, PieceTokenizer, Window, windows

Array = npt.NDArray[np.int64]

FEWEST, STEP = 64, 48
"""Batches are padded to one of few lengths, FEWEST and multiples of STEP above it: a compiled network likes that."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Hold windows two by two: rows 2i and 2i+1 are a pair.

    ``ids``, ``types`` and ``mask`` are [rows, length]; ``allowed`` marks the pieces an answer may take, and the null
    answer at 0; ``start`` and ``end`` are the gold pieces, 0 for none; ``grouped`` is true for pairs that share their
    question and whose first row answers it.
    """

    ids: Array
    types: Array
    mask: Array
    allowed: npt.NDArray[np.bool_]
    start: Array
    end: Array
    grouped: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    window: Window
    start: int
    end: int


class PairSampler:
    """Draw the pairs of an epoch; the same seed and epoch give the same batches."""

    def __init__(self, data: TrainingSet, tokenizer: PieceTokenizer, mix: Mix, seed: int) -> None:
        self._data, self._tokenizer, self._mix, self._seed = data, tokenizer, mix, seed
        self._contexts = tokenizer.pieces(data.contexts)
        self._questions = tokenizer.pieces([item.question for item in data.items])
        self._strangers = sorted({name for item in data.items[::7] for name in names(item.question)})
        self._answerable: dict[int, list[int]] = {}
        for number, item in enumerate(data.items):
            if item.golds:
                self._answerable.setdefault(item.context, []).append(number)

    def plan(self, epoch: int, pairs: int) -> list[list[int]]:
        """Return the batches of an epoch as numbers of items, those of similar length together."""
        chance = random.Random(self._seed * 1000 + epoch)  # noqa: S311 - sampling, not secrets
        order = self._order(chance)
        chance.shuffle(order)
        groups = []
        for low in range(0, len(order), pairs * 64):
            chunk = sorted(order[low : low + pairs * 64], key=self._length)
            groups += [chunk[i : i + pairs] for i in range(0, len(chunk), pairs)]
        chance.shuffle(groups)
        return groups

    def _length(self, number: int) -> int:
        return len(self._contexts[self._data.items[number].context])

    def batch(self, numbers: Sequence[int], seed: int) -> Batch:
        """Return the batch of these items; the same seed draws the same partners."""
        chance = random.Random(f"{self._seed} {seed}")  # noqa: S311
        return _collate([self._pair(number, chance) for number in numbers])

    def _order(self, chance: random.Random) -> list[int]:
        order: list[int] = []
        answerable: dict[str, list[int]] = {}
        for number, item in enumerate(self._data.items):
            if item.golds:
                answerable.setdefault(item.source, []).append(number)
            else:
                order += [number] * self._mix.repeat_unanswerable
        for source, numbers in answerable.items():
            order += chance.sample(numbers, round(len(numbers) * self._mix.shares.get(source, 1.0)))
        return order

    def _pair(self, number: int, chance: random.Random) -> tuple[_Row, _Row, bool]:
        item = self._data.items[number]
        if not item.golds:
            siblings = self._answerable.get(item.context)
            own = self._row(self._questions[number], self._contexts[item.context], (), chance)
            if not siblings:
                wrong = self._negative(item, chance)
                return own if wrong is None else self._row(self._questions[number], wrong, (), chance), own, False
            sibling = chance.choice(siblings)
            golds = self._data.items[sibling].golds
            return self._row(self._questions[sibling], self._contexts[item.context], golds, chance), own, False
        question, context = self._questions[number], self._contexts[item.context]
        right = self._row(question, context, item.golds, chance)
        # A longer partner would only add padding to the whole batch, and teach that long passages hold no answer.
        length = _padded(len(right.window.ids))
        mix, kind = self._mix, chance.random()
        siblings = [other for other in self._answerable[item.context] if other != number]
        if kind < mix.sibling and siblings:
            other = chance.choice(siblings)
            return right, self._row(self._questions[other], context, self._data.items[other].golds, chance), False
        if kind < mix.sibling + mix.distorted:
            text = distort(item.question, self._data.contexts[item.context], self._strangers, chance)
            if text is not None:
                return right, self._row(self._tokenizer.pieces([text])[0], context, (), chance), False
        elif kind < mix.sibling + mix.distorted + mix.removed:
            rest = without_answer(self._data.contexts[item.context], item.golds)
            if rest is not None:
                return right, self._row(question, self._tokenizer.pieces([rest])[0], (), chance), True
        wrong = self._negative(item, chance)
        if wrong is None:
            return right, right, False
        return right, self._row(question, wrong, (), chance, max(length, 112)), True

    def _negative(self, item: Item, chance: random.Random) -> Pieces | None:
        """Return a context that doesn't answer; None where all do."""
        if not item.negatives:
            return None
        # The better a passage ranks, the more often the reader will meet its like.
        rank = min(int(chance.expovariate(0.35)), len(item.negatives) - 1)
        return self._contexts[item.negatives[rank]]

    def _row(
        self,
        question: Pieces,
        passage: Pieces,
        golds: Sequence[tuple[int, int]],
        chance: random.Random,
        length: int | None = None,
    ) -> _Row:
        length = min(length or self._mix.length, self._mix.length)
        choices = list(windows(question, passage, length=length, stride=min(self._mix.stride, length // 8)))
        if golds:
            low, high = golds[0]
            first = int(np.searchsorted(passage.ends, low, side="right"))
            last = int(np.searchsorted(passage.starts, high, side="left")) - 1
            holding = [w for w in choices if w.first <= first and last < w.first + w.count]
            if holding and last >= first:
                window = chance.choice(holding)
                return _Row(window, window.offset + first - window.first, window.offset + last - window.first)
        return _Row(chance.choice(choices), 0, 0)


def without_answer(context: str, golds: Sequence[tuple[int, int]]) -> str | None:
    """Return the context without the sentences that hold an answer; None when it still says one, or little is left.

    >>> without_answer("Liu was buried on Sunday. He was an officer. His partner was Ramos.", [(18, 24)])
    'He was an officer. His partner was Ramos.'
    """
    answers = {context[start:end].casefold() for start, end in golds}
    kept = [
        context[low:high]
        for low, high in sent_spans(context)
        if not any(start < high and low < end for start, end in golds)
    ]
    rest = "".join(kept)
    if len(rest) < 40 or any(answer in rest.casefold() for answer in answers):
        return None
    return rest


def _padded(length: int) -> int:
    return min(LONGEST, FEWEST + max(0, -(-(length - FEWEST) // STEP)) * STEP)


def _collate(pairs: Sequence[tuple[_Row, _Row, bool]]) -> Batch:
    rows = [row for first, second, _ in pairs for row in (first, second)]
    longest = max(len(row.window.ids) for row in rows)
    shape = (len(rows), _padded(longest))
    ids, types, mask = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    allowed = np.zeros(shape, dtype=np.bool_)
    for number, row in enumerate(rows):
        window = row.window
        ids[number, : len(window.ids)] = window.ids
        mask[number, : len(window.ids)] = 1
        types[number, window.offset : len(window.ids)] = 1
        allowed[number, window.offset : window.offset + window.count] = True
    allowed[:, 0] = True
    start, end = (np.asarray([getattr(row, side) for row in rows], dtype=np.int64) for side in ("start", "end"))
    grouped = np.asarray([same and first.start > 0 and second.start == 0 for first, second, same in pairs])
    return Batch(ids, types, mask, allowed, start, end, grouped)
