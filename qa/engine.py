"""The whole way, put together: open an index, ask it, change it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, cast

from qa.answers import Choice, choose
from qa.errors import CorpusError, IndexNotFound, IndexOutdated, QuestionError, UnknownDocument
from qa.listing import asks_for_several
from qa.settings import Settings
from qa.types import Answer, Document, Hit, Passage, Where

if TYPE_CHECKING:
    from qa.building import Built, Progress, Sources
    from qa.corpus import Skipped
    from qa.dialogue import Turn
    from qa.encoder import Encoder
    from qa.index import Address, Updatable, VectorStore
    from qa.reader import Reader

MOST_CHARACTERS = 2000
"""Longest question, in characters."""


@dataclass(frozen=True, slots=True)
class _Corpus:
    """Hold an index with the encoder that made its vectors."""

    index: VectorStore
    encoder: Encoder


class QA:
    """Answer questions from an index; safe to use from many threads.

    When the index is built again, by this process or another, the next question is asked of the new one; a question
    that is under way keeps to the old one.
    """

    def __init__(self, index: VectorStore, encoder: Encoder, reader: Reader, settings: Settings) -> None:
        self._corpus = _Corpus(index, encoder)
        self._reopening = Lock()
        self.reader, self.settings = reader, settings

    @classmethod
    def open(cls, index: str | Path | Address | None = None, settings: Settings | None = None) -> QA:
        """Open an index that was built before, by its folder or its address; raise IndexNotFound where there is none.

        An address is one as ``Settings.store`` takes it, such as milvus://localhost:19530/news.
        """
        from qa.opening import open_encoder, open_index, place_of

        settings = settings or Settings.load()
        with ThreadPoolExecutor(1) as beside:  # the two networks take equally long
            reader = beside.submit(open_reader, settings)
            opened = open_index(place_of(index, settings))
            encoder = open_encoder(opened, settings.threads)
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
        question = checked(question)
        meant = checked(_standalone(question, history)) if history else question
        begun = time.perf_counter()
        corpus = self._newest()
        hits = self._search(corpus, meant, top_k, where)
        spent = {"retrieve": time.perf_counter() - begun}
        answer = self._read(meant, hits, corpus.index, self.settings.certain, spent)
        return answer if meant == question else replace(answer, question=question, asked_as=meant)

    def search(self, question: str, *, top_k: int | None = None, where: Where | None = None) -> tuple[Hit, ...]:
        """Return the passages that would be read for a question, best first."""
        return self._search(self._newest(), checked(question), top_k, where)

    def answer_from(self, question: str, passages: Sequence[Passage]) -> Answer:
        """Answer from these passages alone, without retrieval; all are read."""
        hits = tuple(Hit(passage, 1 / rank) for rank, passage in enumerate(passages, 1))
        return self._read(checked(question), hits, self.index, 1.0, {})

    def add(self, sources: Sources, progress: Progress | None = None) -> Built:
        """Add files, folders or documents to the index on disk.

        One with an id that is there takes its place; one with a text that is there becomes one of its sources. Only
        what is new is embedded. Raises what ``build_index`` raises.
        """
        from qa.building import load_documents, merged

        begun = time.perf_counter()
        fresh, skipped = load_documents(sources)
        return self._rewrite(lambda old: merged(old, fresh), skipped, begun, progress)

    def remove(self, *identifiers: str, progress: Progress | None = None) -> Built:
        """Remove documents from the index on disk; a text with another source as well stays, under its name.

        Raises UnknownDocument when one isn't there, CorpusError when none would be left; nothing is removed then.
        """
        from qa.building import without

        def change(old: Iterable[Document]) -> list[Document]:
            documents = list(old)
            known = {name for document in documents for name in (document.id, *document.sources)}
            for name in identifiers:
                if name not in known:
                    self.document(name)  # says so
            return list(without(documents, identifiers))

        return self._rewrite(change, (), time.perf_counter(), progress)

    @property
    def index(self) -> VectorStore:
        """The index as it is on disk now."""
        return self._newest().index

    @property
    def encoder(self) -> Encoder:
        """The encoder of the index."""
        return self._corpus.encoder

    def document(self, identifier: str) -> Document:
        """Return a document of the index by its id."""
        return self.index.document(identifier)

    def documents(self) -> Iterator[Document]:
        """Yield every document of the index, in the order of their ids."""
        return self.index.documents()

    def close(self) -> None:
        """Close the files of the index."""
        self._corpus.index.close()

    def __enter__(self) -> QA:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _newest(self) -> _Corpus:
        """Return the index that is on disk, opened again where it was built again."""
        corpus = self._corpus
        if corpus.index.is_current():
            return corpus
        with self._reopening:
            if self._corpus is corpus:  # the old one stays open: a question may be reading it
                self._corpus = _reopened(corpus, self.settings)
            return self._corpus

    def _rewrite(
        self,
        change: Callable[[Iterable[Document]], list[Document]],
        skipped: tuple[Skipped, ...],
        begun: float,
        progress: Progress | None,
    ) -> Built:
        from qa.building import write_index
        from qa.index import locked

        with locked(_alone(self.index).folder):
            corpus = self._newest()
            index = _alone(corpus.index)
            documents = change(index.documents())
            if not documents:
                raise CorpusError("No document would be left. Delete the folder of the index instead.")
            tokens, overlap = (int(index.splitting[name]) for name in ("passage_tokens", "passage_overlap"))
            settings = replace(self.settings, passage_tokens=tokens, passage_overlap=overlap)
            built = write_index(
                index.place, documents, corpus.encoder, index.encoder_folder, settings, progress=progress
            )
        return replace(built, skipped=skipped, seconds=time.perf_counter() - begun)

    def _search(self, corpus: _Corpus, question: str, top_k: int | None, where: Where | None) -> tuple[Hit, ...]:
        from qa.retrieve import retrieve

        settings = self.settings if top_k is None else replace(self.settings, top_k=top_k)  # which checks it
        return retrieve(
            corpus.index,
            corpus.encoder,
            question,
            top_k=settings.top_k,
            candidates=settings.candidates,
            where=where,
        )

    def _read(
        self,
        question: str,
        hits: tuple[Hit, ...],
        index: VectorStore,
        certain: float,
        seconds: Mapping[str, float],
    ) -> Answer:
        begun = time.perf_counter()
        several = asks_for_several(question)
        certain = 1.0 if several else certain
        spans = self.reader.read(question, [hit.passage for hit in hits], certain=certain)
        read = time.perf_counter()
        choice = choose(spans, partial(_title, index), self.threshold, several=several)
        spent = {**seconds, "read": read - begun, "choose": time.perf_counter() - read}
        seen = {(span.passage.document, span.passage.start) for span in spans}
        hits = tuple(replace(hit, read=(hit.passage.document, hit.passage.start) in seen) for hit in hits)
        return _answer(question, choice, hits, {**spent, "total": sum(spent.values())})

    @property
    def threshold(self) -> float:
        """The least probability with which a question is answered."""
        return self.reader.threshold if self.settings.threshold < 0 else self.settings.threshold


def answer(question: str, *, settings: Settings | None = None, top_k: int | None = None) -> Answer:
    """Answer from the index of the settings; that of the seed articles is built the first time.

    The index stays open, so that a second question is quick.
    """
    return open_or_build(settings or Settings.load()).ask(question, top_k=top_k)


_opened: dict[Settings, QA] = {}
_opening = Lock()


def open_or_build(settings: Settings, progress: Progress | None = None) -> QA:
    """Return the opened index of the settings, built from the seed articles where it is theirs and missing or old."""
    with _opening:
        if settings not in _opened:
            _opened[settings] = _open_or_build(settings, progress)
        return _opened[settings]


def _open_or_build(settings: Settings, progress: Progress | None) -> QA:
    try:
        return QA.open(settings=settings)
    except (IndexNotFound, IndexOutdated):
        if settings.store or settings.index != Settings().index:
            raise
        from qa.building import build_index

        build_index(seeds(), settings.index, settings, progress)
        return QA.open(settings=settings)


def open_reader(settings: Settings) -> Reader:
    """Open the reader that the settings name."""
    from qa.reader import Reader

    return Reader.open(settings.reader, threads=settings.threads, answer_tokens=settings.answer_tokens)


def seeds() -> Path:
    """Return the folder of the articles that come with the project."""
    package = Path(__file__).parent
    inside = package / "seeds"
    return inside if inside.is_dir() else package.parent / "seeds"


def _reopened(corpus: _Corpus, settings: Settings) -> _Corpus:
    """Return the index that took the place of this one."""
    from qa.opening import open_encoder

    index = _alone(corpus.index).reopened()
    same = index.encoder == corpus.index.encoder
    return _Corpus(index, corpus.encoder if same else open_encoder(index, settings.threads))


def _alone(index: VectorStore) -> Updatable:
    from qa.index import Joined

    if isinstance(index, Joined):
        raise TypeError("several indexes that are asked together can't be changed; open one of them")
    return cast("Updatable", index)


def _title(index: VectorStore, document: str) -> str:
    try:
        return index.document(document).title
    except UnknownDocument:  # a passage that the caller brought along
        return document


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


def checked(question: str) -> str:
    """Return a question without blanks around it; raise QuestionError for one that can't be asked."""
    if not question.strip():
        raise QuestionError("The question is empty. Ask something.")
    if len(question) > MOST_CHARACTERS:
        raise QuestionError(f"The question has {len(question)} characters; {MOST_CHARACTERS} are the most.")
    if any("\ud800" <= character <= "\udfff" for character in question):
        raise QuestionError("The question holds half of a surrogate pair, which is no character. Type it again.")
    return question.strip()
