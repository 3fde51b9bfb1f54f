"""What a training was, written down beside its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from qa.reader.training.model import JointReader
from qa.reader.training.recipe import Plan

LICENCES = {
    "squad": "CC BY-SA 4.0",
    "squadshifts": "not stated in its repository; understood to be CC BY 4.0, unverified",
    "tydiqa": "Apache-2.0",
    "mlqa": "CC BY-SA 3.0",
    "nq": "CC BY-SA 3.0",
    "qamr": "MIT",
    "fairytaleqa": "Apache-2.0",
    "policyqa": "MIT",
    "covidqa": "Apache-2.0",
}
"""Licences of public data sets, by the beginning of a source's name."""


def write_card(
    path: Path, reader: JointReader, sources: Mapping[str, int], start: str, teachers: Sequence[str], plan: Plan
) -> None:
    """Write the model card: where the weights come from, what they learnt from, and how."""
    shape = reader.backbone.config
    size = sum(tensor.numel() for tensor in reader.parameters()) / 1e6
    taught = f" Taught by {', '.join(teachers)}." if teachers else ""
    rows = [
        f"| {name} | {count} | {plan.mix.shares.get(name, 1.0):.0%} | {licence(name)} |"
        for name, count in sorted(sources.items())
    ]
    settings = asdict(plan.recipe) | {name: value for name, value in asdict(plan.mix).items() if name != "shares"}
    path.write_text(
        "\n".join(
            [
                f"# {path.parent.name}",
                "",
                f"An extractive reader: a BERT of {shape.num_hidden_layers} layers and {size:.1f} M parameters with a "
                "span head and a relevance head, trained together.",
                f"Trained with `qa train` from `{start}`.{taught}",
                "",
                "## Data",
                "",
                "| source | questions | share of the answerable ones used in an epoch | licence of the data set |",
                "|---|---|---|---|",
                *rows,
                "",
                "## Recipe",
                "",
                "| setting | value |",
                "|---|---|",
                *(f"| {name} | {value} |" for name, value in settings.items()),
                "",
            ]
        ),
        encoding="utf-8",
    )


def licence(source: str) -> str:
    """Return the licence of a public data set; of any other, that it is not known here.

    >>> licence("squad_train_partial"), licence("our-own")
    ('CC BY-SA 4.0', 'not known here')
    """
    known = [name for name in LICENCES if source.startswith(name)]
    return LICENCES[max(known, key=len)] if known else "not known here"
