from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.errors import QuestionSetError
from qa.evaluation import evaluate_ranking, read_beir

CORPUS = (
    {"_id": "rhine", "title": "Rhine", "text": "The river rises in the Swiss Alps and flows into the North Sea."},
    {"_id": "talks", "title": "", "text": "The mayor met the heads of five police unions in Queens."},
    {"_id": "empty", "title": "", "text": ""},
)
QUERIES = ({"_id": "q1", "text": "Where does the Rhine rise?"}, {"_id": "q2", "text": "unions that met the mayor"})
QRELS = "query-id\tcorpus-id\tscore\nq1\trhine\t2\nq2\ttalks\t1\n"


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    (tmp_path / "qrels").mkdir()
    for name, records in (("corpus", CORPUS), ("queries", (*QUERIES, {"_id": "unjudged", "text": "Who?"}))):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (tmp_path / "qrels" / "test.tsv").write_text(QRELS)
    return tmp_path


def test_a_folder_holds_a_corpus_questions_and_judgements(beir: Path) -> None:
    judged = read_beir(beir)
    assert [document.id for document in judged.documents] == ["rhine", "talks"]
    assert judged.documents[0].text.startswith("Rhine\n\nThe river")
    assert judged.questions == {"q1": "Where does the Rhine rise?", "q2": "unions that met the mayor"}
    assert judged.qrels["q1"] == {"rhine": 2}


@pytest.mark.model
def test_the_ranking_is_measured(beir: Path) -> None:
    ranking = evaluate_ranking(read_beir(beir))
    assert ranking.measures["nDCG@10"] == 1
    assert ranking.measures["R@1"] == 1
    assert next(iter(ranking.run["q2"])) == "talks"


@pytest.mark.model
def test_a_question_that_is_a_document_is_not_its_own_answer_and_may_be_long(beir: Path) -> None:
    long = "The mayor met the unions. " * 200
    queries = [{"_id": "talks", "text": long}, QUERIES[0]]
    (beir / "queries.jsonl").write_text("".join(json.dumps(record) + "\n" for record in queries))
    (beir / "qrels" / "test.tsv").write_text("talks\trhine\t1\nq1\trhine\t1\n")
    ranking = evaluate_ranking(read_beir(beir))
    assert ranking.run["talks"] == {"rhine": 1.0}
    assert ranking.measures["R@1"] == 1


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("corpus.jsonl", "{", r"corpus\.jsonl: line 1: no valid JSON"),
        ("corpus.jsonl", "\n{", r"corpus\.jsonl: line 2: no valid JSON"),
        ("corpus.jsonl", "[]", r"corpus\.jsonl: line 1: is list, not an object"),
        ("corpus.jsonl", '{"_id": "a"}', r'corpus\.jsonl: line 1: "text" is None'),
        ("queries.jsonl", '{"_id": "q1", "text": " "}', r'queries\.jsonl: line 1: "text" is'),
        ("queries.jsonl", '{"_id": "q1", "text": "Who?"}', r"queries\.jsonl: the query 'q2'.*is missing"),
        ("qrels/test.tsv", "q1 rhine 1", r"test\.tsv: line 1: not query, document and grade"),
        ("qrels/test.tsv", "\nq1 rhine 1", r"test\.tsv: line 2: not query"),
        ("qrels/test.tsv", "", r"test\.tsv: judges nothing"),
        ("qrels/test.tsv", None, r"There is no .*test\.tsv"),
    ],
)
def test_what_is_malformed_is_named(beir: Path, name: str, content: str | None, reason: str) -> None:
    if content is None:
        (beir / name).unlink()
    else:
        (beir / name).write_text(content)
    with pytest.raises(QuestionSetError, match=reason):
        read_beir(beir)
