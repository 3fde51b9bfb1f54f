from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from qa.reader.training.examples import Example, Gold
from qa.reader.training.prepare import LONG, TrainingSet, prepare

MAYOR = "The mayor met the police unions on Tuesday."
UNIONS = "The police unions met nobody after Friday."
AGAIN = "On Tuesday the police unions met the mayor again."
RAIN = "Rain fell on the hills."


def example(question: str, context: str, *answers: str) -> Example:
    golds = tuple(Gold(context.index(answer), context.index(answer) + len(answer)) for answer in answers)
    return Example("id", "news", "title", question, context, golds)


def test_contexts_are_kept_once_and_golds_stand_in_them() -> None:
    prepared = prepare(
        [example("When?", MAYOR, "Tuesday"), example("Who met?", MAYOR, "The mayor"), example("?", RAIN)]
    )
    assert prepared.contexts == (MAYOR, RAIN)
    assert [item.context for item in prepared.items] == [0, 0, 1]
    quotes = [[prepared.contexts[i.context][start:end] for start, end in i.golds] for i in prepared.items]
    assert quotes == [["Tuesday"], ["The mayor"], []]


def test_negatives_are_like_the_question_and_never_hold_its_answer() -> None:
    asked = [example("When did the mayor meet the police unions?", MAYOR, "Tuesday")]
    prepared = prepare([*asked, *(example("?", context) for context in (RAIN, AGAIN, UNIONS))])
    negatives = [prepared.contexts[number] for number in prepared.items[0].negatives]
    assert negatives[0] == UNIONS
    assert MAYOR not in negatives
    assert AGAIN not in negatives
    assert prepare([*asked, example("?", UNIONS), example("?", RAIN)], negatives=1).items[0].negatives == (1,)


def test_what_answers_the_same_question_in_other_words_is_no_negative() -> None:
    told = "Two days after Sunday the police unions sat down with the mayor."
    question = "When did the mayor meet the police unions?"
    prepared = prepare(
        [
            example(question, MAYOR, "Tuesday"),
            example(question, told, "Two days after Sunday"),
            example(question, UNIONS),
        ]
    )
    negatives = [[prepared.contexts[number] for number in item.negatives] for item in prepared.items]
    assert negatives == [[UNIONS], [UNIONS], []]


def test_an_answer_within_a_longer_word_is_none() -> None:
    network = "The network of police unions met on the mayor's day."
    prepared = prepare([example("How many unions met?", "Two unions met.", "Two"), example("?", network)])
    assert prepared.items[0].negatives == (1,)


def test_what_nothing_is_like_gets_any_passage_that_does_not_answer() -> None:
    many = [example("?", f"Rain fell on hill {number}.") for number in range(40)]
    told = [example("Who met?", f"{name} met {MAYOR}", name) for name in "ABCDEFGHIJKLMNOPQRST"]
    for item in prepare([*told, *many], negatives=1).items[: len(told)]:
        assert item.negatives[0] >= len(told)


def test_an_answer_longer_than_a_context_may_be_is_kept_whole() -> None:
    text = "A. " + "word " * 1000 + "B."
    (item,), contexts = (lambda s: (s.items, s.contexts))(prepare([example("What?", text, "word " * 600)]))
    assert [contexts[0][start:end] for start, end in item.golds] == ["word " * 600]


def test_a_question_of_stop_words_has_a_place(tmp_path: Path) -> None:
    assert len(prepare([example("Who is it?", MAYOR, "The mayor"), example("", RAIN)]).items) == 2


@given(st.integers(0, 6000), st.integers(0, 6000), st.sampled_from(["word ", "漢"]))
def test_long_contexts_are_cut_around_the_answer(before: int, after: int, filling: str) -> None:
    text = (filling * 6000)[:before] + " Köln " + (filling * 6000)[:after]
    (item,), (context,) = (lambda s: (s.items, s.contexts))(prepare([example("Where?", text, "Köln")]))
    assert [context[start:end] for start, end in item.golds] == ["Köln"]
    assert context in text
    if filling.isascii():
        assert len(context) <= LONG + len(filling)


def test_a_training_set_is_read_back_as_written(tmp_path: Path) -> None:
    prepared = prepare([example("When was it in Köln? 🙂", MAYOR, "Tuesday", "police"), example("?", UNIONS)])
    prepared.save(tmp_path / "set.json.gz")
    assert TrainingSet.load(tmp_path / "set.json.gz") == prepared
