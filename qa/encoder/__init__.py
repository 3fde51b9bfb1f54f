"""Text to unit vectors: a sentence-transformers model, exported once to ONNX and run without torch.

An exported encoder is a folder of three files: ``model.onnx`` (transformer, pooling, dense layers and normalisation
in one graph), ``tokenizer.json`` and ``encoder.json``.
"""

from __future__ import annotations

from qa.encoder.exporting import export, fingerprint
from qa.encoder.running import Encoder, EncoderCard

__all__ = ["Encoder", "EncoderCard", "export", "fingerprint"]
