from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from qa.reader.decoding import decode
from qa.reader.training.batches import Batch, PairSampler
from qa.reader.training.fit import fit, gold_loss, teacher_loss
from qa.reader.training.model import JointReader, Logits
from qa.reader.training.prepare import Item, TrainingSet
from qa.reader.training.recipe import Mix, Recipe
from qa.reader.windows import PieceTokenizer, windows

FACTS = (
    ("Who met the unions on Tuesday?", "On Tuesday the mayor met the unions.", "the mayor"),
    ("Where was Liu buried?", "Liu was buried in Queens by his family.", "Queens"),
    ("When did the cafe close?", "The cafe in Cologne closed in 1999.", "1999"),
    ("What rose at night?", "At night a red moon rose over the hills.", "a red moon"),
    ("How many officers came?", "Twelve thousand officers came to the city.", "Twelve thousand"),
    ("Who leads the association?", "Patrick Lynch leads the association.", "Patrick Lynch"),
    ("What fell on the hills?", "All day long heavy rain fell on the hills.", "heavy rain"),
    ("Why did they turn?", "They turned because of anger at him.", "because of anger"),
)


@pytest.fixture
def sampler(piece_tokenizer: PieceTokenizer) -> PairSampler:
    items = []
    for number, (question, context, answer) in enumerate(FACTS):
        low = context.index(answer)
        negatives = tuple((number + step) % len(FACTS) for step in (1, 2, 3))
        items.append(Item("facts", "", question, number, ((low, low + len(answer)),), negatives))
    data = TrainingSet(tuple(context for _, context, _ in FACTS), tuple(items))
    return PairSampler(data, piece_tokenizer, Mix(length=96, sibling=0, removed=0, distorted=0), seed=0)


def test_training_learns_where_the_answers_stand(
    tiny_network: JointReader, sampler: PairSampler, piece_tokenizer: PieceTokenizer
) -> None:
    recipe = Recipe(epochs=100, pairs=4, learning_rate=5e-3, average=0.9, relevance=1.0)
    reports: list[tuple[int, int, float, float]] = []
    fit(tiny_network, sampler, recipe, device="cpu", say=lambda *report: reports.append(report))
    assert [report[:2] for report in reports] == [(step, 200) for step in (50, 100, 150, 200)]
    assert reports[-1][2] < reports[0][2]
    own, other = [], []
    for number, (question, context, answer) in enumerate(FACTS):
        quote, margin, relevance = read(tiny_network, piece_tokenizer, question, context)
        assert quote == answer
        own.append((margin, relevance))
        other.append(read(tiny_network, piece_tokenizer, question, FACTS[number - 1][1])[1:])
    assert (np.mean(own, axis=0) > np.mean(other, axis=0) + 2).all()


