"""A build: a new snapshot written aside, put in place by one replacement of the manifest."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import qa
from qa.errors import IndexUnusable, UnknownDocument
from qa.index import articles, lexical, manifest
from qa.index.articles import Split
from qa.index.embedding import Embed, Journal, embed_all
from qa.index.locking import locked
from qa.index.manifest import EncoderRecord, Manifest
from qa.index.reading import Index
from qa.index.vectors import write as write_vectors
from qa.types import Document

Progress = Callable[[str, int, int], None]
"""Called with a stage, how much of it is done, and of how much."""

_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Changes:
    """Hold how a build differs from the index that was there, in documents; and how many passages it embedded."""

    new: int
    changed: int
    removed: int
    kept: int
    embedded: int


def write(
    folder: str | Path,
    documents: Iterable[Document],
    *,
    split: Split,
    embed: Embed,
    encoder: EncoderRecord,
    exported: Path,
    settings: Mapping[str, int | str],
    reuse: Sequence[Index] = (),
    progress: Progress = lambda *_: None,
) -> tuple[Manifest, Changes]:
    """Write an index of the documents and put it in place of the one that was there.

    ``embed`` is called for those passages only whose text has no vector in the old index, in those that ``reuse``
    names, or from a build that broke off. ``exported`` is the folder of the encoder; its files are linked, or copied,
    unless it is ``encoder_folder(folder, ...)`` itself. The stages of ``progress`` are split, encode, write. The old
    index stays as it is until the new one is complete. Raises IndexUnusable when another build is at work in the
    folder, ValueError when the parts don't agree.
    """
    folder = Path(folder)
    manifest.refuse_foreign(folder)
    aside = folder / f"snapshot-{secrets.token_hex(8)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            aside.mkdir()
            return _write(folder, aside, documents, split, embed, encoder, exported, settings, reuse, progress)
    except (OSError, sqlite3.Error) as error:
        raise IndexUnusable(f"{folder} can't be written: {error}. What was there is untouched.") from error
    finally:
        if _current(folder) != aside.name:
            shutil.rmtree(aside, ignore_errors=True)


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


def _write(
    folder: Path,
    snapshot: Path,
    documents: Iterable[Document],
    split: Split,
    embed: Embed,
    encoder: EncoderRecord,
    exported: Path,
    settings: Mapping[str, int | str],
    reuse: Sequence[Index],
    progress: Progress,
) -> tuple[Manifest, Changes]:
    ordered = sorted(documents, key=_natural)
    passages = articles.write(snapshot / "articles.sqlite", _counted(ordered, progress), split)
    own = encoder_folder(folder, encoder.fingerprint)
    _keep_encoder(own, exported)
    with ExitStack() as stack:
        written = stack.enter_context(closing(articles.Articles(snapshot / "articles.sqlite")))
        journal = stack.enter_context(closing(Journal(folder / f"{own.name}.journal", encoder.dimension)))
        earlier = _earlier(folder, stack)
        vectors, embedded = embed_all(
            written.texts(),
            passages,
            embed,
            dimension=encoder.dimension,
            earlier=[index for index in (*reuse, earlier) if index and index.encoder == encoder],
            journal=journal,
            progress=lambda done, total: progress("encode", done, total),
        )
        progress("write", 0, 1)
        spelling, probes = write_vectors(snapshot / "vectors.faiss", vectors)
        del vectors  # a gigabyte, where there are a million
        lexical.write(snapshot / "words", written.texts())
        changes = _changes(earlier, ordered, embedded)
    built = Manifest(
        format=manifest.FORMAT,
        qa=qa.__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        snapshot=snapshot.name,
        encoder_folder=own.name,
        encoder=encoder,
        settings=dict(settings),
        documents=len(ordered),
        passages=passages,
        vectors=spelling,
        probes=probes,
        files=manifest.record(folder, [snapshot, own]),
    )
    manifest.replace(folder, built)
    _sweep(folder, built)
    progress("write", 1, 1)
    return built, changes


def _counted(documents: Sequence[Document], progress: Progress) -> Iterator[Document]:
    for done, document in enumerate(documents):
        yield document
        progress("split", done + 1, len(documents))


def _natural(document: Document) -> list[tuple[int, str]]:
    """Order documents by id, as people do: what is numbered 2 before what is numbered 10."""
    parts = _DIGITS.split(document.id)
    return [(int(part) if number % 2 else 0, part) for number, part in enumerate(parts)]


def _earlier(folder: Path, stack: ExitStack) -> Index | None:
    """Open the index that is there until the stack is left; None when there is none, or when it isn't whole."""
    try:
        manifest.verify(folder)
        return stack.enter_context(Index.open(folder))
    except IndexUnusable:
        return None


def _changes(earlier: Index | None, documents: Sequence[Document], embedded: int) -> Changes:
    if earlier is None:
        return Changes(len(documents), 0, 0, 0, embedded)
    kept = changed = 0
    for document in documents:
        try:
            same = earlier.document(document.id) == document
        except UnknownDocument:
            continue
        kept, changed = kept + same, changed + (not same)
    there = kept + changed
    return Changes(len(documents) - there, changed, earlier.document_count - there, kept, embedded)


def _keep_encoder(own: Path, exported: Path) -> None:
    if own.exists() and (exported.resolve() == own.resolve() or _content(own) == _content(exported)):
        return
    aside = own.with_name(f"{own.name}.{secrets.token_hex(4)}")
    shutil.copytree(exported, aside, copy_function=_link)
    shutil.rmtree(own, ignore_errors=True)
    aside.rename(own)


def _current(folder: Path) -> str | None:
    """Return the name of the snapshot that is in place."""
    try:
        return manifest.read(folder).snapshot
    except IndexUnusable:
        return None


def _content(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): manifest.sha256(path) for path in files}


def _link(source: str, target: str) -> None:
    """Give a file a second name, or a copy where the file system has no such thing; neither is ever written to."""
    try:
        os.link(os.path.realpath(source), target)
    except OSError:
        shutil.copy2(source, target)


def _sweep(folder: Path, kept: Manifest) -> None:
    """Remove what earlier builds left; nothing that isn't named as a build names its own."""
    for path in folder.iterdir():
        if manifest.OWN.match(path.name) and path.name not in (kept.snapshot, kept.encoder_folder):
            shutil.rmtree(path, ignore_errors=True)
            with suppress(OSError):
                path.unlink(missing_ok=True)
