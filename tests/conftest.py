"""What several test modules need: the default encoder, an index of the seeds, a reader small enough to train."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import qa.encoder
import qa.reader
from qa.building import Built, build_index
from qa.encoder import Encoder, exporting
from qa.engine import QA
from qa.index import EncoderRecord, Index, encoder_folder, write
from qa.passages import split
from qa.reader.calibration import Calibration
from qa.reader.windows import PieceTokenizer
from qa.types import Document

if TYPE_CHECKING:
    from qa.reader.training.model import JointReader

collect_ignore = ["peers"]  # programs of other environments; test_peers.py runs them

SEEDS = Path(__file__).parent.parent / "seeds"


@pytest.fixture(scope="session")
def exported_encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the exported default encoder, kept between runs while the exporter stays the same."""
    code = Path(exporting.__file__).read_bytes() + qa.encoder.fingerprint("all-MiniLM-L6-v2").encode()
    folder = Path(request.config.cache.mkdir("encoder")) / hashlib.sha256(code).hexdigest()[:16]
    if not folder.exists():
        aside = tmp_path_factory.mktemp("encoder")
        qa.encoder.export("all-MiniLM-L6-v2", aside)
        shutil.move(aside, folder)
    return folder


@pytest.fixture(scope="session")
def build(exported_encoder: Path) -> Callable[..., Built]:
    """Return ``build_index`` with the encoder already in place, since exporting it takes half a minute."""
    fingerprint = qa.encoder.fingerprint("all-MiniLM-L6-v2")

    def run(sources: object, to: Path, **arguments: object) -> Built:
        shutil.copytree(exported_encoder, encoder_folder(to, fingerprint), dirs_exist_ok=True)
        return build_index(sources, to, **arguments)  # type: ignore[arg-type]

    return run


@pytest.fixture(scope="session")
def seeds_engine(build: Callable[..., Built], tmp_path_factory: pytest.TempPathFactory) -> QA:
    """Return an engine over the seed articles."""
    folder = tmp_path_factory.mktemp("engine") / "seeds"
    build(SEEDS, folder)
    return QA.open(folder)


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
    write(
        folder,
        seed_documents,
        split=lambda document: split(document, tokens=160, overlap=1, fits=encoder.fits),
        embed=encoder.encode_passages,
        encoder=EncoderRecord(encoder.name, encoder.fingerprint, encoder.dimension),
        exported=exported_encoder,
        settings={"passage_tokens": 160, "passage_overlap": 1},
    )
    return Index.open(folder)


@pytest.fixture(scope="session")
def tokenizer_file() -> Path:
    return Path(qa.reader.__file__).parent / "weights" / "tokenizer.json"


@pytest.fixture(scope="session")
def piece_tokenizer(tokenizer_file: Path) -> PieceTokenizer:
    return PieceTokenizer(tokenizer_file)


@pytest.fixture
def tiny_network() -> JointReader:
    return _untrained()


def _untrained() -> JointReader:
    """Return a network of two narrow layers, the same each time."""
    import torch
    from transformers import BertConfig, BertModel

    from qa.reader.training.model import JointReader

    torch.manual_seed(0)
    shape = BertConfig(
        vocab_size=30522,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    network = JointReader(BertModel(shape, add_pooling_layer=False))
    torch.nn.init.normal_(network.span.weight)
    return network.eval()


@pytest.fixture(scope="session")
def tiny_reader(tmp_path_factory: pytest.TempPathFactory, tokenizer_file: Path) -> Path:
    """Return the folder of an untrained reader: its answers are arbitrary, and must be quotes all the same."""
    from qa.reader.training.export import export

    folder = tmp_path_factory.mktemp("reader")
    export(_untrained(), tokenizer_file, folder, quantise=False)
    card = {
        "format": qa.reader.FORMAT,
        "name": "tiny",
        "length": 384,
        "stride": 128,
        "calibration": asdict(Calibration(margin=0.5, relevance=0.25, bias=-1.0, threshold=0.4)),
    }
    (folder / "reader.json").write_text(json.dumps(card), encoding="utf-8")
    return folder
