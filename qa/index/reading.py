"""An index that is open for reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.errors import IndexDamaged, IndexOutdated
from qa.index import manifest
from qa.index.articles import Articles
from qa.index.lexical import Lexical
from qa.index.manifest import EncoderRecord, Manifest
from qa.index.vectors import Vectors
from qa.types import Document, Passage, Where


class Index:
    """Read a built index; many threads may, and a later build in the same folder doesn't disturb them.

    ``where`` keeps a search to the passages of documents that have all these values, or one of several where several
    are given for a key. Its keys are ``document`` (the id), ``title``, ``url``, ``published``, ``author`` or a key of
    the documents' metadata.
    """

    def __init__(self, folder: Path, contents: Manifest, stamp: manifest.Stamp | None) -> None:
        snapshot = folder / contents.snapshot
        self._stamp = stamp
        self._folder = folder
        self._manifest = contents
        self._vectors = Vectors(snapshot / "vectors.faiss", contents.probes)
        self._lexical = Lexical(snapshot / "words", contents.passages)
        self._articles = Articles(snapshot / "articles.sqlite")

    @classmethod
    def open(cls, folder: str | Path) -> Index:
        """Open the index in a folder.

        Every file's size is checked, and what small ones hold; ``verify`` reads all of them. Raises IndexNotFound,
        IndexOutdated or IndexDamaged.
        """
        folder = Path(folder)
        while True:
            stamp = manifest.stamp(folder)
            contents = manifest.read(folder)
            try:
                manifest.check(folder, contents, whole=False)
                return cls(folder, contents, stamp)
            except Exception as error:  # each of the three libraries raises classes of its own
                if manifest.stamp(folder) != stamp:  # a build has ended meanwhile
                    continue
                if isinstance(error, (IndexDamaged, IndexOutdated)):
                    raise
                raise IndexDamaged(
                    f"The index in {folder} can't be opened: {error}. Run `{manifest.rebuild(folder)}` again."
                ) from error

    def is_current(self) -> bool:
        """Tell whether no later build has taken this one's place."""
        return self._stamp == manifest.stamp(self._folder)

    def reopened(self) -> Index:
        """Open what is in the folder now; this one stays open."""
        return Index.open(self._folder)

    @property
    def folder(self) -> Path:
        """Return the folder of the index."""
        return self._folder

    place = folder

    @property
    def manifest(self) -> Manifest:
        """Return what the index is made of."""
        return self._manifest

    @property
    def encoder(self) -> EncoderRecord:
        """Return which encoder made the vectors."""
        return self._manifest.encoder

    @property
    def splitting(self) -> dict[str, int | str]:
        """Return how its documents were split."""
        return dict(self._manifest.settings)

    @property
    def encoder_folder(self) -> Path:
        """Return the folder of the encoder that made the vectors."""
        return self._folder / self._manifest.encoder_folder

    @property
    def document_count(self) -> int:
        """Return how many documents there are."""
        return self._manifest.documents

    @property
    def passage_count(self) -> int:
        """Return how many passages there are."""
        return self._manifest.passages

    def dense(self, vector: NDArray[np.float32], k: int, where: Where | None = None) -> list[tuple[int, float]]:
        """Return the numbers of the ``k`` passages whose vectors are nearest, nearest first, with the cosines."""
        return self._vectors.nearest(vector, k, self._matching(where))

    def lexical(self, question: str, k: int, where: Where | None = None) -> list[tuple[int, float]]:
        """Return the numbers of the ``k`` best passages by BM25, best first, with their scores; all share a word."""
        return self._lexical.best(question, k, self._matching(where))

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """Return passages by their numbers, in the order asked for."""
        return self._articles.passages(numbers)

    def texts(self) -> Iterator[str]:
        """Yield the text of every passage, by number."""
        return self._articles.texts()

    def vectors(self, numbers: Sequence[int]) -> NDArray[np.float16]:
        """Return the vectors of passages by their numbers, float16 [n, dimension]."""
        return self._vectors.stored(numbers)

    def document(self, identifier: str) -> Document:
        """Return a document by its id.

        Raises UnknownDocument when there is none.
        """
        return self._articles.document(identifier)

    def documents(self) -> Iterator[Document]:
        """Yield every document, in the order of their ids."""
        return self._articles.documents()

    def identifiers(self) -> list[str]:
        """Return the id of every document, in the order of their ids."""
        return self._articles.identifiers()

    def close(self) -> None:
        """Close the index's files."""
        self._articles.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _matching(self, where: Where | None) -> NDArray[np.int64] | None:
        return self._articles.matching(where) if where else None
