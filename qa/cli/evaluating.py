"""qa evaluate, qa calibrate."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli import options, terminal
from qa.engine import QA, build_index, open_or_build
from qa.errors import QuestionSetError, ReaderError
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.evaluation import Question
    from qa.types import Document

Questions = Annotated[
    Path | None, typer.Argument(help="Question set or SQuAD file.", show_default="the set on the seed articles")
]
Limit = Annotated[int | None, typer.Option(help="Ask only so many questions, evenly chosen.", show_default="all")]


def evaluate(
    questions: Questions = None,
    index: options.Index = None,
    top_k: options.TopK = None,
    careful: options.Careful = False,
    reader_only: Annotated[
        bool, typer.Option("--reader-only", help="Read each question's own paragraph, without retrieval.")
    ] = False,
    open_domain: Annotated[
        bool, typer.Option("--open", help="Make the file's paragraphs the corpus and ask all of them.")
    ] = False,
    always: Annotated[
        bool, typer.Option("--always", help="Take the best candidate even where it was refused, as SQuAD 1.1 asks.")
    ] = False,
    limit: Limit = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Write the answers here, in SQuAD's format.", show_default="not written")
    ] = None,
    json: options.Json = False,
    reader: options.Reader = None,
    config: options.Config = None,
) -> None:
    """Measure the answers on a set of questions."""
    from qa.evaluation import SEEDS, evaluate, evaluate_open, evaluate_reader, present, read_questions

    if reader_only and open_domain:
        raise QuestionSetError("--reader-only and --open exclude each other. Choose one.")
    everything = read_questions(questions or SEEDS)
    decided = [question for question in everything if not question.undecided]
    if len(decided) < len(everything):
        open_ones = len(everything) - len(decided)
        terminal.warn(f'{open_ones} left out: nobody has said what is right. Write it into "answers" in {questions}.')
    asked = _chosen(decided, limit)
    settings = Settings.load(config, index=index, top_k=top_k, reader=reader)
    settings = settings.careful() if careful else settings
    with terminal.progress() as show:

        def counted(done: int, total: int) -> None:
            show("Asking", done, total)

        if open_domain:
            report = evaluate_open(
                asked, documents=_paragraphs(everything), settings=settings, abstain=not always, progress=counted
            )
        else:
            run = evaluate_reader if reader_only else evaluate
            report = run(open_or_build(settings, show), asked, abstain=not always, progress=counted)
    if predictions:
        report.write_predictions(predictions)
    if json:
        terminal.print_json(report.to_dict())
    else:
        from rich.console import Console

        present(report, Console())


def calibrate(
    questions: Annotated[
        list[Path], typer.Argument(help="SQuAD files that training never saw, unanswerable questions among them.")
    ],
    reader: Annotated[Path, typer.Option(help="Folder of the reader whose card is to be calibrated.")],
    limit: Limit = None,
    config: options.Config = None,
) -> None:
    """Fit the reader's probabilities and threshold on half of the questions; say how well they hold on the other."""
    from qa.evaluation import read_questions
    from qa.evaluation.calibrate import calibrate, write

    if not (reader / "reader.json").is_file():
        raise ReaderError(f"{reader} holds no reader. `qa train DATA --out {reader}` makes one.")
    everything = tuple(question for path in questions for question in read_questions(path))
    asked = _chosen(everything, limit)
    settings = Settings.load(config, reader=str(reader))
    with tempfile.TemporaryDirectory(prefix="qa-calibration-") as folder, terminal.progress() as show:
        build_index(_paragraphs(everything), Path(folder, "index"), settings, show)
        with QA.open(Path(folder, "index"), settings) as engine:
            fitted = calibrate(engine, asked, lambda done, total: show("Asking", done, total))
    write(fitted.calibration, reader)
    print(
        f"Fitted on {fitted.fitted} questions: threshold {fitted.calibration.threshold:.2f}. On {fitted.tested} about "
        f"other articles: expected calibration error {fitted.error:.3f}, AUROC of answerability "
        f"{fitted.auroc or float('nan'):.3f}, risk-coverage area {fitted.risk_coverage:.3f}."
    )


def _chosen(questions: Sequence[Question], limit: int | None) -> Sequence[Question]:
    """Choose so many questions, evenly, so that all articles are among them."""
    if limit is None or limit >= len(questions):
        return questions
    return [questions[number * len(questions) // limit] for number in range(limit)]


def _paragraphs(questions: Sequence[Question]) -> list[Document]:
    """Return each paragraph once, by its text: files may share some."""
    return list({question.passage.text: question.passage for question in questions if question.passage}.values())
