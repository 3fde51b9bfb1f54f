"""The whole way, put together: build an index, open it, ask it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from qa.answers import Choice, choose
from qa.errors import IndexNotFound, QuestionError, UnknownDocument
from qa.listing import asks_for_several
from qa.settings import Settings
from qa.types import Answer, Document, Hit, Passage, Where

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.corpus import Skipped
    from qa.dialogue import Turn
    from qa.encoder import Encoder
    from qa.index import Index, Joined
    from qa.reader import Reader

MOST_CHARACTERS = 2000
"""Longest question, in characters."""

Progress = Callable[[str, int, int], None]
"""Called with a stage (read, split, export, encode, write), how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Built:
    """Hold what a build did."""

    folder: Path
    documents: int
    passages: int
    skipped: tuple[Skipped, ...]
    seconds: float


class QA:
    """Answer questions from an index; safe to use from many threads."""

    def __init__(self, index: Index | Joined, encoder: Encoder, reader: Reader, settings: Settings) -> None:
        self.index, self.encoder, self.reader, self.settings = index, encoder, reader, settings

    @classmethod
    def open(cls, index: str | Path | None = None, settings: Settings | None = None) -> QA:
        """Open an index that was built before; raise IndexNotFound where there is none."""
        from qa.encoder import Encoder
        from qa.index import Index

        settings = settings or Settings.load()
        with ThreadPoolExecutor(1) as beside:  # the two networks take equally long
            reader = beside.submit(open_reader, settings)
            opened = Index.open(settings.index if index is None else index)
            encoder = Encoder.open(opened.encoder_folder, settings.threads)
            return cls(opened, encoder, reader.result(), settings)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        top_k: int | None = None,
        where: Where | None = None,
    ) -> Answer:
        """Answer from the documents, or from those that ``where`` (see Index) names.

        After the turns of ``history`` a follow-up is taken for the question that it means.
        """
        question = _checked(question)
        meant = _checked(_standalone(question, history)) if history else question
        begun = time.perf_counter()
        hits = self.search(meant, top_k=top_k, where=where)
        answer = self._read(meant, hits, self.settings.certain, {"retrieve": time.perf_counter() - begun})
        return answer if meant == question else replace(answer, question=question, asked_as=meant)

    def search(self, question: str, *, top_k: int | None = None, where: Where | None = None) -> tuple[Hit, ...]:
        """Return the passages that would be read for a question, best first."""
        from qa.retrieve import retrieve

        return retrieve(
            self.index,
            self.encoder,
            _checked(question),
            top_k=top_k or self.settings.top_k,
            candidates=self.settings.candidates,
            where=where,
        )

    def answer_from(self, question: str, passages: Sequence[Passage]) -> Answer:
        """Answer from these passages alone, without retrieval; all are read."""
        hits = tuple(Hit(passage, 1 / rank) for rank, passage in enumerate(passages, 1))
        return self._read(_checked(question), hits, 1.0, {})

    def document(self, identifier: str) -> Document:
        """Return a document of the index by its id."""
        return self.index.document(identifier)

    def documents(self) -> Iterator[Document]:
        """Yield every document of the index, in the order of their ids."""
        return self.index.documents()

    def close(self) -> None:
        """Close the files of the index."""
        self.index.close()

    def __enter__(self) -> QA:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, question: str, hits: tuple[Hit, ...], certain: float, seconds: Mapping[str, float]) -> Answer:
        begun = time.perf_counter()
        several = asks_for_several(question)
        certain = 1.0 if several else certain
        spans = self.reader.read(question, [hit.passage for hit in hits], certain=certain)
        read = time.perf_counter()
        choice = choose(spans, self._title, self.threshold, several=several)
        spent = {**seconds, "read": read - begun, "choose": time.perf_counter() - read}
        seen = {(span.passage.document, span.passage.start) for span in spans}
        hits = tuple(replace(hit, read=(hit.passage.document, hit.passage.start) in seen) for hit in hits)
        return _answer(question, choice, hits, {**spent, "total": sum(spent.values())})

    @property
    def threshold(self) -> float:
        """The least probability with which a question is answered."""
        return self.reader.threshold if self.settings.threshold < 0 else self.settings.threshold

    def _title(self, document: str) -> str:
        try:
            return self.index.document(document).title
        except UnknownDocument:  # a passage that the caller brought along
            return document


