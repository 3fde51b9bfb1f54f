"""What a training was, written down beside its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from qa.reader.training.batches import Mix
from qa.reader.training.fit import Recipe


def write_card(path: Path, sources: Mapping[str, int], start: str, recipe: Recipe, mix: Mix) -> None:
    """Write the model card: where the weights come from, what they learnt from, and how."""
    shares = dict(mix.shares)
    rows = [f"| {name} | {count} | {shares.get(name, 1.0):.0%} |" for name, count in sorted(sources.items())]
    recipe_rows = [f"| {name} | {value} |" for name, value in asdict(recipe).items()]
    mix_rows = [f"| {name} | {value} |" for name, value in asdict(mix).items() if name != "shares"]
    path.write_text(
        "\n".join(
            [
                f"# {path.parent.name}",
                "",
                "An extractive reader: MiniLM-L12-H384 with a span head and a relevance head, trained together.",
                f"Trained with `qa train` from `{start}`.",
                "",
                "## Data",
                "",
                "| source | questions | share of the answerable ones used in an epoch |",
                "|---|---|---|",
                *rows,
                "",
                "## Recipe",
                "",
                "| setting | value |",
                "|---|---|",
                *recipe_rows,
                *mix_rows,
                "",
            ]
        ),
        encoding="utf-8",
    )
