"""A build in Milvus: new collections beside the old ones, put in place by moving the alias."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import qa
from qa.errors import IndexNotFound, IndexOutdated, IndexUnusable
from qa.index import lexical
from qa.index.articles import Articles
from qa.index.changes import Changes, compare
from qa.index.embedding import Halves, Journal
from qa.index.encoders import encoder_folder, keep_encoder
from qa.index.locking import locked
from qa.index.manifest import FORMAT, Manifest
from qa.index.milvus.address import Address
from qa.index.milvus.connection import PATIENCE, Connection
from qa.index.milvus.reading import MilvusIndex
from qa.index.milvus.schema import (
    by_passage,
    check,
    described,
    document_rows,
    documents_schema,
    manifest_row,
    passage_row,
    passages_schema,
    vector_index,
)
from qa.index.plan import Plan
from qa.index.vectors import kind
from qa.types import Document

_AT_ONCE = 200
"""Rows of one call: a megabyte as a rule, forty where all are as long as may be; a server takes 64."""


def write(address: Address, plan: Plan) -> tuple[Manifest, Changes]:
    """Write an index and move the alias to it; the build before it stays for questions that are under way.

    Raises StoreUnavailable, IndexUnusable when another build is at work from this machine or ended meanwhile on
    another, or when this machine's disk can't be written, CorpusError when Milvus can't hold a document, ValueError
    when the parts don't agree.
    """
    try:
        address.folder.mkdir(parents=True, exist_ok=True)
        with (
            locked(address.folder),
            closing(Connection(address)) as connection,
            tempfile.TemporaryDirectory(prefix="qa-") as scratch,
        ):
            return _write(connection, plan, Path(scratch, "articles.sqlite"))
    except (OSError, sqlite3.Error) as error:
        raise IndexUnusable(f"{address} can't be built here: {error}. What was there is untouched.") from error


def _write(connection: Connection, plan: Plan, scratch: Path) -> tuple[Manifest, Changes]:
    for document in plan.documents:  # before anything is embedded
        check(document)
    address = connection.address
    collection = f"{address.name}_{_digest(plan)}"
    current = connection.collection()
    if current is None and _exists(connection, address.name):
        raise IndexUnusable(f"{address} is a collection of something else. Choose another name.")
    earlier = _earlier(connection)
    if earlier and earlier.damage():
        earlier = None
    if earlier and current == collection:
        return earlier.manifest, Changes(0, 0, 0, len(plan.documents), 0)
    is_repair = current == collection  # every row is written again, over those that are left
    passages = plan.split_into(scratch)
    own = encoder_folder(address.folder, plan.encoder.fingerprint)
    keep_encoder(own, plan.exported)
    journal_file = address.folder / f"{own.name}.journal"
    with closing(Articles(scratch)) as written:
        with closing(Journal(journal_file, plan.encoder.dimension)) as journal:
            vectors, embedded = plan.embed_all(written, passages, earlier, journal)
        rows = _passage_rows(plan.documents, written, vectors)
        schema = partial(passages_schema, dimension=plan.encoder.dimension, count=passages)
        _fill(connection, collection, schema, rows, passages, plan, is_repair=is_repair)
    described_by = f"{collection}_documents"
    pieces = sum(1 for _ in document_rows(plan.documents))
    _fill(connection, described_by, documents_schema, document_rows(plan.documents), pieces, plan, is_repair=is_repair)
    built = Manifest(
        format=FORMAT,
        qa=qa.__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        snapshot=collection,
        encoder_folder=own.name,
        encoder=plan.encoder,
        settings=dict(plan.settings),
        documents=len(plan.documents),
        passages=passages,
        vectors=vector_index(passages)[0],
        probes=kind(passages)[1],
        files={},
    )
    last = manifest_row(built.to_dict())
    connection.call(lambda client: client.upsert(described_by, [last], timeout=PATIENCE))
    connection.call(lambda client: client.flush(described_by))
    if connection.collection() != current:
        raise IndexUnusable(f"Another build of {address} has ended meanwhile, and is in place. Run this one again.")
    changes = compare(earlier, plan.documents, embedded)
    _put_in_place(connection, collection, current)
    _sweep(connection, [collection, current or collection])
    journal_file.unlink(missing_ok=True)
    return built, changes


def _digest(plan: Plan) -> str:
    """Return what tells one build from another: its documents, and how they become passages and vectors."""
    digest = hashlib.blake2b(digest_size=8)
    how = [FORMAT, plan.encoder.fingerprint, plan.settings]
    for part in (how, *(document.to_dict() for document in plan.documents)):
        digest.update(json.dumps(part, sort_keys=True, default=dict).encode("utf-8") + b"\0")
    return digest.hexdigest()


def _earlier(connection: Connection) -> MilvusIndex | None:
    try:
        return MilvusIndex.open(connection.address, connection)
    except (IndexNotFound, IndexOutdated):
        return None


def _passage_rows(documents: Sequence[Document], written: Articles, vectors: Halves) -> Iterator[dict[str, Any]]:
    """Yield the row of each passage, by number."""
    weighed = by_passage(lexical.weigh(written.texts()), len(vectors))
    by_id = {document.id: document for document in documents}
    for start in range(0, len(vectors), _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, len(vectors)))
        for number, passage in zip(numbers, written.passages(numbers), strict=True):
            yield passage_row(number, passage, vectors[number], next(weighed), described(by_id[passage.document]))


def _fill(
    connection: Connection,
    collection: str,
    schema: Callable[[Any], dict[str, Any]],
    rows: Iterable[dict[str, Any]],
    total: int,
    plan: Plan,
    *,
    is_repair: bool,
) -> None:
    """Write rows into a collection, which may hold the first of them from a build that broke off."""
    if not _exists(connection, collection):
        strong = {"consistency_level": "Strong", "timeout": PATIENCE}
        connection.call(lambda client: client.create_collection(collection, **strong, **schema(client)))
    connection.call(lambda client: client.load_collection(collection))
    done = 0 if is_repair else min(connection.count(collection), total) // _AT_ONCE * _AT_ONCE
    remaining = islice(rows, done, None)
    while batch := list(islice(remaining, _AT_ONCE)):
        connection.call(partial(_upsert, collection=collection, rows=batch))
        done += len(batch)
        plan.progress("write", done, total)
    connection.call(lambda client: client.flush(collection))
    found = connection.count(collection)
    if found not in (total, total + 1):  # the documents' has one row more when only moving the alias was left to do
        connection.call(lambda client: client.drop_collection(collection))
        raise IndexUnusable(
            f"{connection.address} took {found:,} rows of {total:,}. What was there is untouched; run it again."
        )


def _upsert(client: Any, collection: str, rows: list[dict[str, Any]]) -> None:
    client.upsert(collection, rows, timeout=PATIENCE)


def _exists(connection: Connection, collection: str) -> bool:
    return bool(connection.call(lambda client: client.has_collection(collection, timeout=PATIENCE)))


def _put_in_place(connection: Connection, collection: str, current: str | None) -> None:
    name = connection.address.name
    if current:
        connection.call(lambda client: client.alter_alias(collection, name, timeout=PATIENCE))
    else:
        connection.call(lambda client: client.create_alias(collection, name, timeout=PATIENCE))


def _sweep(connection: Connection, kept: Sequence[str]) -> None:
    """Remove the collections of other builds of this index."""
    own = re.compile(rf"({re.escape(connection.address.name)}_[0-9a-f]{{16}})(_documents)?")
    for name in connection.call(lambda client: client.list_collections(timeout=PATIENCE)):
        found = own.fullmatch(name)
        if found and found[1] not in kept:
            connection.call(partial(_drop, collection=name))


def _drop(client: Any, collection: str) -> None:
    client.drop_collection(collection, timeout=PATIENCE)
