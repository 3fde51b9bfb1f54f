from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reader.training.batches import Batch, PairSampler, _padded, without_answer
from qa.reader.training.prepare import Item, TrainingSet
from qa.reader.training.recipe import Mix
from qa.reader.windows import CLS, SEP, PieceTokenizer

Sample = Callable[..., Batch]
PiecesOf = Callable[[str], list[int]]

CONTEXTS = (
    "Officer Liu was buried in Queens on Sunday. Thousands of other officers came to the funeral from far away.",
    "The mayor met the police unions on Tuesday. Patrick Lynch was among those who came to the meeting.",
    "Rain fell on the hills all day long. " * 30 + "At night the moon rose over Cologne. " + "Then it was still. " * 30,
)


def item(question: str, context: int, answer: str = "", source: str = "news") -> Item:
    low = CONTEXTS[context].index(answer)
    golds = ((low, low + len(answer)),) if answer else ()
    return Item(source, "", question, context, golds, tuple(n for n in range(3) if n != context))


ITEMS = (
    item("Where was Officer Liu buried?", 0, "Queens"),
    item("When was Liu buried?", 0, "Sunday"),
    item("Whom did the mayor meet?", 1, "the police unions"),
    item("What rose over the river at night?", 2, "moon", source="nature"),
    item("Where was Officer Ramos buried?", 0),
    item("How much snow fell?", 1),
)
DATA = TrainingSet(CONTEXTS, ITEMS)
PLAIN = Mix(length=128, sibling=0, removed=0, distorted=0)


@pytest.fixture
def sample(piece_tokenizer: PieceTokenizer) -> Sample:
    def sample(number: int, mix: Mix, seed: int = 0) -> Batch:
        return PairSampler(DATA, piece_tokenizer, mix, seed=7).batch([number], seed)

    return sample


@pytest.fixture
def pieces_of(piece_tokenizer: PieceTokenizer) -> PiecesOf:
    """Return the ids of a text, to be found again in a row."""
    return lambda text: piece_tokenizer.pieces([text])[0].ids.tolist()


def gold_ids(batch: Batch, row: int) -> list[int]:
    return batch.ids[row, batch.start[row] : batch.end[row] + 1].tolist()


def question_ids(batch: Batch, row: int) -> list[int]:
    ids = batch.ids[row].tolist()
    return ids[1 : ids.index(SEP)]


def passage_ids(batch: Batch, row: int) -> list[int]:
    return batch.ids[row][batch.allowed[row]].tolist()[1:]


def test_the_answer_that_most_agree_with_is_learnt(piece_tokenizer: PieceTokenizer, pieces_of: PiecesOf) -> None:
    context = CONTEXTS[0]
    golds = tuple((context.index(text), context.index(text) + len(text)) for text in ("Queens", "in Queens on Sunday"))
    data = TrainingSet(CONTEXTS, (Item("news", "", "Where was Liu buried?", 0, golds, (1,)),))
    sampler = PairSampler(data, piece_tokenizer, PLAIN, seed=7)
    for seed in range(8):
        assert gold_ids(sampler.batch([0], seed), 0) == pieces_of("Queens")


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("seed", range(5))
def test_the_gold_pieces_are_the_answer(sample: Sample, pieces_of: PiecesOf, number: int, seed: int) -> None:
    batch = sample(number, PLAIN, seed)
    ((low, high),) = ITEMS[number].golds
    assert gold_ids(batch, 0) == pieces_of(CONTEXTS[ITEMS[number].context][low:high])
    assert question_ids(batch, 0) == pieces_of(ITEMS[number].question)
    assert batch.allowed[0, batch.start[0] : batch.end[0] + 1].all()


def test_a_batch_is_padded_and_allows_the_passage_and_null_alone(sample: Sample) -> None:
    batch = sample(0, PLAIN)
    for row in range(2):
        size = int(batch.mask[row].sum())
        first = batch.ids[row].tolist().index(SEP) + 1
        assert batch.ids[row, 0] == CLS
        assert batch.ids[row, size - 1] == SEP
        assert batch.mask[row].tolist() == [1] * size + [0] * (batch.ids.shape[1] - size)
        assert batch.types[row].tolist() == [0] * first + [1] * (size - first) + [0] * (batch.ids.shape[1] - size)
        assert np.flatnonzero(batch.allowed[row]).tolist() == [0, *range(first, size - 1)]
    assert batch.ids.shape[1] <= PLAIN.length


def test_a_hard_negative_asks_the_same_of_another_passage(sample: Sample) -> None:
    batch = sample(2, PLAIN)
    assert question_ids(batch, 1) == question_ids(batch, 0)
    assert passage_ids(batch, 1) != passage_ids(batch, 0)
    assert (batch.start[1], batch.end[1], batch.grouped.tolist()) == (0, 0, [True])


def test_what_every_passage_answers_stands_beside_itself(piece_tokenizer: PieceTokenizer) -> None:
    everywhere = TrainingSet(CONTEXTS, (replace(ITEMS[0], negatives=()),))
    batch = PairSampler(everywhere, piece_tokenizer, PLAIN, seed=7).batch([0], 0)
    assert batch.start.tolist() == [batch.start[0]] * 2
    assert batch.start[0] > 0
    assert not batch.grouped.any()


