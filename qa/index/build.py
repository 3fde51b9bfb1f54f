"""Documents to an index, wherever it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from qa.index import folder
from qa.index.articles import Split
from qa.index.changes import Changes, natural
from qa.index.embedding import Embed, Spread
from qa.index.manifest import EncoderRecord, Manifest
from qa.index.milvus.address import Address
from qa.index.plan import Plan, Progress
from qa.index.store import VectorStore
from qa.types import Document


def write(
    place: str | Path | Address,
    documents: Iterable[Document],
    *,
    split: Split,
    embed: Embed,
    encoder: EncoderRecord,
    exported: Path,
    settings: Mapping[str, int | str],
    reuse: Sequence[VectorStore] = (),
    progress: Progress = lambda *_: None,
    spread: Spread = map,
) -> tuple[Manifest, Changes]:
    """Write an index of the documents into a folder, or into Milvus, and put it in place of the one that was there.

    ``embed`` is called for those passages only whose text has no vector in the old index, in those that ``reuse``
    names, or from a build that broke off; ``spread`` is who calls it. ``exported`` is the folder of the encoder; its
    files are linked, or copied, unless it is ``encoder_folder(folder, ...)`` itself. The stages of ``progress`` are
    split, encode, write. The old index stays as it is until the new one is complete. Raises IndexUnusable when it can't
    be written, or when another build is at work there, ValueError when the parts don't agree.
    """
    ordered = sorted(documents, key=natural)
    plan = Plan(ordered, split, embed, encoder, exported, settings, reuse, progress, spread)
    if isinstance(place, Address):
        from qa.index.milvus import writing

        return writing.write(place, plan)
    return folder.write(Path(place), plan)
