"""A build in a folder: a new snapshot written aside, put in place by one replacement of the manifest."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import qa
from qa.errors import IndexUnusable
from qa.index import articles, lexical, manifest
from qa.index.changes import Changes, compare
from qa.index.embedding import Journal
from qa.index.encoders import encoder_folder, keep_encoder
from qa.index.locking import locked
from qa.index.manifest import Manifest
from qa.index.plan import Plan
from qa.index.reading import Index
from qa.index.vectors import write as write_vectors


def write(folder: Path, plan: Plan) -> tuple[Manifest, Changes]:
    """Write an index and put it in place of the one that was there, which stays as it is until this one is complete.

    Raises IndexUnusable when another build is at work in the folder, ValueError when the parts don't agree.
    """
    manifest.refuse_foreign(folder)
    aside = folder / f"snapshot-{secrets.token_hex(8)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            aside.mkdir()
            return _write(folder, aside, plan)
    except (OSError, sqlite3.Error) as error:
        raise IndexUnusable(f"{folder} can't be written: {error}. What was there is untouched.") from error
    finally:
        if _current(folder) != aside.name:
            shutil.rmtree(aside, ignore_errors=True)


def _write(folder: Path, snapshot: Path, plan: Plan) -> tuple[Manifest, Changes]:
    passages = plan.split_into(snapshot / "articles.sqlite")
    own = encoder_folder(folder, plan.encoder.fingerprint)
    keep_encoder(own, plan.exported)
    with ExitStack() as stack:
        written = stack.enter_context(closing(articles.Articles(snapshot / "articles.sqlite")))
        journal = stack.enter_context(closing(Journal(folder / f"{own.name}.journal", plan.encoder.dimension)))
        earlier = _earlier(folder, stack)
        vectors, embedded = plan.embed_all(written, passages, earlier, journal)
        plan.progress("write", 0, 1)
        spelling, probes = write_vectors(snapshot / "vectors.faiss", vectors)
        del vectors  # a gigabyte, where there are a million
        lexical.write(snapshot / "words", written.texts())
        changes = compare(earlier, plan.documents, embedded)
    built = Manifest(
        format=manifest.FORMAT,
        qa=qa.__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        snapshot=snapshot.name,
        encoder_folder=own.name,
        encoder=plan.encoder,
        settings=dict(plan.settings),
        documents=len(plan.documents),
        passages=passages,
        vectors=spelling,
        probes=probes,
        files=manifest.record(folder, [snapshot, own]),
    )
    manifest.replace(folder, built)
    _sweep(folder, built)
    plan.progress("write", 1, 1)
    return built, changes


def _earlier(folder: Path, stack: ExitStack) -> Index | None:
    """Open the index that is there until the stack is left; None when there is none, or when it isn't whole."""
    try:
        manifest.verify(folder)
        return stack.enter_context(Index.open(folder))
    except IndexUnusable:
        return None


def _current(folder: Path) -> str | None:
    """Return the name of the snapshot that is in place."""
    try:
        return manifest.read(folder).snapshot
    except IndexUnusable:
        return None


def _sweep(folder: Path, kept: Manifest) -> None:
    """Remove what earlier builds left; nothing that isn't named as a build names its own."""
    for path in folder.iterdir():
        if manifest.OWN.match(path.name) and path.name not in (kept.snapshot, kept.encoder_folder):
            shutil.rmtree(path, ignore_errors=True)
            with suppress(OSError):
                path.unlink(missing_ok=True)