def test_a_sibling_asks_another_question_of_the_same_passage(sample: Sample, pieces_of: PiecesOf) -> None:
    batch = sample(0, Mix(length=128, sibling=1))
    assert passage_ids(batch, 1) == passage_ids(batch, 0)
    assert question_ids(batch, 1) == pieces_of(ITEMS[1].question)
    assert (gold_ids(batch, 1), batch.grouped.tolist()) == (pieces_of("Sunday"), [False])


def test_a_passage_without_its_answer_answers_nothing(sample: Sample, pieces_of: PiecesOf) -> None:
    batch = sample(0, Mix(length=128, sibling=0, distorted=0, removed=1))
    assert passage_ids(batch, 1) == pieces_of(CONTEXTS[0].partition("Sunday. ")[2])
    assert question_ids(batch, 1) == question_ids(batch, 0)
    assert (batch.start[1], batch.grouped.tolist()) == (0, [True])


def test_a_distorted_question_is_answered_nowhere(sample: Sample) -> None:
    batch = sample(0, Mix(length=128, sibling=0, distorted=1, removed=0))
    assert passage_ids(batch, 1) == passage_ids(batch, 0)
    assert question_ids(batch, 1) != question_ids(batch, 0)
    assert (batch.start[1], batch.grouped.tolist()) == (0, [False])


def test_an_unanswerable_question_stands_beside_an_answerable_one(sample: Sample, pieces_of: PiecesOf) -> None:
    batch = sample(4, PLAIN)
    assert question_ids(batch, 1) == pieces_of(ITEMS[4].question)
    assert passage_ids(batch, 1) == passage_ids(batch, 0) == pieces_of(CONTEXTS[0])
    assert batch.start[0] > 0
    assert (batch.start[1], batch.end[1], batch.grouped.tolist()) == (0, 0, [False])


def test_the_same_seeds_draw_the_same_pairs(sample: Sample) -> None:
    drawn = [[sample(number, Mix(length=128), seed).ids.tolist() for number in range(6)] for seed in (1, 1, 2, 3)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2] or drawn[0] != drawn[3]


def test_an_epoch_holds_every_question_as_often_as_the_mix_says(piece_tokenizer: PieceTokenizer) -> None:
    many = TrainingSet(CONTEXTS, ITEMS * 20)
    sampler = PairSampler(many, piece_tokenizer, Mix(shares={"nature": 0.25}, repeat_unanswerable=2), seed=0)
    plan = sampler.plan(0, pairs=8)
    seen = Counter(number % len(ITEMS) for group in plan for number in group)
    assert seen == {0: 20, 1: 20, 2: 20, 3: 5, 4: 40, 5: 40}
    assert max(len(group) for group in plan) == 8
    assert sampler.plan(0, pairs=8) == plan
    assert sampler.plan(1, pairs=8) != plan


def test_a_batch_holds_passages_of_similar_length(piece_tokenizer: PieceTokenizer) -> None:
    sampler = PairSampler(TrainingSet(CONTEXTS, ITEMS * 20), piece_tokenizer, Mix(), seed=0)
    mixed = [
        group for group in sampler.plan(0, pairs=4) if len({ITEMS[n % len(ITEMS)].context == 2 for n in group}) > 1
    ]
    assert len(mixed) <= 1


@given(st.lists(st.sampled_from(["Liu was buried.", "A grey day in Queens.", "LIU came.", "It rained."]), max_size=9))
def test_what_is_left_never_holds_the_answer(sentences: list[str]) -> None:
    context = " ".join(["It was Liu who came first.", *sentences])
    rest = without_answer(context, [(7, 10)])
    if rest is None:
        assert "liu" in context[26:].casefold() or len(context) < 26 + 41
    else:
        assert "liu" not in rest.casefold()
        assert rest.strip() == " ".join(sentences)


def test_partners_are_drawn_in_the_shares_of_the_mix(sample: Sample) -> None:
    mix = Mix(length=128, sibling=0.4, removed=0.1, distorted=0.2)
    kinds = Counter(_kind(sample(0, mix, seed)) for seed in random.Random(0).sample(range(10**6), 400))
    assert kinds["sibling"] / 400 == pytest.approx(0.4, abs=0.08)
    assert kinds["removed"] / 400 == pytest.approx(0.1, abs=0.05)
    # Where no way is found to distort the question, another passage takes the place.
    assert (kinds["distorted"] + kinds["negative"]) / 400 == pytest.approx(0.5, abs=0.08)
    assert 20 < kinds["distorted"] < 104


def _kind(batch: Batch) -> str:
    if batch.start[1] > 0:
        return "sibling"
    if question_ids(batch, 0) != question_ids(batch, 1):
        return "distorted"
    return "removed" if set(passage_ids(batch, 1)) < set(passage_ids(batch, 0)) else "negative"


@pytest.mark.parametrize(("length", "padded"), [(1, 64), (64, 64), (65, 112), (496, 496), (497, 512), (512, 512)])
def test_no_batch_is_longer_than_the_network_reads(length: int, padded: int) -> None:
    assert _padded(length) == padded
