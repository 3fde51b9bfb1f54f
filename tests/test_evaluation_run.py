from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.engine import QA
from qa.errors import QuestionSetError
from qa.evaluation import SEEDS, evaluate, evaluate_open, evaluate_reader, read_questions
from qa.evaluation.questions import Question

SQUAD = {
    "data": [
        {
            "title": "Talks",
            "paragraphs": [
                {
                    "context": "The mayor met the heads of five police unions in Queens on Tuesday.",
                    "qas": [
                        {"id": "q1", "question": "Where did the mayor meet them?", "answers": [{"text": "Queens"}]},
                        {"id": "q2", "question": "How many unions were there?", "answers": [{"text": "five"}]},
                    ],
                },
                {
                    "context": "The river Rhine rises in Switzerland and flows into the North Sea near Rotterdam.",
                    "qas": [
                        {"id": "q3", "question": "Where does the Rhine rise?", "answers": [{"text": "Switzerland"}]}
                    ],
                },
            ],
        }
    ]
}

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def engine(seeds_engine: QA) -> QA:
    return seeds_engine


@pytest.fixture(scope="module")
def squad(tmp_path_factory: pytest.TempPathFactory) -> tuple[Question, ...]:
    path = tmp_path_factory.mktemp("squad") / "dev.json"
    path.write_text(json.dumps(SQUAD), encoding="utf-8")
    return read_questions(path)


def test_a_paragraph_that_stands_twice_is_one_with_both_ids(tmp_path: Path) -> None:
    paragraph = SQUAD["data"][0]["paragraphs"][0]
    asked = [{"id": "q4", "question": "Who met?", "answers": [{"text": "mayor"}]}]
    again = {"context": paragraph["context"], "qas": asked}
    path = tmp_path / "twice.json"
    path.write_text(json.dumps({"data": [{"title": "Talks", "paragraphs": [paragraph, again]}]}), encoding="utf-8")
    assert [row.rank for row in evaluate_open(read_questions(path)).rows] == [1, 1, 1]


def test_the_seeds_are_answered(engine: QA) -> None:
    questions = read_questions(SEEDS)[::3]
    seen: list[tuple[int, int]] = []
    report = evaluate(engine, questions, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(questions), len(questions))
    assert report.citation_exactness == 1
    assert report.recall[8] >= 0.95
    assert report.scores.has_answer is not None
    assert report.scores.has_answer.f1 >= 60  # 68.1 at release
    again = evaluate(engine, questions[:5]).predictions()
    assert again == {id_: report.predictions()[id_] for id_ in again}


def test_the_reader_reads_each_question_over_its_own_paragraph(engine: QA, squad: tuple[Question, ...]) -> None:
    report = evaluate_reader(engine, squad, abstain=False)
    assert [row.f1 for row in report.rows] == [1, 1, 1]
    assert report.recall == {}
    assert report.citation_exactness == 1


def test_paragraphs_make_an_index_of_their_own(squad: tuple[Question, ...]) -> None:
    report = evaluate_open(squad, abstain=False)
    assert [row.rank for row in report.rows] == [1, 1, 1]
    assert [row.f1 for row in report.rows] == [1, 1, 1]
    assert {hit.document for row in report.rows for hit in row.hits} == {"dev.json#1", "dev.json#2"}
    assert report.citation_exactness == 1


def test_questions_that_can_not_be_run_are_named(engine: QA) -> None:
    with pytest.raises(QuestionSetError, match="'x' has no paragraph of its own"):
        evaluate_reader(engine, [Question("x", "Who?")])
    with pytest.raises(QuestionSetError, match="bring no paragraphs"):
        evaluate_open([Question("x", "Who?")])
    with pytest.raises(QuestionSetError, match="no question"):
        evaluate(engine, [])
