"""qa index."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli import options, terminal
from qa.engine import seeds
from qa.errors import SettingsError
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.encoder.spreading import Workers
    from qa.index import Changes

NAMED = 20
"""Most skipped files that are named one by one."""


def index(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders to index.", show_default="the seed articles")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Folder of the index.", show_default="embeddings/<name>")] = None,
    store: options.Store = None,
    encoder: Annotated[
        str | None, typer.Option(help="sentence-transformers model, by name or path.", show_default="all-MiniLM-L6-v2")
    ] = None,
    passage_tokens: Annotated[int | None, typer.Option(help="Most tokens in a passage.", show_default="160")] = None,
    workers: Annotated[
        int, typer.Option(help="Embed in so many processes, with Ray; needs the extra ray.", show_default="none")
    ] = 0,
    ray: Annotated[
        str, typer.Option(help="Embed on the Ray cluster at this address.", show_default="this machine")
    ] = "",
    json: options.Json = False,
    config: options.Config = None,
) -> None:
    """Index files and folders, so that they can be asked.

    Again: what changed is embedded, what is gone is removed. A build that is interrupted goes on when it is run again.
    """
    from qa.building import build_index
    from qa.opening import place_of

    settings = Settings.load(config, index=to, store=store, encoder=encoder, passage_tokens=passage_tokens)
    if not (paths or to or store) and (settings.store or settings.index != Settings().index):
        raise SettingsError(
            f"Say what to index: without files or folders the seed articles would take the place of what is in "
            f"{place_of(None, settings)}. If they are to, name it with --to or --store."
        )
    named = Path("embeddings", _name(paths[0])) if paths and not (to or settings.store) else None
    with terminal.progress() as show:
        built = build_index(paths or seeds(), place_of(named, settings), settings, show, _workers(workers, ray))
    for skipped in built.skipped[:NAMED]:
        terminal.warn(f"skipped {skipped.path}: {skipped.reason}")
    if len(built.skipped) > NAMED:
        terminal.warn(f"... and {len(built.skipped) - NAMED} more were skipped")
    if json:
        terminal.print_json(
            {
                "index": str(built.place),
                "documents": built.documents,
                "passages": built.passages,
                "changes": asdict(built.changes),
                "skipped": [{"path": skipped.path, "reason": skipped.reason} for skipped in built.skipped],
                "seconds": built.seconds,
            }
        )
    else:
        missing = f", {_count(len(built.skipped), 'file')} skipped" if built.skipped else ""
        print(
            f"{_count(built.documents, 'document')}, {_count(built.passages, 'passage')} in {built.place}{missing} "
            f"({_changes(built.changes)}; {built.seconds:.1f} s)"
        )


def _workers(count: int, address: str) -> Workers | None:
    if not count and not address:
        return None
    if count < 1:
        raise SettingsError("Say how many processes are to embed: --workers N.")
    from qa.encoder.spreading import Workers

    return Workers(count, address)


def _changes(changes: Changes) -> str:
    """Say what differs from the index that was there.

    >>> from qa.index import Changes
    >>> _changes(Changes(new=3, changed=1, removed=0, kept=996, embedded=40))
    '3 new, 1 changed, 996 kept, 40 passages embedded'
    """
    numbers = {name: getattr(changes, name) for name in ("new", "changed", "removed", "kept")}
    parts = [f"{number} {name}" for name, number in numbers.items() if number]
    return ", ".join([*parts, f"{_count(changes.embedded, 'passage')} embedded"])


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _name(path: Path) -> str:
    whole = path.resolve().name
    return (whole.split(".")[0] if path.is_file() else whole) or "index"