def test_without_a_compiler_training_is_slower_and_no_more(
    tiny_network: JointReader, sampler: PairSampler, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    fit(tiny_network, sampler, Recipe(epochs=1, steps=1, pairs=4, compile=True), device="cpu")
    assert "no C++ compiler" in caplog.text


def read(model: JointReader, tokenizer: PieceTokenizer, question: str, context: str) -> tuple[str, float, float]:
    """Return the best quote, how far it is from the null answer, and the relevance."""
    asked, pieces = tokenizer.pieces([question, context])
    (window,) = windows(asked, pieces, length=96, stride=8)
    ids = torch.tensor(window.ids[None].astype(np.int64))
    types = (torch.arange(ids.shape[1]) >= window.offset).long()[None]
    with torch.no_grad():
        logits = model(ids, torch.ones_like(ids), types)
    part = slice(window.offset, window.offset + window.count)
    start, end = (side[0, part].numpy() for side in (logits.start, logits.end))
    (span,) = decode(start, end, pieces.heads, longest=10, count=1)
    null = float(logits.start[0, 0] + logits.end[0, 0])
    quote = context[pieces.starts[span.first] : pieces.ends[span.last]]
    return quote, span.score - null, float(logits.relevance[0])


def test_a_blend_lies_between_what_training_began_with_and_what_it_came_to(
    tiny_network: JointReader, sampler: PairSampler
) -> None:
    begun, recipe = state(tiny_network), Recipe(epochs=2, pairs=4, learning_rate=5e-3, average=0.9)
    trained = state(fit(tiny_network, sampler, recipe, device="cpu"))
    tiny_network.load_state_dict(begun)
    blended = state(fit(tiny_network, sampler, replace(recipe, blend=0.25), device="cpu"))
    for name, tensor in blended.items():
        torch.testing.assert_close(tensor, 0.75 * trained[name] + 0.25 * begun[name])


def test_a_training_cut_off_ends_as_one_that_was_not(
    tiny_network: JointReader, sampler: PairSampler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, begun = Recipe(epochs=4, pairs=4, learning_rate=5e-3, average=0.9), state(tiny_network)
    whole = state(fit(tiny_network, sampler, recipe, device="cpu"))
    draw, drawn = sampler.batch, []

    def cut_off(numbers: Sequence[int], seed: int) -> Batch:
        drawn.append(seed)
        if len(drawn) == 6:
            raise KeyboardInterrupt
        return draw(numbers, seed)

    monkeypatch.setattr(sampler, "batch", cut_off)
    for _ in range(2):
        # A restart builds its network anew; what it has learnt comes from the checkpoint alone.
        tiny_network.load_state_dict(begun)
        try:
            fit(tiny_network, sampler, recipe, device="cpu", checkpoint=tmp_path / "state.pt", every=0)
        except KeyboardInterrupt:
            assert drawn == [0, 1, 2, 3, 4, 5]
    assert drawn[6:] == [5, 6, 7]
    assert largest_gap(state(tiny_network), whole) < 1e-5 < largest_gap(begun, whole)

    tiny_network.load_state_dict(begun)
    fit(tiny_network, sampler, recipe, device="cpu", checkpoint=tmp_path / "state.pt")
    assert len(drawn) == 9, "a finished training is not trained on"
    assert largest_gap(state(tiny_network), whole) < 1e-5


def test_a_training_ends_after_the_steps_it_was_given(tiny_network: JointReader, sampler: PairSampler) -> None:
    for steps, last in ((3, 3), (100, 8)):
        reports: list[tuple[int, int, float, float]] = []
        recipe = Recipe(epochs=4, pairs=4, steps=steps)
        fit(tiny_network, sampler, recipe, device="cpu", say=lambda *report: reports.append(report))  # noqa: B023
        assert reports[-1][:2] == (last, last)


@pytest.mark.parametrize("ends", [None, KeyboardInterrupt])
def test_training_leaves_the_arithmetic_of_the_process_as_it_was(
    tiny_network: JointReader, sampler: PairSampler, ends: type[BaseException] | None
) -> None:
    smallest, during = torch.tensor([1e-40]), []

    def say(*_: float) -> None:
        during.append(float(smallest * 1))
        if ends:
            raise ends

    with suppress(KeyboardInterrupt):
        fit(tiny_network, sampler, Recipe(epochs=1, pairs=4, steps=1), device="cpu", say=say)
    assert during == [0], "faster while it trains"
    assert float(smallest * 1) > 0


@pytest.mark.parametrize(("processor", "half"), [("AVX512", True), ("AVX2", False), ("DEFAULT", False)])
def test_bf16_is_for_processors_that_have_it(
    tiny_network: JointReader, sampler: PairSampler, monkeypatch: pytest.MonkeyPatch, processor: str, half: bool
) -> None:
    computed = []
    tiny_network.span.register_forward_hook(lambda _module, _inputs, output: computed.append(output.dtype))
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: processor)
    fit(tiny_network, sampler, Recipe(epochs=1, pairs=4, steps=1), device="cpu")
    assert computed == [torch.bfloat16 if half else torch.float32]


@pytest.mark.parametrize("layers", [0, 1, 2])
def test_frozen_layers_stay_as_they_are(tiny_network: JointReader, sampler: PairSampler, layers: int) -> None:
    begun = state(tiny_network)
    recipe = Recipe(epochs=2, pairs=4, learning_rate=5e-3, average=0, frozen=layers)
    trained = state(fit(tiny_network, sampler, recipe, device="cpu"))
    frozen = {
        name: torch.equal(begun[f"backbone.{name}.weight"], trained[f"backbone.{name}.weight"])
        for name in ("embeddings.word_embeddings", "encoder.layer.0.output.dense", "encoder.layer.1.output.dense")
    }
    assert list(frozen.values()) == [layers > 0, layers > 0, layers > 1]
    assert not torch.equal(begun["span.weight"], trained["span.weight"])
    assert all(parameter.requires_grad for parameter in tiny_network.parameters())


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_the_weights_are_averaged_where_wanted(
    tiny_network: JointReader, sampler: PairSampler, tmp_path: Path, average: float
) -> None:
    recipe = Recipe(epochs=4, pairs=4, learning_rate=5e-3, average=average)
    fitted = state(fit(tiny_network, sampler, recipe, device="cpu", checkpoint=tmp_path / "state.pt"))
    last = torch.load(tmp_path / "state.pt", weights_only=True)["model"]
    assert (largest_gap(fitted, last) == 0) == (average == 0)


def test_a_teacher_is_imitated(tiny_network: JointReader, sampler: PairSampler) -> None:
    def teach(inputs: dict[str, Tensor]) -> Logits:
        ids = inputs["input_ids"]
        first = torch.zeros(ids.shape).index_fill(1, torch.tensor([0]), 9.0)
        return Logits(first, first, torch.full((len(ids),), -9.0))

    recipe = Recipe(epochs=10, pairs=8, learning_rate=1e-2, average=0, distil=1.0)
    fit(tiny_network, sampler, recipe, device="cpu", teacher=teach)
    batch = sampler.batch(range(8), 0)
    with torch.no_grad():
        logits = tiny_network(*(torch.tensor(each) for each in (batch.ids, batch.mask, batch.types)))
    assert (logits.relevance < -1).all(), "against the gold answers, as the teacher says"


def state(model: JointReader) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def largest_gap(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    return max(float((one[name] - other[name]).abs().max()) for name in one)


TARGETS = {
    "allowed": torch.tensor([[True, False, True, True], [True, False, True, True]]),
    "start": torch.tensor([2, 0]),
    "end": torch.tensor([3, 0]),
    "grouped": torch.tensor([True]),
}
PERFECT = Logits(
    torch.tensor([[0.0, 0, 40, 0], [40, 0, 0, 0]]),
    torch.tensor([[0.0, 0, 0, 40], [40, 0, 0, 0]]),
    torch.tensor([40.0, -40]),
)
RECIPE = Recipe(group=0.5, relevance=0.5)


def changed(logits: Logits, side: str, row: int, place: int, value: float) -> Logits:
    values = getattr(logits, side).clone()
    values[row, place] = value
    return logits._replace(**{side: values})


def test_the_right_answer_costs_nothing() -> None:
    assert gold_loss(PERFECT, TARGETS, RECIPE) < 1e-6


@pytest.mark.parametrize("side", ["start", "end"])
def test_pieces_outside_the_passage_are_no_answers(side: str) -> None:
    assert gold_loss(changed(PERFECT, side, 0, 1, 90), TARGETS, RECIPE) < 1e-6


@pytest.mark.parametrize("side", ["start", "end"])
def test_a_wrong_answer_costs(side: str) -> None:
    assert gold_loss(changed(PERFECT, side, 0, 0, 60), TARGETS, replace(RECIPE, group=0)) == pytest.approx(20 / 2 / 2)


@pytest.mark.parametrize("side", ["start", "end"])
def test_a_span_of_the_wrong_passage_costs_where_the_pair_shares_its_question(side: str) -> None:
    # Within its own row the null answer still wins by far; across the pair the wrong span wins by 10.
    null = changed(PERFECT, side, 1, 0, 90)
    logits = changed(null, side, 1, 2, 50)
    assert gold_loss(logits, TARGETS, RECIPE) == pytest.approx(0.5 * 10 / 2, abs=1e-3)
    apart = TARGETS | {"grouped": torch.tensor([False])}
    assert gold_loss(logits, apart, RECIPE) < 1e-6
    assert gold_loss(logits, TARGETS, replace(RECIPE, group=0)) < 1e-6


def test_a_wrong_relevance_costs() -> None:
    logits = PERFECT._replace(relevance=torch.tensor([-20.0, -20]))
    assert gold_loss(logits, TARGETS, RECIPE) == pytest.approx(0.5 * 20 / 2)


def test_the_teacher_costs_nothing_to_one_who_agrees() -> None:
    allowed = TARGETS["allowed"]
    assert teacher_loss(PERFECT, PERFECT, allowed, RECIPE) < 1e-6
    assert teacher_loss(changed(PERFECT, "start", 0, 1, 90), PERFECT, allowed, RECIPE) < 1e-6
    for side in ("start", "end"):
        assert teacher_loss(changed(PERFECT, side, 0, 2 if side == "start" else 3, 0), PERFECT, allowed, RECIPE) > 1
    assert teacher_loss(PERFECT._replace(relevance=-PERFECT.relevance), PERFECT, allowed, RECIPE) > 1
