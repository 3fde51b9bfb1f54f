"""Where an index is, and what is opened to ask it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from qa.encoder import Encoder, export, fingerprint
from qa.errors import IndexOutdated
from qa.index import Address, Index, Manifest, Updatable, encoder_folder, keep_encoder, verify
from qa.settings import Settings


def place_of(index: str | Path | Address | None, settings: Settings) -> Path | Address:
    """Return the folder or the address that is meant; that of the settings where none is named.

    >>> str(place_of("milvus://localhost/news", Settings()))
    'milvus://localhost/news'
    """
    named = (settings.store or settings.index) if index is None else index
    if isinstance(named, str) and (named.startswith("file:") or "://" in named):
        return Address.parse(named, settings.index.parent)
    return named if isinstance(named, Address) else Path(named)


def open_index(place: Path | Address) -> Updatable:
    """Open an index; raise IndexUnusable where there is none, or none that can be read."""
    if isinstance(place, Address):
        from qa.index.milvus.reading import MilvusIndex

        return MilvusIndex.open(place)
    return Index.open(place)


def verify_index(place: Path | Address) -> Manifest:
    """Check an index as a whole and return what it is made of; raise IndexDamaged where it isn't that."""
    if isinstance(place, Address):
        from qa.index.milvus.reading import verify as verify_rows

        return verify_rows(place)
    return verify(place)


def open_encoder(index: Updatable, threads: int = 0) -> Encoder:
    """Open the encoder of an index; it is exported first, where only the vectors have come to this machine.

    Raises IndexOutdated where the encoder that is installed isn't the one that made the vectors.
    """
    if not (index.encoder_folder / "encoder.json").is_file():
        if fingerprint(index.encoder.name) != index.encoder.fingerprint:
            raise IndexOutdated(
                f"The index was built with another version of {index.encoder.name} than is installed here. Install "
                "that one, or build the index again with `qa index`."
            )
        with tempfile.TemporaryDirectory(prefix="qa-") as scratch:
            export(index.encoder.name, Path(scratch))
            keep_encoder(encoder_folder(index.folder, index.encoder.fingerprint), Path(scratch))
    return Encoder.open(index.encoder_folder, threads)
