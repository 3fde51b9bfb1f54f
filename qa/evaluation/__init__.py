"""How good the answers are: question sets, metrics, runs and their report.

>>> from qa.evaluation import SEEDS, read_questions
>>> len(read_questions(SEEDS))
109
"""

from __future__ import annotations

from qa.evaluation.present import present
from qa.evaluation.questions import SEEDS, Question, read_questions
from qa.evaluation.report import Report, Row
from qa.evaluation.run import evaluate, evaluate_open, evaluate_reader

__all__ = [  # noqa: RUF022 - in reading order
    "SEEDS",
    "Question",
    "read_questions",
    "evaluate",
    "evaluate_reader",
    "evaluate_open",
    "Report",
    "Row",
    "present",
]
