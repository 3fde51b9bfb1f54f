"""How good a ranking is, by the measures of ir-measures, and a run in TREC's format.

Judgements and runs are ``{question id: {document id: grade or score}}``, higher is better.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

Qrels = Mapping[str, Mapping[str, int]]
Run = Mapping[str, Mapping[str, float]]

MEASURES = ("nDCG@10", "RR@10", "AP@100", "R@1", "R@5", "R@10", "R@20", "R@100")
"""What BEIR (Thakur et al. 2021) reports, and recall before it."""


def measure(qrels: Qrels, run: Run, names: Sequence[str] = MEASURES) -> dict[str, float]:
    """Return the measures over all judged questions; one that a run leaves out counts 0.

    >>> measure({"q": {"a": 1}}, {"q": {"b": 0.9, "a": 0.8}}, ["RR@10", "R@1"])
    {'RR@10': 0.5, 'R@1': 0.0}
    """
    import ir_measures

    measures = {name: ir_measures.parse_measure(name) for name in names}
    found = ir_measures.calc_aggregate(list(measures.values()), _plain(qrels), _plain(run))
    return {name: float(found[measure]) for name, measure in measures.items()}


def by_rank(documents: Iterable[str]) -> dict[str, float]:
    """Return a score for each document of a ranking, best first, that falls strictly.

    A fused ranking has ties, and each measure breaks them in a way of its own.

    >>> by_rank(["b", "a", "b"])
    {'b': 1.0, 'a': 0.5}
    """
    return {document: 1 / rank for rank, document in enumerate(dict.fromkeys(documents), start=1)}


def write_run(path: str | Path, run: Run, tag: str = "qa") -> None:
    """Write ``question Q0 document rank score tag`` lines; white space in an id is percent-encoded."""
    lines = (
        f"{_word(question)} Q0 {_word(document)} {rank} {score:.6f} {tag}\n"
        for question, scores in run.items()
        for rank, (document, score) in enumerate(sorted(scores.items(), key=lambda item: -item[1]), start=1)
    )
    Path(path).write_text("".join(lines), encoding="utf-8")


def _plain(table: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    return {question: dict(documents) for question, documents in table.items()}


def _word(identifier: str) -> str:
    return re.sub(r"\s", lambda match: quote(match.group()), identifier)
