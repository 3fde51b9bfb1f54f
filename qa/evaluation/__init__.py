"""How good the answers are: question sets, metrics, runs and their report.

>>> from qa.evaluation import SEEDS, read_questions
>>> len(read_questions(SEEDS))
109
"""

from __future__ import annotations

from qa.evaluation.beir import evaluate_ranking, read_beir
from qa.evaluation.compare import compare, read_outcomes
from qa.evaluation.page import write_page
from qa.evaluation.present import present, present_comparison, present_ranking
from qa.evaluation.questions import SEEDS, Question, read_questions, with_paragraphs
from qa.evaluation.report import Report, Row
from qa.evaluation.retrieval import write_run
from qa.evaluation.run import evaluate, evaluate_open, evaluate_reader

__all__ = [  # noqa: RUF022 - in reading order
    "SEEDS",
    "Question",
    "read_questions",
    "with_paragraphs",
    "evaluate",
    "evaluate_reader",
    "evaluate_open",
    "Report",
    "Row",
    "present",
    "write_page",
    "compare",
    "read_outcomes",
    "present_comparison",
    "read_beir",
    "evaluate_ranking",
    "present_ranking",
    "write_run",
]
