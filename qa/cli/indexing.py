"""qa index."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa.cli import options, terminal
from qa.engine import build_index, seeds
from qa.settings import Settings

NAMED = 20
"""Most skipped files that are named one by one."""


def index(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders to index.", show_default="the seed articles")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Folder of the index.", show_default="embeddings/<name>")] = None,
    encoder: Annotated[
        str | None, typer.Option(help="sentence-transformers model, by name or path.", show_default="all-MiniLM-L6-v2")
    ] = None,
    passage_tokens: Annotated[int | None, typer.Option(help="Most tokens in a passage.", show_default="160")] = None,
    json: options.Json = False,
    config: options.Config = None,
) -> None:
    """Index files and folders, so that they can be asked."""
    default = Settings.load(config).index if not paths else Path("embeddings", _name(paths[0]))
    settings = Settings.load(config, index=to or default, encoder=encoder, passage_tokens=passage_tokens)
    with terminal.progress() as show:
        built = build_index(paths or seeds(), settings.index, settings, show)
    for skipped in built.skipped[:NAMED]:
        terminal.warn(f"skipped {skipped.path}: {skipped.reason}")
    if len(built.skipped) > NAMED:
        terminal.warn(f"... and {len(built.skipped) - NAMED} more were skipped")
    if json:
        terminal.print_json(
            {
                "index": str(built.folder),
                "documents": built.documents,
                "passages": built.passages,
                "skipped": [{"path": skipped.path, "reason": skipped.reason} for skipped in built.skipped],
                "seconds": built.seconds,
            }
        )
    else:
        missing = f", {len(built.skipped)} files skipped" if built.skipped else ""
        print(
            f"{built.documents} documents, {built.passages} passages in {built.folder}{missing} ({built.seconds:.1f} s)"
        )


def _name(path: Path) -> str:
    return path.resolve().name.split(".")[0] or "index"
