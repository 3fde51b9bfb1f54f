from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from qa.errors import QuestionSetError
from qa.evaluation import Question
from qa.evaluation.card import add_scores, read_scores
from qa.reader import Reader
from qa.reader.training import folder
from qa.reader.training.export import export
from qa.reader.training.model import JointReader
from qa.types import Document, Span

TEXT = "Officer Liu was buried in Queens on Sunday. Thousands of other officers came from far away."
PASSAGE = Document("a#0", TEXT, "A")
QUESTIONS = (
    Question("1", "Where was Liu buried?", ("Queens",), passage=PASSAGE),
    Question("2", "When was Liu buried?", ("Sunday",), passage=PASSAGE),
    Question("3", "Who leads the union?", (), passage=PASSAGE),
)


class Sure:
    """Reads a fixed word with a fixed probability for each question."""

    def read(self, question: str, passages: list, *, count: int) -> tuple[Span, ...]:  # type: ignore[type-arg]
        word, probability = {"Where": ("Queens", 0.9), "When": ("other", 0.7), "Who": ("Liu", 0.8)}[question.split()[0]]
        start = TEXT.index(word)
        return (Span(passages[0], start, start + len(word), word, probability, probability),)


def test_scores_are_over_forced_answers_and_the_best_threshold() -> None:
    scores = read_scores(Sure(), QUESTIONS)  # type: ignore[arg-type]
    assert (scores.exact, scores.f1) == (50, 50)
    assert scores.best_f1 == pytest.approx(200 / 3), "answering from 0.9: one right, one rightly left"
    assert scores.auroc == 0.5


def test_a_question_without_a_paragraph_is_refused(tiny_reader: Path) -> None:
    with pytest.raises(QuestionSetError, match="'4' has no paragraph"):
        read_scores(Reader.open(tiny_reader), [Question("4", "Who?")])


def test_the_card_gets_a_row_for_each_set_with_the_loss_of_quantisation(
    tiny_network: JointReader, tiny_reader: Path, tokenizer_file: Path, tmp_path: Path
) -> None:
    folder.save(tiny_network, tokenizer_file, tmp_path)
    export(tiny_network, tokenizer_file, tmp_path)
    shutil.copy(tiny_reader / "reader.json", tmp_path)
    card = tmp_path / "MODEL_CARD.md"
    card.write_text("# mine\n")
    add_scores(tmp_path, {}, lambda *_: None)
    assert card.read_text() == "# mine\n"
    add_scores(tmp_path, {"own.json": QUESTIONS}, lambda *_: None)
    rows = card.read_text().splitlines()
    assert rows[:3] == ["# mine", "", "## Scores"]
    assert rows[-1].startswith("| own.json | 3 | ")
    assert len(rows[-1].split("|")) == len(rows[-2].split("|"))
