"""The manifest: what an index is made of, and the one file whose replacement makes a build take effect."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qa.errors import IndexDamaged, IndexNotFound, IndexOutdated, IndexUnusable

FORMAT = 2
FILE = "manifest.json"
HASHED_UP_TO = 2**20
"""Bytes of a file that is read whole, to see whether it is as it was built, whenever the index is opened."""
SNAPSHOT = re.compile(r"snapshot-[0-9a-f]{16}")
ENCODER = re.compile(r"encoder-[0-9a-f]{8}")
OWN = re.compile(rf"({SNAPSHOT.pattern}|{re.escape(FILE)}\.{SNAPSHOT.pattern})$|{ENCODER.pattern}($|\.)")
"""Names of everything that a build may leave in a folder when it is killed."""


@dataclass(frozen=True, slots=True)
class EncoderRecord:
    """Hold which encoder made the vectors."""

    name: str
    fingerprint: str
    dimension: int


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Hold what a file must be."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """Hold everything that ``manifest.json`` says."""

    format: int
    qa: str
    """Version that built the index."""
    created: str
    """Time of the build, ISO 8601, UTC."""
    snapshot: str
    encoder_folder: str
    encoder: EncoderRecord
    settings: Mapping[str, int | str]
    """How the documents were split into passages."""
    documents: int
    passages: int
    vectors: str
    """Kind of vector index, as FAISS's factory spells it."""
    probes: int
    """Lists of vectors that a search looks into; 0 where it looks at every vector."""
    files: Mapping[str, FileRecord]
    """Every file but this one, by its path relative to the folder."""

    def to_dict(self) -> dict[str, object]:
        """Return the manifest as JSON-ready values."""
        return asdict(self)


def read(folder: Path) -> Manifest:
    """Read the manifest of an index.

    Raises IndexNotFound, IndexOutdated or IndexDamaged.
    """
    try:
        values = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise IndexNotFound(f"No index in {folder}. Run `{rebuild(folder)}` first.") from None
    except (OSError, ValueError) as error:
        raise IndexDamaged(f"{folder / FILE} can't be read: {error}. Run `{rebuild(folder)}` again.") from error
    found = values.get("format") if isinstance(values, dict) else None
    if found is None:
        raise IndexDamaged(f"{folder / FILE} is not the manifest of an index. Give the folder of an index.")
    if found != FORMAT:
        raise IndexOutdated(
            f"The index in {folder} has format {found}, this version reads {FORMAT}. Run `{rebuild(folder)}` again."
        )
    try:
        return _parse(values)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IndexDamaged(f"{folder / FILE} is malformed ({error}). Run `{rebuild(folder)}` again.") from error


Stamp = tuple[int, int, int]


def stamp(folder: Path) -> Stamp | None:
    """Return what tells one manifest from the next without reading it; None where there is none."""
    try:
        found = (folder / FILE).stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def replace(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in place of the old one, in one step that survives a crash."""
    aside = folder / f"{FILE}.{manifest.snapshot}"
    with aside.open("w", encoding="utf-8") as file:
        json.dump(manifest.to_dict(), file, indent=2, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    aside.replace(folder / FILE)
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def record(folder: Path, parts: Iterable[Path]) -> dict[str, FileRecord]:
    """Flush every file under the parts to the disk and return what each must be from now on."""
    records = {}
    for path in sorted(path for part in parts for path in part.rglob("*") if path.is_file()):
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        records[path.relative_to(folder).as_posix()] = FileRecord(sha256(path), path.stat().st_size)
    return records


def check(folder: Path, manifest: Manifest, *, whole: bool) -> None:
    """Raise IndexDamaged when a file isn't what the manifest says; of large ones only the size, unless ``whole``."""
    for name, expected in manifest.files.items():
        try:
            size = (folder / name).stat().st_size
        except OSError:
            raise IndexDamaged(f"{folder / name} is missing. Run `{rebuild(folder)}` again.") from None
        if size != expected.size:
            raise IndexDamaged(
                f"{folder / name} has {size} bytes, the manifest says {expected.size}. Run `{rebuild(folder)}` again."
            )
        if (whole or size <= HASHED_UP_TO) and (found := sha256(folder / name)) != expected.sha256:
            raise IndexDamaged(
                f"{folder / name} was changed: its SHA-256 is {found}, the manifest says {expected.sha256}. "
                f"Run `{rebuild(folder)}` again."
            )


def verify(folder: str | Path) -> Manifest:
    """Read every file of an index and raise IndexDamaged when one isn't what the manifest says."""
    folder = Path(folder)
    manifest = read(folder)
    check(folder, manifest, whole=True)
    return manifest


def refuse_foreign(folder: Path) -> None:
    """Raise IndexUnusable when building into a folder would overwrite a manifest of something else."""
    try:
        read(folder)
    except IndexNotFound:
        if folder.exists() and not folder.is_dir():
            raise IndexUnusable(f"{folder} is a file. Choose a folder for the index.") from None
    except IndexOutdated:
        pass
    except IndexDamaged:
        if not any(SNAPSHOT.fullmatch(path.name) for path in folder.iterdir()):
            raise


def rebuild(folder: Path) -> str:
    """Return the command that builds an index there.

    >>> rebuild(Path("embeddings/news"))
    'qa index news/ --to embeddings/news'
    """
    return f"qa index {folder.name}/ --to {folder.as_posix()}"


def _parse(values: dict[str, Any]) -> Manifest:
    files = {name: FileRecord(str(file["sha256"]), int(file["size"])) for name, file in values["files"].items()}
    manifest = Manifest(**values | {"encoder": EncoderRecord(**values["encoder"]), "files": files})
    if not SNAPSHOT.fullmatch(manifest.snapshot) or not ENCODER.fullmatch(manifest.encoder_folder):
        raise ValueError(f"it names {manifest.snapshot!r} and {manifest.encoder_folder!r}")
    return manifest


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
