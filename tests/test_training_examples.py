from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from qa.errors import TrainingError
from qa.reader.training.examples import Example, Gold, read_examples

CONTEXT = "🙂 Liu was buried on Sunday."
LINE = {"question": "When was Liu buried? ", "context": CONTEXT, "answers": [{"text": "Sunday", "start": 20}]}
SQUAD = {
    "data": [
        {
            "title": "Liu",
            "paragraphs": [
                {
                    "context": CONTEXT,
                    "qas": [
                        {"id": "a", "question": "When?", "answers": [{"text": "Sunday", "answer_start": 20}]},
                        {"id": "b", "question": "Why?", "is_impossible": True, "answers": []},
                        {
                            "id": "c",
                            "question": "How?",
                            "is_impossible": True,
                            "answers": [{"text": "Liu", "answer_start": 2}],
                        },
                    ],
                }
            ],
        }
    ]
}


def test_squad_is_read(tmp_path: Path) -> None:
    path = tmp_path / "squad.v2.json"
    path.write_text(json.dumps(SQUAD))
    assert read_examples([path]) == [
        Example("a", "squad", "Liu", "When?", CONTEXT, (Gold(20, 26),)),
        Example("b", "squad", "Liu", "Why?", CONTEXT, ()),
        Example("c", "squad", "Liu", "How?", CONTEXT, ()),
    ]


def test_json_lines_are_read_gzipped_or_not(tmp_path: Path) -> None:
    lines = "\n".join([json.dumps(LINE), "", json.dumps(LINE | {"id": 7, "source": "news", "title": "T"})])
    plain, zipped = tmp_path / "own.jsonl", tmp_path / "own.jsonl.gz"
    plain.write_text(lines)
    zipped.write_bytes(gzip.compress(lines.encode()))
    expected = [
        Example("line 1", "own", "", "When was Liu buried?", CONTEXT, (Gold(20, 26),)),
        Example("7", "news", "T", "When was Liu buried?", CONTEXT, (Gold(20, 26),)),
    ]
    assert read_examples([plain]) == read_examples([zipped]) == expected
    assert read_examples([plain, zipped]) == expected * 2


@pytest.mark.parametrize(
    "change",
    [
        {"answers": [{"text": "Sunday", "start": 19}]},
        {"answers": [{"text": "Sunday", "start": -7}]},
        {"answers": [{"text": "", "start": 3}]},
        {"answers": [{"text": "Sunday", "start": "20"}]},
        {"answers": ["Sunday"]},
        {"answers": None},
        {"context": None},
        {"question": 5},
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in (LINE, LINE | change)))
    with pytest.raises(TrainingError, match=r"own\.jsonl, line 2: "):
        read_examples([path])


@pytest.mark.parametrize("line", ["{", "[]", '"text"', "5"])
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(f"\n{line}\n")
    with pytest.raises(TrainingError, match=r"own\.jsonl, line 2: "):
        read_examples([path])


def test_a_wrong_squad_question_is_named(tmp_path: Path) -> None:
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(SQUAD).replace("20", "21", 1))
    with pytest.raises(TrainingError, match=r"squad\.json, question a: 'Sunday' does not stand at 21"):
        read_examples([path])


@pytest.mark.parametrize(
    ("dataset", "place"),
    [
        ([], "data"),
        ({"data": [{"paragraphs": []}, {"title": "T"}]}, r"data\[1\], KeyError\('paragraphs'\)"),
        (
            {"data": [{"paragraphs": [{"context": "C", "qas": [{"question": "Q"}]}]}]},
            r"data\[0\].paragraphs\[0\], .*id",
        ),
        ({"data": ["text"]}, r"data\[0\], "),
    ],
)
def test_squad_of_another_shape_is_named(tmp_path: Path, dataset: object, place: str) -> None:
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(dataset))
    with pytest.raises(TrainingError, match=rf"squad\.json is no SQuAD JSON: in {place}"):
        read_examples([path])


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(b'{"question": "Who?"}' * 99))
    whole[12] ^= 0xFF
    contents = {"broken.json": b"{", "latin.jsonl": b"\xff", "cut.jsonl.gz": whole[:-9], "plain.json.gz": b"{}"}
    for name, content in (contents | {"spoilt.jsonl.gz": bytes(whole)}).items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(TrainingError, match=f"{name} can't be read as training data"):
            read_examples([tmp_path / name])
    with pytest.raises(TrainingError, match="missing"):
        read_examples([tmp_path / "missing.json"])
