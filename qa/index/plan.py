"""What an index is to be built of, and the half of a build that is the same for every engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.index import articles
from qa.index.articles import Articles, Split
from qa.index.embedding import Embed, Halves, Journal, Spread, embed_all
from qa.index.manifest import EncoderRecord
from qa.index.store import VectorStore
from qa.types import Document

Progress = Callable[[str, int, int], None]
"""Called with a stage (split, encode, write), how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold the documents, in the order of the index, and how they become passages and vectors."""

    documents: Sequence[Document]
    split: Split
    embed: Embed
    encoder: EncoderRecord
    exported: Path
    """Folder of the encoder."""
    settings: Mapping[str, int | str]
    """How the documents are split, as the index records it."""
    reuse: Sequence[VectorStore]
    """Indexes whose vectors are used again, beside the one that is there."""
    progress: Progress
    spread: Spread

    def split_into(self, file: Path) -> int:
        """Write the documents and their passages to a file and return how many passages there are."""
        return articles.write(file, self._counted(), self.split)

    def embed_all(
        self, written: Articles, passages: int, earlier: VectorStore | None, journal: Journal
    ) -> tuple[Halves, int]:
        """Return the vectors of all passages, and how many had to be embedded."""
        return embed_all(
            written.texts,
            passages,
            self.embed,
            dimension=self.encoder.dimension,
            earlier=[index for index in (*self.reuse, earlier) if index and index.encoder == self.encoder],
            journal=journal,
            progress=lambda done, total: self.progress("encode", done, total),
            spread=self.spread,
        )

    def _counted(self) -> Iterator[Document]:
        for done, document in enumerate(self.documents):
            yield document
            self.progress("split", done + 1, len(self.documents))
