"""The exported encoder that lies in an index's folder: kept from build to build, as long as it is whole."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from qa.errors import IndexUnusable
from qa.index import manifest


def encoder_folder(folder: str | Path, fingerprint: str) -> Path:
    """Return where the encoder with this fingerprint lies in an index.

    >>> encoder_folder("embeddings/news", "db30e886cbfe59ee").as_posix()
    'embeddings/news/encoder-db30e886'
    """
    return Path(folder) / f"encoder-{fingerprint[:8]}"


def kept_encoder(folder: str | Path, fingerprint: str) -> Path | None:
    """Return where the encoder with this fingerprint lies in an index; None where it doesn't, or isn't whole."""
    own = encoder_folder(folder, fingerprint)
    if not (own / "encoder.json").is_file():
        return None
    try:
        recorded = manifest.read(Path(folder)).files
    except IndexUnusable:  # left by a build that broke off: it came there in one step
        return own
    expected = {name: file.sha256 for name, file in recorded.items() if name.startswith(f"{own.name}/")}
    found = {f"{own.name}/{name}": digest for name, digest in _content(own).items()}
    return own if not expected or found == expected else None


def keep_encoder(own: Path, exported: Path) -> None:
    """Put an exported encoder into an index, in one step; its files are linked, or copied."""
    if own.exists() and (exported.resolve() == own.resolve() or _content(own) == _content(exported)):
        return
    own.parent.mkdir(parents=True, exist_ok=True)
    aside = own.with_name(f"{own.name}.{secrets.token_hex(4)}")
    shutil.copytree(exported, aside, copy_function=_link)
    shutil.rmtree(own, ignore_errors=True)
    aside.rename(own)


def _content(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): manifest.sha256(path) for path in files}


def _link(source: str, target: str) -> None:
    """Give a file a second name, or a copy where the file system has no such thing; neither is ever written to."""
    try:
        os.link(os.path.realpath(source), target)
    except OSError:
        shutil.copy2(source, target)
