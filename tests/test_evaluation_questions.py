from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from qa.corpus import load
from qa.dialogue import Turn
from qa.errors import QuestionSetError
from qa.evaluation.questions import SEEDS, Question, read_questions

HERE = Path(__file__).parent
SETS = {SEEDS: HERE.parent / "seeds", HERE / "stories" / "questions.json": HERE / "stories" / "articles.jsonl"}
SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "New_York",
            "paragraphs": [
                {
                    "context": "They met in Queens.",
                    "qas": [
                        {
                            "id": "q1",
                            "question": "Where did they meet?",
                            "answers": [
                                {"text": "Queens", "answer_start": 12},
                                {"text": "in Queens", "answer_start": 9},
                            ],
                        }
                    ],
                },
                {
                    "context": "It lasted two hours.",
                    "qas": [{"id": "q2", "question": "Who came?", "answers": [], "is_impossible": True}],
                },
            ],
        }
    ],
}


@pytest.mark.parametrize("questions", SETS)
def test_every_answer_is_a_quote_and_every_supporting_article_holds_one(questions: Path) -> None:
    texts = {document.id: document.text for document in load(SETS[questions]).documents}
    for question in read_questions(questions):
        assert bool(question.answers) == bool(question.docs), question
        for answer in question.answers:
            assert any(answer in texts[doc] for doc in question.docs), (question.question, answer)
        for doc in question.docs:
            assert any(answer in texts[doc] for answer in question.answers), (question.question, doc)


@pytest.mark.parametrize("path", SETS)
def test_the_questions_are_many_varied_and_a_third_of_them_unanswerable(path: Path) -> None:
    questions = read_questions(path)
    assert len(questions) >= 75
    assert len({question.question for question in questions}) == len(questions)
    assert 0.3 <= sum(not question.answers for question in questions) / len(questions) <= 0.4
    assert sum(len(question.docs) > 1 for question in questions) >= 20


def test_the_seed_questions_ask_for_all_kinds_of_things() -> None:
    asked = {question.type for question in read_questions(SEEDS)}
    assert asked >= {"who", "when", "where", "how many", "why", "which", "what", "what did they say"}


@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
def test_squad_paragraphs_become_documents(tmp_path: Path, suffix: str) -> None:
    path = _write(tmp_path / f"dev{suffix}", json.dumps(SQUAD))
    first, second = read_questions(path)
    assert (first.id, first.question, first.answers) == ("q1", "Where did they meet?", ("Queens", "in Queens"))
    assert first.docs == (f"dev{suffix}#1",)
    assert first.passage is not None
    assert (first.passage.id, first.passage.title) == (f"dev{suffix}#1", "New York")
    assert first.passage.text == "They met in Queens."
    assert second.answers == ()
    assert second.docs == (f"dev{suffix}#2",)


def test_squad_paragraphs_have_the_ids_that_indexing_the_file_gives_them(tmp_path: Path) -> None:
    path = _write(tmp_path / "dev.json", json.dumps(SQUAD))
    indexed = {document.id: document.text for document in load(path).documents}
    assert {q.passage.id: q.passage.text for q in read_questions(path) if q.passage} == indexed


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_json_lines_are_numbered_where_they_bring_no_id(tmp_path: Path, suffix: str) -> None:
    lines = '{"question": "Where?", "answers": ["Queens"], "docs": ["a.txt"]}\n\n{"question": "Who?", "answers": []}\n'
    assert read_questions(_write(tmp_path / f"set{suffix}", lines)) == (
        Question("1", "Where?", ("Queens",), ("a.txt",)),
        Question("3", "Who?"),
    )


def test_a_separator_that_json_allows_does_not_end_a_line(tmp_path: Path) -> None:
    path = _write(tmp_path / "set.jsonl", '{"question": "Where\u2028to?", "answers": []}')
    assert read_questions(path)[0].question == "Where\u2028to?"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.json", "{", r"a\.json: no valid JSON: .*line 1"),
        ("a.json", "[" * 100_000, r"a\.json: no valid JSON"),
        ("a.json", "[1]", r"a\.json: neither"),
        ("a.json", '{"questions": []}', r"a\.json: holds no question"),
        ("a.json", '{"questions": {}}', r'a\.json: "questions" is dict, not list'),
        ("a.json", '{"questions": [3]}', r"a\.json: questions\[0\]: is int, not an object"),
        ("a.json", '{"questions": [{"answers": []}]}', r'questions\[0\]: "question" is missing'),
        ("a.json", '{"questions": [{"question": " ", "answers": []}]}', r'questions\[0\]: "question" is blank'),
        (
            "a.json",
            json.dumps({"questions": [{"question": "w" * 2001, "answers": []}]}),
            r"\[0\]: The question has 2001",
        ),
        ("a.json", '{"questions": [{"question": "Who?"}]}', r'questions\[0\]: "answers" is missing'),
        ("a.json", '{"questions": [{"question": "Who?", "answers": [""]}]}', r'questions\[0\]: "answers"\[0\] is \'\''),
        ("a.json", '{"questions": [{"question": "Who?", "answers": "He"}]}', r'"answers" is str, not list'),
        ("a.json", '{"data": [{"title": "T", "paragraphs": [{"qas": []}]}]}', r'data\[0\]\.paragraphs\[0\]: "context"'),
        ("a.jsonl", '{"question": "Who?", "answers": []}\n{', r"a\.jsonl: line 2: no valid JSON"),
        ("a.jsonl", '{"question": "Who?", "answers": []}\n[]', r"a\.jsonl: line 2: is list, not an object"),
        ("a.jsonl", '{"id": "x", "question": "Who?", "answers": []}\n' * 2, r"a\.jsonl: the id 'x' is given to two"),
    ],
)
def test_what_is_malformed_is_named_with_its_place(tmp_path: Path, name: str, content: str, reason: str) -> None:
    with pytest.raises(QuestionSetError, match=reason):
        read_questions(_write(tmp_path / name, content))


def test_a_file_that_is_missing_cut_off_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match="There is no question set"):
        read_questions(tmp_path / "none.json")
    cut = tmp_path / "cut.json.gz"
    cut.write_bytes(gzip.compress(json.dumps(SQUAD).encode())[:-20])
    with pytest.raises(QuestionSetError, match=r"cut\.json\.gz: can't be read"):
        read_questions(cut)
    latin = tmp_path / "latin.json"
    latin.write_bytes(b"\xff{}")
    with pytest.raises(QuestionSetError, match=r"latin\.json: can't be read"):
        read_questions(latin)


def _write(path: Path, text: str) -> Path:
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def test_null_is_as_good_as_left_out(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    turn = {"question": "Who?", "answer": None}
    record = {"question": "Why?", "answers": [], "id": None, "type": None, "docs": None, "history": [turn]}
    file.write_text(json.dumps({"questions": [record]}))
    (question,) = read_questions(file)
    assert (question.id, question.type, question.docs) == ("1", None, ())
    assert question.history == (Turn("Who?", None),)