def build_index(
    sources: str | Path | Sequence[str | Path] | Iterable[Document],
    to: str | Path,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Built:
    """Index files, folders or documents into the folder ``to``; what is there already stays until the new one is whole.

    Raises CorpusError when nothing can be read; files that can't be are named in the result.
    """
    from qa.encoder import Encoder
    from qa.index import EncoderRecord, write

    settings = settings or Settings.load()
    say = progress or (lambda stage, done, total: None)
    begun = time.perf_counter()
    say("read", 0, 1)
    documents, skipped = _load(sources)
    say("read", 1, 1)
    with tempfile.TemporaryDirectory(prefix="qa-") as scratch:
        exported = _exported(settings.encoder, Path(to), Path(scratch), say)
        encoder = Encoder.open(exported, settings.threads)
        passages, vectors = split_and_encode(documents, encoder, settings, say)
        say("write", 0, 1)
        record = EncoderRecord(encoder.name, encoder.fingerprint, encoder.dimension)
        write(to, documents, passages, vectors, encoder=record, exported=exported, settings=settings.splitting)
        say("write", 1, 1)
    return Built(Path(to), len(documents), len(passages), skipped, time.perf_counter() - begun)


def split_and_encode(
    documents: Sequence[Document], encoder: Encoder, settings: Settings, progress: Progress
) -> tuple[list[Passage], NDArray[np.float32]]:
    """Return the passages of some documents with their vectors; the stages are ``split`` and ``encode``."""
    from qa.passages import split

    passages: list[Passage] = []
    for number, document in enumerate(documents, 1):
        passages += split(document, tokens=settings.passage_tokens, overlap=settings.passage_overlap, fits=encoder.fits)
        progress("split", number, len(documents))
    texts = [passage.text for passage in passages]
    return passages, encoder.encode_passages(texts, lambda done, total: progress("encode", done, total))


def answer(question: str, *, settings: Settings | None = None, top_k: int | None = None) -> Answer:
    """Answer from the index of the settings; that of the seed articles is built the first time.

    The index stays open, so that a second question is quick.
    """
    return open_or_build(settings or Settings.load()).ask(question, top_k=top_k)


_opened: dict[Settings, QA] = {}


def open_or_build(settings: Settings, progress: Progress | None = None) -> QA:
    """Return the opened index of the settings, built from the seed articles where it is theirs and missing."""
    if settings not in _opened:
        try:
            _opened[settings] = QA.open(settings=settings)
        except IndexNotFound:
            if settings.index != Settings().index:
                raise
            build_index(seeds(), settings.index, settings, progress)
            _opened[settings] = QA.open(settings=settings)
    return _opened[settings]


def open_reader(settings: Settings) -> Reader:
    """Open the reader that the settings name."""
    from qa.reader import Reader

    return Reader.open(settings.reader, threads=settings.threads, answer_tokens=settings.answer_tokens)


def seeds() -> Path:
    """Return the folder of the articles that come with the project."""
    package = Path(__file__).parent
    inside = package / "seeds"
    return inside if inside.is_dir() else package.parent / "seeds"


def _load(
    sources: str | Path | Sequence[str | Path] | Iterable[Document],
) -> tuple[tuple[Document, ...], tuple[Skipped, ...]]:
    from qa.corpus import load

    several = (sources,) if isinstance(sources, str | Path) else tuple(sources)
    documents = tuple(source for source in several if isinstance(source, Document))
    if documents:
        return documents, ()
    corpus = load(*(source for source in several if not isinstance(source, Document)))
    return corpus.documents, corpus.skipped


def _exported(model: str, to: Path, scratch: Path, say: Progress) -> Path:
    """Return the exported encoder: the one that the old index has, else a new one."""
    from qa import encoder
    from qa.index import encoder_folder

    kept = encoder_folder(to, encoder.fingerprint(model))
    if (kept / "encoder.json").is_file():
        return kept
    say("export", 0, 1)
    encoder.export(model, scratch)
    say("export", 1, 1)
    return scratch


def _answer(question: str, choice: Choice, hits: tuple[Hit, ...], seconds: Mapping[str, float]) -> Answer:
    return Answer(
        question=question,
        text=choice.text,
        confidence=choice.confidence,
        citations=choice.citations,
        items=choice.items,
        alternatives=choice.alternatives,
        hits=hits,
        seconds=seconds,
    )


def _standalone(question: str, history: Sequence[Turn]) -> str:
    from qa.dialogue import standalone

    return standalone(question, history)


def _checked(question: str) -> str:
    if not question.strip():
        raise QuestionError("The question is empty. Ask something.")
    if len(question) > MOST_CHARACTERS:
        raise QuestionError(f"The question has {len(question)} characters; {MOST_CHARACTERS} are the most.")
    return question.strip()
