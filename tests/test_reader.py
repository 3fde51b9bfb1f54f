from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from qa.errors import QuestionError, ReaderError
from qa.passages import split
from qa.reader import Reader
from qa.reader.calibration import probability
from qa.reader.windows import PieceTokenizer
from qa.types import Document, Passage

TEXT = (
    "Zoë’s “unbelievability” was 🙂 noted.\r\nOn Dec. 20 the cafe\u0301 in Köln — open since 1999 — closed. "
    "שלום said Mr. O'Neil-Smith, who met the mayor. Antidisestablishmentarianism ended [SEP] in 1914."
)


@pytest.fixture(scope="module")
def reader(tiny_reader: Path) -> Reader:
    return Reader.open(tiny_reader, threads=1)


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    return split(Document("a.txt", TEXT * 3, "A"), tokens=40, overlap=1, fits=lambda _: True)


def passage(text: str) -> Passage:
    return Passage("b.txt", 0, len(text), text, (0,))


def test_spans_are_quotes_of_whole_words(
    reader: Reader, passages: list[Passage], piece_tokenizer: PieceTokenizer
) -> None:
    spans = reader.read("Who met the mayor?", passages, count=5)
    assert len(passages) > 3
    assert {id(span.passage) for span in spans} == {id(each) for each in passages}
    for span in spans:
        assert (TEXT * 3)[span.start : span.end] == span.text != ""
        assert span.passage.start <= span.start < span.end <= span.passage.end
        (pieces,) = piece_tokenizer.pieces([span.passage.text])
        words = pieces.starts[pieces.heads].tolist()
        assert span.start - span.passage.start in words
        following = [start for start in pieces.starts.tolist() if start >= span.end - span.passage.start]
        assert not following or following[0] in words
        assert sum(span.start <= span.passage.start + start < span.end for start in pieces.starts.tolist()) <= 30


def test_reading_ends_when_the_answer_is_certain(reader: Reader) -> None:
    texts = ["The mayor met him.", "Lynch met the mayor.", "Rain fell.", "Ask Lynch, the mayor!", "He met Lynch."]
    passages = [passage(text) for text in texts]
    everything = reader.read("Who met the mayor?", passages)
    assert {span.passage.text for span in everything} == set(texts)

    best = max((span for span in everything if span.passage.text in texts[:2]), key=lambda span: span.score)
    last = best.text.split()[-1].strip(".,!").lower()
    spans = reader.read("Who met the mayor?", passages, certain=best.probability - 1e-3)
    agreeing = {text for text in texts[2:] if last in text.lower()}
    assert {span.passage.text for span in spans} == {*texts[:2], *agreeing}
    assert texts[2] not in {span.passage.text for span in spans}
    unsure = reader.read("Who met the mayor?", passages, certain=best.probability + 1e-3)
    assert {span.passage.text for span in unsure} == set(texts)


def test_spans_come_likeliest_first_without_overlap(reader: Reader, passages: list[Passage]) -> None:
    spans = reader.read("Who met the mayor?", passages, count=2)
    assert [span.score for span in spans] == sorted((span.score for span in spans), reverse=True)
    for each in passages:
        first, second = (span for span in spans if span.passage is each)
        assert first.end <= second.start or second.end <= first.start
    assert all(span.probability == probability(span.score) for span in spans)


def test_the_score_is_the_calibrated_evidence(reader: Reader, passages: list[Passage]) -> None:
    (span,) = reader.read("Who met the mayor?", passages[:1], count=1)
    ((candidate,),) = reader.candidates("Who met the mayor?", passages[:1], count=1)
    assert reader.threshold == 0.4
    assert span.score == pytest.approx(0.5 * candidate.evidence.margin + 0.25 * candidate.evidence.relevance - 1)


def test_ties_keep_the_order_of_the_passages(reader: Reader, passages: list[Passage]) -> None:
    twin = Passage("b.txt", passages[0].start, passages[0].end, passages[0].text, passages[0].sentences)
    spans = reader.read("Who met the mayor?", [twin, passages[0]], count=1)
    assert [span.passage.document for span in spans] == ["b.txt", "a.txt"]


def test_a_passage_longer_than_a_window_is_read_whole(tiny_reader: Path) -> None:
    text = "police mayor union " * 300
    single = Reader.open(tiny_reader, threads=1, answer_tokens=1)
    (found,) = single.candidates("Where?", [passage(text)], count=10_000)
    assert sorted(text[candidate.start : candidate.end] for candidate in found) == sorted(text.split())
    margins = [candidate.evidence.margin for candidate in found]
    assert margins == sorted(margins, reverse=True)


def test_no_span_ends_in_a_word_that_a_window_cuts(reader: Reader) -> None:
    text = "antidisestablishmentarianism " * 200
    (found,) = reader.candidates("What?", [passage(text)], count=10_000)
    quotes = {text[candidate.start : candidate.end] for candidate in found}
    assert found
    assert {word for quote in quotes for word in quote.split()} == {"antidisestablishmentarianism"}


def test_nothing_to_read_gives_no_span(reader: Reader) -> None:
    assert reader.read("Who?", []) == ()
    assert reader.read("Who?", [passage(" \n")]) == ()


@pytest.mark.parametrize("question", ["", " \n", "\u200b"])
def test_a_question_without_a_word_is_refused(reader: Reader, question: str) -> None:
    with pytest.raises(QuestionError, match="holds no word"):
        reader.read(question, [passage("A text.")])


def test_threads_read_alike(reader: Reader, passages: list[Passage]) -> None:
    alone = reader.read("Who met the mayor?", passages)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: reader.read("Who met the mayor?", passages), range(8))) == [alone] * 8


def test_reading_needs_no_torch(tiny_reader: Path) -> None:
    code = (
        "import sys; from qa.reader import Reader; from qa.types import Passage; "
        f"Reader.open({str(tiny_reader)!r}).read('Who?', [Passage('a', 0, 3, 'Me.', (0,))]); "
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 99}, "has format 99, this version reads 1"),
        ({"format": 99, "calibration": {}}, "has format 99"),
        ({"calibration": "none"}, "qa train"),
        ({"calibration": {"margin": 1.0}}, "qa train"),
        ({"length": None}, "qa train"),
    ],
)
def test_a_card_that_cannot_be_used_says_what_to_do(
    tiny_reader: Path, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    shutil.copytree(tiny_reader, tmp_path, dirs_exist_ok=True)
    card = json.loads((tmp_path / "reader.json").read_text())
    (tmp_path / "reader.json").write_text(json.dumps(card | change))
    with pytest.raises(ReaderError, match=message):
        Reader.open(tmp_path)


@pytest.mark.parametrize("missing", ["reader.json", "reader.onnx", "tokenizer.json"])
def test_a_missing_file_is_an_error_of_the_reader(tiny_reader: Path, tmp_path: Path, missing: str) -> None:
    shutil.copytree(tiny_reader, tmp_path, dirs_exist_ok=True)
    (tmp_path / missing).unlink()
    with pytest.raises(ReaderError, match=str(tmp_path)):
        Reader.open(tmp_path)
