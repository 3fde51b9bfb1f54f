"""Sources -> the files in them, each with the id that its document will have."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from qa.corpus.records import Skipped
from qa.errors import CorpusError


@dataclass(frozen=True, slots=True)
class File:
    """Hold a file of the corpus; ``folder`` is the source it was found in, None when it was given itself."""

    path: Path
    folder: Path | None
    id: str


def find(sources: Iterable[Path]) -> tuple[list[File], list[Skipped]]:
    """List the regular files of every source in order, each path once, and what was passed over.

    Within a folder files are sorted by path; hidden ones are left out. A link to a file is followed while it stays
    within its folder; a link to a folder isn't, what it leads to is read where it lies. A source that is itself a link
    is followed. One that doesn't exist raises CorpusError.
    """
    found: dict[str, tuple[Path, Path | None]] = {}
    skipped = []
    for source in sources:
        if not os.path.lexists(source):
            raise CorpusError(f"No file or folder at {source}. Check the path; it is taken from {Path.cwd()}.")
        listing: Iterable[Path | Skipped]
        if source.is_dir():
            folder, listing = source, sorted(_walk(source), key=_order)
        else:
            folder, listing = None, [source]
        for entry in listing:
            passed_over = entry if isinstance(entry, Skipped) else _refuse(entry, folder)
            if passed_over:
                skipped.append(passed_over)
            elif isinstance(entry, Path):
                # Not resolved: a link keeps the name that it has here.
                found.setdefault(os.path.abspath(entry), (entry, folder))  # noqa: PTH100
    names = name_apart([(Path(absolute), _depth(path, folder)) for absolute, (path, folder) in found.items()])
    files = [File(path, folder, name) for (path, folder), name in zip(found.values(), names, strict=True)]
    return files, skipped


def name_apart(places: list[tuple[Path, int]]) -> list[str]:
    """Return the last ``depth`` parts of each path, of more where two would be the same.

    >>> name_apart([(Path("/a/news/1.txt"), 1), (Path("/a/wiki/1.txt"), 1), (Path("/a/wiki/2.txt"), 1)])
    ['news/1.txt', 'wiki/1.txt', '2.txt']
    """
    depths = [depth for _, depth in places]
    while True:
        names = [_last_parts(path, depth) for (path, _), depth in zip(places, depths, strict=True)]
        sharers = defaultdict(list)
        for number, name in enumerate(names):
            sharers[name].append(number)
        growing = [
            number
            for numbers in sharers.values()
            if len(numbers) > 1
            for number in numbers
            if depths[number] < len(places[number][0].parts)
        ]
        if not growing:
            return names
        for number in growing:
            depths[number] += 1


def _last_parts(path: Path, depth: int) -> str:
    # A file name need not be valid Unicode, an id must be.
    return Path(*path.parts[-depth:]).as_posix().encode("utf-8", errors="backslashreplace").decode("utf-8")


def _depth(path: Path, folder: Path | None) -> int:
    return 1 if folder is None else len(path.relative_to(folder).parts)


def _walk(folder: Path) -> Iterator[Path | Skipped]:
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            entries = [
                (entry, not entry.is_symlink() and entry.is_dir())
                for entry in current.iterdir()
                if not entry.name.startswith(".")
            ]
        except OSError as error:
            yield Skipped(str(current), f"the folder can't be opened: {error.strerror or error}")
            continue
        for entry, is_folder in entries:
            if is_folder:
                waiting.append(entry)
            else:
                yield entry


def _order(entry: Path | Skipped) -> tuple[str, ...]:
    return Path(entry.path).parts if isinstance(entry, Skipped) else entry.parts


def _refuse(path: Path, folder: Path | None) -> Skipped | None:
    try:
        mode = path.stat().st_mode
        outside = folder and path.is_symlink() and not path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError) as error:
        if path.is_symlink():
            return Skipped(str(path), f"is a link to {str(path.readlink())!r}, which leads nowhere or in a circle")
        return Skipped(str(path), f"can't be opened: {getattr(error, 'strerror', None) or error}")
    if outside:
        return Skipped(str(path), f"is a link out of {folder}; give {path.resolve()} as a source of its own to read it")
    if stat.S_ISDIR(mode):
        return Skipped(str(path), "is a link to a folder; what it leads to is read where it lies")
    if not stat.S_ISREG(mode):
        return Skipped(str(path), "is no regular file but a pipe, a socket or a device")
    return None
