"""A build: a new snapshot written aside, put in place by one replacement of the manifest."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import filelock
import numpy as np
from numpy.typing import NDArray

import qa
from qa.errors import IndexUnusable
from qa.index import articles, lexical, manifest
from qa.index.manifest import EncoderRecord, Manifest
from qa.index.vectors import write as write_vectors
from qa.types import Document, Passage


def write(
    folder: str | Path,
    documents: Iterable[Document],
    passages: Sequence[Passage],
    vectors: NDArray[np.float32],
    *,
    encoder: EncoderRecord,
    exported: Path,
    settings: Mapping[str, int | str],
) -> Manifest:
    """Write an index and put it in place of the one that was there.

    ``vectors`` holds one unit vector for each passage, ``exported`` is the folder of the encoder that made them; its
    files are linked, or copied, unless it is ``encoder_folder(folder, ...)`` itself. The old index stays as it is until
    the new one is complete. Raises IndexUnusable when another build is at work in the folder, ValueError when the
    parts don't agree.
    """
    folder = Path(folder)
    if vectors.shape != (len(passages), encoder.dimension):
        raise ValueError(f"{len(passages)} passages of dimension {encoder.dimension} have vectors of {vectors.shape}")
    manifest.refuse_foreign(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder / ".lock", timeout=0):
            return _write(folder, documents, passages, vectors, encoder, exported, settings)
    except filelock.Timeout:
        raise IndexUnusable(f"Another build is at work in {folder}. Wait until it has ended.") from None


def encoder_folder(folder: str | Path, fingerprint: str) -> Path:
    """Return where the encoder with this fingerprint lies in an index.

    >>> encoder_folder("embeddings/news", "db30e886cbfe59ee").as_posix()
    'embeddings/news/encoder-db30e886'
    """
    return Path(folder) / f"encoder-{fingerprint[:8]}"


def _write(
    folder: Path,
    documents: Iterable[Document],
    passages: Sequence[Passage],
    vectors: NDArray[np.float32],
    encoder: EncoderRecord,
    exported: Path,
    settings: Mapping[str, int | str],
) -> Manifest:
    snapshot = folder / f"snapshot-{secrets.token_hex(8)}"
    snapshot.mkdir()
    try:
        counts = articles.write(snapshot / "articles.sqlite", documents, passages)
        spelling, probes = write_vectors(snapshot / "vectors.faiss", vectors)
        lexical.write(snapshot / "bm25", [passage.text for passage in passages])
        own = _keep_encoder(folder, encoder.fingerprint, exported)
        built = Manifest(
            format=manifest.FORMAT,
            qa=qa.__version__,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            snapshot=snapshot.name,
            encoder_folder=own.name,
            encoder=encoder,
            settings=dict(settings),
            documents=counts[0],
            passages=counts[1],
            vectors=spelling,
            probes=probes,
            files=manifest.record(folder, [snapshot, own]),
        )
        manifest.replace(folder, built)
    except BaseException:
        shutil.rmtree(snapshot, ignore_errors=True)
        raise
    _sweep(folder, built)
    return built


def _keep_encoder(folder: Path, fingerprint: str, exported: Path) -> Path:
    own = encoder_folder(folder, fingerprint)
    if own.exists() and exported.resolve() == own.resolve():
        return own
    aside = folder / f"{own.name}.{secrets.token_hex(4)}"
    shutil.copytree(exported, aside, copy_function=_link)
    shutil.rmtree(own, ignore_errors=True)
    aside.rename(own)
    return own


def _link(source: str, target: str) -> None:
    """Give a file a second name, or a copy where the file system has no such thing; neither is ever written to."""
    try:
        os.link(os.path.realpath(source), target)
    except OSError:
        shutil.copy2(source, target)


def _sweep(folder: Path, kept: Manifest) -> None:
    """Remove what earlier builds left; nothing that isn't named as a build names its own."""
    for path in folder.iterdir():
        ours = manifest.SNAPSHOT.fullmatch(path.name) or manifest.ENCODER.match(path.name)
        if ours and path.name not in (kept.snapshot, kept.encoder_folder):
            shutil.rmtree(path, ignore_errors=True)
