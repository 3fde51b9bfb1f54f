"""What several test modules need: the default encoder, exported once, and an index of the seeds."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

import qa.encoder
from qa.encoder import Encoder
from qa.index import EncoderRecord, Index, write
from qa.passages import split
from qa.types import Document

SEEDS = Path(__file__).parent.parent / "seeds"


@pytest.fixture(scope="session")
def exported_encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the exported default encoder, kept between runs while the exporter stays the same."""
    code = Path(qa.encoder.__file__).read_bytes() + qa.encoder.fingerprint("all-MiniLM-L6-v2").encode()
    folder = Path(request.config.cache.mkdir("encoder")) / hashlib.sha256(code).hexdigest()[:16]
    if not folder.exists():
        aside = tmp_path_factory.mktemp("encoder")
        qa.encoder.export("all-MiniLM-L6-v2", aside)
        shutil.move(aside, folder)
    return folder


@pytest.fixture(scope="session")
def encoder(exported_encoder: Path) -> Encoder:
    return Encoder.open(exported_encoder, threads=2)


@pytest.fixture(scope="session")
def seed_documents() -> tuple[Document, ...]:
    texts = {path.name: path.read_bytes().decode() for path in sorted(SEEDS.glob("*.txt"))}
    return tuple(Document(name, text, text.splitlines()[0], sources=(name,)) for name, text in texts.items())


@pytest.fixture(scope="session")
def seeds_index(
    tmp_path_factory: pytest.TempPathFactory,
    encoder: Encoder,
    exported_encoder: Path,
    seed_documents: tuple[Document, ...],
) -> Index:
    """Return the index of the seeds at default settings."""
    folder = tmp_path_factory.mktemp("indexes") / "seeds"
    passages = [p for d in seed_documents for p in split(d, tokens=160, overlap=1, fits=encoder.fits)]
    write(
        folder,
        seed_documents,
        passages,
        encoder.encode_passages([passage.text for passage in passages]),
        encoder=EncoderRecord(encoder.name, encoder.fingerprint, encoder.dimension),
        exported=exported_encoder,
        settings={"passage_tokens": 160, "passage_overlap": 1},
    )
    return Index.open(folder)
