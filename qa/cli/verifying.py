"""qa verify."""

from __future__ import annotations

from dataclasses import asdict

from qa.cli import options, terminal
from qa.settings import Settings


def verify(
    index: options.Index = None,
    store: options.Store = None,
    json: options.Json = False,
    config: options.Config = None,
) -> None:
    """Read every file of an index and say whether each is what it was when the index was built.

    Of a store, which looks after its files itself, the rows are counted.
    """
    from qa.opening import place_of, verify_index

    place = place_of(None, Settings.load(config, index=index, store=store))
    found = verify_index(place)
    if json:
        terminal.print_json(asdict(found))
    else:
        size = sum(file.size for file in found.files.values()) / 1e6
        files = f", {len(found.files)} files of {size:,.1f} MB" if found.files else ""
        counts = f"{found.documents:,} documents, {found.passages:,} passages"
        print(f"{place} is whole: {counts}{files}, built {found.created}")
