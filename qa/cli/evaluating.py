"""qa evaluate, qa calibrate."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli import options, terminal
from qa.engine import QA, open_or_build
from qa.errors import QuestionSetError, ReaderError, SettingsError
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.evaluation import Question, Report
    from qa.types import Document

Questions = Annotated[
    Path | None,
    typer.Argument(
        help="Question set, SQuAD file, or a folder in BEIR's format.", show_default="the set on the seed articles"
    ),
]
Limit = Annotated[int | None, typer.Option(help="Ask only so many questions, evenly chosen.", show_default="all")]


def evaluate(
    questions: Questions = None,
    index: options.Index = None,
    store: options.Store = None,
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
    run: Annotated[
        Path | None, typer.Option(help="Write the ranking of articles here, as a TREC run.", show_default="not written")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Write a page with curves and every question into this folder.", show_default="not written"),
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="Compare with an earlier run, saved with --json.", show_default="nothing")
    ] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=SHARE", help="Exit with 1 if a figure is lower, such as f1=0.8; may be given several times."
        ),
    ] = None,
    json: options.Json = False,
    reader: options.Reader = None,
    config: options.Config = None,
) -> None:
    """Measure the answers on a set of questions."""
    from rich.console import Console

    from qa.evaluation import compare, present, present_comparison, read_outcomes, write_page, write_run

    if reader_only and open_domain:
        raise QuestionSetError("--reader-only and --open exclude each other. Choose one.")
    least = dict(_least(fail_under or ()))
    before = read_outcomes(against) if against else None
    settings = Settings.load(config, index=index, store=store, top_k=top_k, reader=reader)
    settings = settings.careful() if careful else settings
    if questions and questions.is_dir():
        if any((reader_only, open_domain, always, limit, predictions, report, against)):
            raise SettingsError(
                "Of a folder in BEIR's format the ranking is measured; of these options it takes --run."
            )
        _ranking(questions, settings, run, json, least)
        return
    found = _evaluated(questions, settings, limit, reader_only=reader_only, open_domain=open_domain, always=always)
    if json:
        terminal.print_json(found.to_dict())
    else:
        present(found, Console())
    if predictions:
        with terminal.writing(predictions):
            found.write_predictions(predictions)
    if run:
        with terminal.writing(run):
            write_run(run, found.run())
    if report:
        with terminal.writing(report):
            page = write_page(found, report, f"qa on {questions.name if questions else 'the seed articles'}")
        terminal.warn(f"The report is {page}.")
    if before is not None:
        # The comparison is for people; what --json prints stays one object.
        present_comparison(compare(found, before), Console(stderr=json))
    _hold(found.shares(), least)


def _evaluated(
    questions: Path | None,
    settings: Settings,
    limit: int | None,
    *,
    reader_only: bool,
    open_domain: bool,
    always: bool,
) -> Report:
    from qa.evaluation import SEEDS, evaluate, evaluate_open, evaluate_reader, read_questions

    everything = read_questions(questions or SEEDS)
    decided = [question for question in everything if not question.undecided]
    if len(decided) < len(everything):
        open_ones = len(everything) - len(decided)
        terminal.warn(f'{open_ones} left out: nobody has said what is right. Write it into "answers" in {questions}.')
    asked = _chosen(decided, limit)
    with terminal.progress() as show:

        def counted(done: int, total: int) -> None:
            show("Asking", done, total)

        if open_domain:
            return evaluate_open(
                asked, documents=_paragraphs(everything), settings=settings, abstain=not always, progress=counted
            )
        run = evaluate_reader if reader_only else evaluate
        return run(open_or_build(settings, show), asked, abstain=not always, progress=counted)


def _ranking(folder: Path, settings: Settings, run: Path | None, json: bool, least: Mapping[str, float]) -> None:
    from rich.console import Console

    from qa.evaluation import evaluate_ranking, present_ranking, read_beir, write_run

    with terminal.progress() as show:
        ranking = evaluate_ranking(read_beir(folder), settings, show)
    if json:
        terminal.print_json(ranking.to_dict())
    else:
        present_ranking(ranking, Console())
    if run:
        with terminal.writing(run):
            write_run(run, ranking.run)
    _hold(ranking.measures, least)


def _least(conditions: Sequence[str]) -> Iterator[tuple[str, float]]:
    for condition in conditions:
        name, _, value = condition.partition("=")
        try:
            share = float(value)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            raise SettingsError(f"--fail-under takes NAME=SHARE, such as f1=0.8; {condition!r} is no such pair.")
        yield name, share


def _hold(shares: Mapping[str, float], least: Mapping[str, float]) -> None:
    """Leave with 1 where a figure is lower than it may be; raise SettingsError for one that there isn't."""
    for name in least:
        if name not in shares:
            raise SettingsError(f"There is no figure {name!r} here. There are: {', '.join(shares)}.")
    low = [f"{name} is {shares[name]:.3f}, below {share}" for name, share in least.items() if shares[name] < share]
    if low:
        terminal.warn("; ".join(low))
        raise typer.Exit(1)


def calibrate(
    questions: Annotated[
        list[Path], typer.Argument(help="SQuAD files that training never saw, unanswerable questions among them.")
    ],
    reader: Annotated[Path, typer.Option(help="Folder of the reader whose card is to be calibrated.")],
    limit: Limit = None,
    config: options.Config = None,
) -> None:
    """Fit the reader's probabilities and threshold; say how well they hold on articles that a fit hasn't seen."""
    from qa.building import build_index
    from qa.evaluation import read_questions, with_paragraphs
    from qa.evaluation.calibrate import calibrate, write

    if not (reader / "reader.json").is_file():
        raise ReaderError(f"{reader} holds no reader. `qa train DATA --start START --out {reader}` makes one.")
    everything = tuple(question for path in questions for question in with_paragraphs(read_questions(path), path))
    asked = _chosen(everything, limit)
    settings = Settings.load(config, reader=str(reader))
    with tempfile.TemporaryDirectory(prefix="qa-calibration-") as folder, terminal.progress() as show:
        build_index(_paragraphs(everything, numbered=True), Path(folder, "index"), settings, show)
        with QA.open(Path(folder, "index"), settings) as engine:
            fitted = calibrate(engine, asked, lambda done, total: show("Asking", done, total))
    write(fitted.calibration, reader)
    print(
        f"Fitted on {fitted.questions} questions: threshold {fitted.calibration.threshold:.2f}. Half of the articles "
        f"by a fit on the others: expected calibration error {fitted.error:.3f}, AUROC of answerability "
        f"{fitted.auroc or float('nan'):.3f}, risk-coverage area {fitted.risk_coverage:.3f}."
    )


def _chosen(questions: Sequence[Question], limit: int | None) -> Sequence[Question]:
    """Choose so many questions, evenly, so that all articles are among them."""
    if limit is None or limit >= len(questions):
        return questions
    return [questions[number * len(questions) // limit] for number in range(limit)]


def _paragraphs(questions: Sequence[Question], *, numbered: bool = False) -> list[Document]:
    """Return each paragraph once, by its text, with all its ids; by numbers where files may give an id to two."""
    from qa.building import merged

    passages = [question.passage for question in questions if question.passage]
    if numbered:
        once = {passage.text: passage for passage in passages}.values()
        return [replace(passage, id=f"{number}", sources=(f"{number}",)) for number, passage in enumerate(once)]
    return merged((), passages)
