"""Files -> Documents: one small module a format, and a table of them by suffix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from qa.corpus.apart import SUFFIXES as APART
from qa.corpus.apart import Apart
from qa.corpus.files import File, find
from qa.corpus.formats import FORMATS, SUFFIXES, suffix_of
from qa.corpus.records import Record, Skipped
from qa.corpus.titles import title_of
from qa.errors import CorpusError, UnreadableFile
from qa.types import Document

__all__ = ["SUFFIXES", "Corpus", "Skipped", "load"]

_REASONS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Corpus:
    """Hold the articles of some sources, and what of these was left out."""

    documents: tuple[Document, ...]
    skipped: tuple[Skipped, ...]


def load(*sources: str | Path, most_characters: int | None = None) -> Corpus:
    """Read every article in some files and folders.

    A text that is found again is one document with several ``sources``. What can't be read is named in ``skipped``;
    CorpusError is raised where a source doesn't exist, where no text is left, or where there are more than
    ``most_characters``, as soon as so many have been read.
    """
    files, skipped = find(Path(source) for source in sources)
    documents: dict[str, Document] = {}
    found_at: dict[str, list[str]] = {}
    characters = 0
    with Apart() as apart:
        for entry in (entry for file in files for entry in _read(file, apart)):
            if isinstance(entry, Skipped):
                skipped.append(entry)
            else:
                characters += len(entry.text) if entry.text not in documents else 0
                if most_characters is not None and characters > most_characters:
                    raise CorpusError(f"That is more than {most_characters:,} characters, which are the most here.")
                documents.setdefault(entry.text, entry)
                found_at.setdefault(entry.text, []).append(entry.id)
    if not documents:
        raise CorpusError(_nothing(sources, skipped))
    merged = (replace(document, sources=tuple(found_at[text])) for text, document in documents.items())
    return Corpus(tuple(merged), tuple(skipped))


def _read(file: File, apart: Apart) -> Iterator[Document | Skipped]:
    suffix = suffix_of(file.path)
    read = apart.read if suffix in APART else FORMATS.get(suffix)
    if read is None:
        yield Skipped(str(file.path), _unknown(file))
        return
    try:
        for entry in read(file.path):
            yield entry if isinstance(entry, Skipped) else _document(entry, file)
    except UnreadableFile as error:
        yield Skipped(error.path, error.reason)
    except Exception as error:  # a parser that fails in a way of its own costs its file and no other
        yield Skipped(str(file.path), f"can't be read: {type(error).__name__}: {error}")


def _document(record: Record, file: File) -> Document | Skipped:
    place = "" if record.number is None else f"#{record.number}"
    if not record.text.strip():
        return Skipped(f"{file.path}{place}", "holds no text")
    name = f"{file.id}{place}"
    document = Document(
        id=name,
        text=record.text,
        title=_line(record.title) or title_of(record.text) or name,
        url=_line(record.url),
        published=_line(record.published),
        author=_line(record.author),
        metadata=dict(record.metadata),
    )
    try:
        "".join(
            [document.text, document.title, document.url or "", document.published or "", document.author or ""]
            + [name + value for name, value in document.metadata.items()]
        ).encode("utf-8")
    except UnicodeEncodeError:
        return Skipped(f"{file.path}{place}", "holds half of a surrogate pair, which is no character")
    return document


def _line(value: str | None) -> str | None:
    return " ".join(value.split()) or None if value else None


def _unknown(file: File) -> str:
    suffix = suffix_of(file.path)
    reason = f"unknown format {suffix}" if suffix else "unknown format: the name has no suffix"
    return reason if file.folder else f"{reason}; known are {', '.join(SUFFIXES)}"


def _nothing(sources: Iterable[str | Path], skipped: list[Skipped]) -> str:
    named = ", ".join(map(str, sources)) or "no source"
    reasons = [f"{entry.path}: {entry.reason}" for entry in skipped[:_REASONS_SHOWN]]
    if len(skipped) > _REASONS_SHOWN:
        reasons.append(f"and {len(skipped) - _REASONS_SHOWN} more")
    advice = f"Give files that end in {', '.join(SUFFIXES)}, or folders of them."
    return "\n  ".join([f"No text could be read from {named}. {advice}", *reasons])
