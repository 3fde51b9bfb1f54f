"""qa verify."""

from __future__ import annotations

from dataclasses import asdict

from qa.cli import options, terminal
from qa.settings import Settings


def verify(index: options.Index = None, json: options.Json = False, config: options.Config = None) -> None:
    """Read every file of an index and say whether each is what it was when the index was built."""
    from qa.index import verify

    folder = Settings.load(config, index=index).index
    found = verify(folder)
    if json:
        terminal.print_json(asdict(found))
    else:
        size = sum(file.size for file in found.files.values()) / 1e6
        print(
            f"{folder} is whole: {found.documents:,} documents, {found.passages:,} passages, "
            f"{len(found.files)} files of {size:,.1f} MB, built {found.created}"
        )
