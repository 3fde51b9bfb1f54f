"""The network: one transformer with a head for spans and a head for relevance.

Both heads read the same forward pass, so that what ranks a passage and what finds the answer in it learn together.
The null answer is the pair (CLS, CLS), as in BERT's SQuAD 2.0 (Devlin et al., 2019).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn


class Logits(NamedTuple):
    """Hold what the heads say: ``start`` and ``end`` [batch, length], ``relevance`` [batch]."""

    start: Tensor
    end: Tensor
    relevance: Tensor


class JointReader(nn.Module):
    """Read windows; any encoder of transformers may be the backbone."""

    def __init__(self, backbone: Any, dropout: float = 0.0) -> None:
        super().__init__()
        hidden = backbone.config.hidden_size
        self.backbone = backbone
        self.pooler = nn.Linear(hidden, hidden)
        self.classifier = nn.Linear(hidden, 1)
        self.span = nn.Linear(hidden, 2)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.span.weight, std=0.02)
        nn.init.zeros_(self.span.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> Logits:
        """Return the logits; the mask is 1 for real pieces."""
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        if token_type_ids is not None:
            inputs["token_type_ids"] = token_type_ids
        states = self.backbone(**inputs).last_hidden_state
        relevance = self.classifier(self.dropout(torch.tanh(self.pooler(states[:, 0]))))
        start, end = self.span(self.dropout(states)).unbind(-1)
        return Logits(start, end, relevance.squeeze(-1))


def cross_encoder(weights: dict[str, Any] | None, *, dropout: float = 0.0, attention: str = "sdpa") -> JointReader:
    """Return a joint reader on MiniLM-L12-H384, from the cross-encoder's weights where they are given.

    On a CPU, ``attention="eager"`` compiled by PyTorch trains faster than its fused kernel, and dropout costs as much
    as a third of the time.
    """
    from transformers import BertConfig, BertModel

    configuration = BertConfig(
        vocab_size=30522,
        hidden_size=384,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=1536,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    configuration._attn_implementation = attention
    reader = JointReader(BertModel(configuration, add_pooling_layer=False), dropout)
    if weights is not None:
        tensors = {name: torch.as_tensor(values) for name, values in weights.items()}
        inner = {name for name in tensors if name.startswith(("bert.embeddings", "bert.encoder"))}
        backbone = {name.removeprefix("bert."): tensors[name] for name in inner}
        reader.backbone.load_state_dict(backbone)
        reader.pooler.load_state_dict({k: tensors[f"bert.pooler.dense.{k}"] for k in ("weight", "bias")})
        reader.classifier.load_state_dict({k: tensors[f"classifier.{k}"] for k in ("weight", "bias")})
    return reader
