"""Text encoders: model cards, the bundled model, and the encoders themselves.

This package imports nothing of `qa_service`. Start with `encoder.py` for the protocol and `loading.py`
for how a model name becomes an encoder.
"""

from embeddings.cards import CARDS, DEFAULT_MODEL, ModelCard, find_card
from embeddings.encoder import Encoder, EncoderError, PassageVectors, QuestionVectors, Span, Vectors
from embeddings.folders import NotExportableError
from embeddings.loading import Runtime, export_model, load_encoder

__all__ = [
    "CARDS",
    "DEFAULT_MODEL",
    "Encoder",
    "EncoderError",
    "ModelCard",
    "NotExportableError",
    "PassageVectors",
    "QuestionVectors",
    "Runtime",
    "Span",
    "Vectors",
    "export_model",
    "find_card",
    "load_encoder",
]
