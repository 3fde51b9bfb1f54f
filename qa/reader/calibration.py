"""What the network says of a span -> the log-odds that the span is right."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold what the network says of one span."""

    margin: float
    """Start plus end logit of the span, less that of the null answer."""
    relevance: float
    """The relevance head's logit for the window."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weigh the evidence; a logistic regression fitted on questions that training never saw (Platt, 1999)."""

    margin: float
    relevance: float
    bias: float
    threshold: float
    """Least probability at which answering pays."""

    def log_odds(self, evidence: Evidence) -> float:
        """Return the log-odds that the span answers the question.

        >>> Calibration(1.0, 0.5, -1.0, threshold=0.5).log_odds(Evidence(margin=2.0, relevance=4.0))
        3.0
        """
        return self.margin * evidence.margin + self.relevance * evidence.relevance + self.bias

    @classmethod
    def from_dict(cls, values: Mapping[str, float]) -> Calibration:
        """Read what ``dataclasses.asdict`` wrote; raise TypeError for a missing or unknown name."""
        return cls(**{name: float(value) for name, value in values.items()})


def probability(log_odds: float) -> float:
    """Return the logistic function.

    >>> probability(0.0)
    0.5
    """
    return 1 / (1 + math.exp(-log_odds)) if log_odds >= 0 else 1 - 1 / (1 + math.exp(log_odds))
