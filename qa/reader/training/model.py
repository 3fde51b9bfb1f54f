"""The network: one transformer with a head for spans and a head for relevance.

Both heads read the same forward pass, so that what ranks a passage and what finds the answer in it learn together.
The null answer is the pair (CLS, CLS), as in BERT's SQuAD 2.0 (Devlin et al., 2019).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from qa.errors import TrainingError

if TYPE_CHECKING:
    from transformers import BertConfig


class Logits(NamedTuple):
    """Hold what the heads say: ``start`` and ``end`` [batch, length], ``relevance`` [batch]."""

    start: Tensor
    end: Tensor
    relevance: Tensor


class JointReader(nn.Module):
    """Read windows; any encoder of transformers may be the backbone."""

    def __init__(self, backbone: Any) -> None:
        super().__init__()
        hidden = backbone.config.hidden_size
        self.backbone = backbone
        self.pooler = nn.Linear(hidden, hidden)
        self.classifier = nn.Linear(hidden, 1)
        self.span = nn.Linear(hidden, 2)
        nn.init.normal_(self.span.weight, std=0.02)
        nn.init.zeros_(self.span.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> Logits:
        """Return the logits; the mask is 1 for real pieces."""
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        if token_type_ids is not None:
            inputs["token_type_ids"] = token_type_ids
        states = self.backbone(**inputs).last_hidden_state
        relevance = self.classifier(torch.tanh(self.pooler(states[:, 0])))
        start, end = self.span(states).unbind(-1)
        return Logits(start, end, relevance.squeeze(-1))

    def lowest(self, layers: int) -> list[nn.Module]:
        """Return the embeddings and the lowest layers, so many; nothing for 0."""
        return [self.backbone.embeddings, *self.backbone.encoder.layer[:layers]] if layers else []


def joint_reader(weights: Mapping[str, Any], shape: BertConfig, *, attention: str = "sdpa") -> JointReader:
    """Return a joint reader with these weights, by their names in transformers.

    Heads that the weights lack start from noise. There is no dropout, which costs as much as a third of the time on a
    CPU; ``attention="eager"`` compiled by PyTorch trains faster there than its fused kernel. Raises TrainingError where
    weights of the encoder are missing or have another shape.
    """
    from transformers import BertModel

    shape.hidden_dropout_prob = shape.attention_probs_dropout_prob = 0.0
    shape._attn_implementation = attention
    reader = JointReader(BertModel(shape, add_pooling_layer=False))
    tensors = {_own(name): torch.as_tensor(values) for name, values in weights.items()}
    known = reader.state_dict()
    try:
        missing, _ = reader.load_state_dict({k: v for k, v in tensors.items() if k in known}, strict=False)
    except RuntimeError as error:
        raise TrainingError(f"These weights don't fit their configuration: {error}") from error
    lacking = [name for name in missing if name.startswith("backbone.")]
    if lacking:
        raise TrainingError(f"These weights are not those of a BERT: {lacking[0]} and {len(lacking) - 1} more lack.")
    return reader


def minilm() -> BertConfig:
    """Return the shape of MiniLM-L12-H384, 33 M parameters."""
    from transformers import BertConfig

    return BertConfig(
        vocab_size=30522, hidden_size=384, num_hidden_layers=12, num_attention_heads=12, intermediate_size=1536
    )


def weights_of(reader: JointReader) -> dict[str, Tensor]:
    """Return the weights by their names in transformers: a question answerer and a cross-encoder in one."""
    return {published(name): tensor.contiguous() for name, tensor in reader.state_dict().items()}


_NAMES = {"backbone.": "bert.", "pooler.": "bert.pooler.dense.", "span.": "qa_outputs."}


def published(name: str) -> str:
    """Return the name that transformers gives a weight; names from an exported graph begin with ``model.``.

    >>> published("model.span.bias"), published("bert.embeddings.LayerNorm.bias")
    ('qa_outputs.bias', 'bert.embeddings.LayerNorm.bias')
    """
    name = name.removeprefix("model.")
    return next((theirs + name.removeprefix(ours) for ours, theirs in _NAMES.items() if name.startswith(ours)), name)


def _own(name: str) -> str:
    name = name if name.startswith(("bert.", "qa_outputs.", "classifier.")) else f"bert.{name}"
    longest_first = sorted(_NAMES.items(), key=lambda pair: -len(pair[1]))
    return next((ours + name.removeprefix(theirs) for ours, theirs in longest_first if name.startswith(theirs)), name)
