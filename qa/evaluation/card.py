"""A reader's scores, written into its model card: as it ships, and before its weights were quantised."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.errors import QuestionSetError
from qa.evaluation.metrics import auroc, score_squad
from qa.evaluation.questions import Question
from qa.reader import Reader
from qa.types import Passage

Progress = Callable[[str, int, int], None]

HEAD = """
## Scores

Each question with its paragraph given. Exact match and F1 are over the questions that the paragraph answers, the best
span taken whatever its probability; best F1 is over all, at the threshold that fits them best.

| questions | number | exact match | F1 | F1 before quantisation | best F1 | AUROC of answerability |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Scores:
    """Hold what a reader scores when the paragraph is given; percentages, and the AUROC between 0 and 1."""

    exact: float
    f1: float
    best_f1: float
    auroc: float | None


def add_scores(folder: Path, tests: Mapping[str, Sequence[Question]], progress: Progress) -> None:
    """Append the scores on named question sets to the card of a reader that `qa train` wrote; none, nothing."""
    if not tests:
        return
    from qa.reader.training import folder as network
    from qa.reader.training.export import export

    rows = []
    with tempfile.TemporaryDirectory(prefix="qa-plain-") as scratch:
        plain = Path(scratch)
        export(network.load(folder), folder / network.TOKENIZER, plain, quantise=False)
        shutil.copyfile(folder / "reader.json", plain / "reader.json")
        for name, questions in tests.items():
            shipped, before = (read_scores(Reader.open(path), questions, progress) for path in (folder, plain))
            power = "" if shipped.auroc is None else f"{shipped.auroc:.3f}"
            rows.append(
                f"| {name} | {len(questions)} | {shipped.exact:.1f} | {shipped.f1:.1f} | {before.f1:.1f} "
                f"| {shipped.best_f1:.1f} | {power} |\n"
            )
    with (folder / "MODEL_CARD.md").open("a", encoding="utf-8") as card:
        card.write(HEAD + "".join(rows))


def read_scores(reader: Reader, questions: Sequence[Question], progress: Progress = lambda *_: None) -> Scores:
    """Score a reader on questions that bring their paragraph; raise QuestionSetError for one without."""
    texts, doubts = {}, {}
    for done, question in enumerate(questions, 1):
        if question.passage is None:
            raise QuestionSetError(f"Question {question.id!r} has no paragraph of its own. Give a SQuAD file.")
        text = question.passage.text
        passage = Passage(question.passage.id, 0, len(text), text, sentences=(0,))
        spans = reader.read(question.question, [passage], count=1)
        texts[question.id] = spans[0].text if spans else ""
        doubts[question.id] = 1 - spans[0].probability if spans else 1.0
        progress("Scoring", done, len(questions))
    golds = {question.id: question.answers for question in questions}
    scores = score_squad(golds, texts, na_probs=doubts)
    answered = scores.has_answer
    power = auroc([1 - doubts[name] for name in golds], [bool(gold) for gold in golds.values()])
    return Scores(
        answered.exact if answered else 0.0,
        answered.f1 if answered else 0.0,
        scores.best_f1 or scores.overall.f1,
        power,
    )
