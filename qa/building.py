"""Documents to an index: split, embedded, written."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa.encoder import Encoder, export, fingerprint
from qa.index import Address, Changes, EncoderRecord, VectorStore, kept_encoder, write
from qa.opening import place_of
from qa.settings import Settings
from qa.types import Document

if TYPE_CHECKING:
    from qa.corpus import Skipped
    from qa.encoder.spreading import Workers

Progress = Callable[[str, int, int], None]
"""Called with a stage (read, split, export, encode, write), how much of it is done, and of how much."""
Sources = str | Path | Sequence[str | Path] | Iterable[Document]
"""A file, a folder, several of them, or documents."""


@dataclass(frozen=True, slots=True)
class Built:
    """Hold what a build did."""

    place: Path | Address
    documents: int
    passages: int
    changes: Changes
    skipped: tuple[Skipped, ...]
    seconds: float


def build_index(
    sources: Sources,
    to: str | Path | Address,
    settings: Settings | None = None,
    progress: Progress | None = None,
    workers: Workers | None = None,
) -> Built:
    """Index files, folders or documents into a folder or a store; what is there stays until the new one is whole.

    ``to`` may be an address as ``Settings.store`` takes it, such as milvus://localhost:19530/news. What the old index
    holds of the same text isn't embedded again; ``workers``, where given, embed the rest instead of this process.
    Raises CorpusError when nothing can be read; files that can't be are named in the result.
    """
    settings = settings or Settings.load()
    say = progress or silent
    begun = time.perf_counter()
    say("read", 0, 1)
    documents, skipped = load_documents(sources)
    say("read", 1, 1)
    place = place_of(to, settings)
    folder = place.folder if isinstance(place, Address) else place
    with tempfile.TemporaryDirectory(prefix="qa-") as scratch:
        exported = _exported(settings.encoder, folder, Path(scratch), say)
        encoder = Encoder.open(exported, settings.threads)
        built = write_index(place, documents, encoder, exported, settings, progress=say, workers=workers)
    return replace(built, skipped=skipped, seconds=time.perf_counter() - begun)


def write_index(
    to: Path | Address,
    documents: Iterable[Document],
    encoder: Encoder,
    exported: Path,
    settings: Settings,
    *,
    reuse: Sequence[VectorStore] = (),
    progress: Progress | None = None,
    workers: Workers | None = None,
) -> Built:
    """Index documents with an open encoder, which lies in the folder ``exported``; as ``build_index`` does.

    What the indexes ``reuse`` hold of the same text isn't embedded again either.
    """
    from qa.passages import split

    begun = time.perf_counter()
    tokens, overlap = settings.passage_tokens, settings.passage_overlap
    written, changes = write(
        to,
        documents,
        split=lambda document: split(document, tokens=tokens, overlap=overlap, fits=encoder.fits),
        embed=encoder.encode_passages,
        encoder=EncoderRecord(encoder.name, encoder.fingerprint, encoder.dimension),
        exported=exported,
        settings=settings.splitting,
        reuse=reuse,
        progress=progress or silent,
        spread=workers.spread(exported) if workers else map,
    )
    return Built(to, written.documents, written.passages, changes, (), time.perf_counter() - begun)


def load_documents(sources: Sources) -> tuple[tuple[Document, ...], tuple[Skipped, ...]]:
    """Return the documents of some sources, and what of these was left out."""
    from qa.corpus import load

    several = (sources,) if isinstance(sources, str | Path) else tuple(sources)
    documents = tuple(source for source in several if isinstance(source, Document))
    if documents:
        return documents, ()
    corpus = load(*(source for source in several if not isinstance(source, Document)))
    return corpus.documents, corpus.skipped


def without(documents: Iterable[Document], identifiers: Collection[str]) -> Iterator[Document]:
    """Yield the documents without these; what stands at another source as well stays, under its name.

    >>> [(left.id, left.sources) for left in without([Document("a", "x", "A", sources=("a", "c"))], {"a"})]
    [('c', ('c',))]
    """
    for document in documents:
        left = tuple(source for source in document.sources if source not in identifiers)
        if document.id not in identifiers:
            yield replace(document, sources=left)
        elif left:
            yield replace(document, id=left[0], sources=left)


def merged(old: Iterable[Document], fresh: Iterable[Document]) -> list[Document]:
    """Return the old documents and the fresh ones, which replace what stood at their ids; each text once.

    >>> a, b, c = (Document(name, text, name, sources=(name,)) for name, text in ("ax", "by", "cx"))
    >>> [(document.id, document.sources) for document in merged([a, b], [c])]
    [('a', ('a', 'c')), ('b', ('b',))]
    """
    new = {document.id: document for document in fresh}
    by_text: dict[str, Document] = {}
    for document in old:
        names = new.keys() & {document.id, *document.sources}
        for left in without([document], {name for name in names if new[name].text != document.text}):
            kept = replace(new[left.id], sources=left.sources) if left.id in new else left
            by_text[left.text] = _together(by_text.get(left.text), kept)
    for document in new.values():
        by_text[document.text] = _together(by_text.get(document.text), document)
    return list(by_text.values())


def _together(first: Document | None, other: Document) -> Document:
    """Return the first of two documents with the same text, with the sources of both."""
    if first is None:
        return other
    names = [*first.sources, *other.sources]
    if first.id != other.id:
        names = [*(first.sources or (first.id,)), *(other.sources or (other.id,))]
    return replace(first, sources=tuple(dict.fromkeys(names)))


def _exported(model: str, to: Path, scratch: Path, say: Progress) -> Path:
    """Return the exported encoder: the one that the old index has, else a new one."""
    kept = kept_encoder(to, fingerprint(model))
    if kept is not None:
        return kept
    say("export", 0, 1)
    export(model, scratch)
    say("export", 1, 1)
    return scratch


def silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""
