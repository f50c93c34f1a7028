"""An encoder without weights: words and character 4-grams hashed into signed dimensions.

It matches on shared words and word parts only, knows nothing of meaning or translation, and needs no model file.
Tests use it as the second real implementation of `Encoder`. Method: Weinberger et al. 2009, "Feature Hashing for
Large Scale Multitask Learning", with sublinear term frequency.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from embeddings.cards import ModelCard
from embeddings.encoder import PassageVectors, QuestionVectors, Span, Vectors, require_spans_for_each, unit_length

_WORD = re.compile(r"\w+")
_VERSION = "hashing-1"


def _features(text: str) -> Iterator[str]:
    for word in _WORD.findall(text.casefold()):
        yield word
        padded = f"<{word}>"
        yield from (f"#{padded[i : i + 4]}" for i in range(len(padded) - 3))


@lru_cache(maxsize=100_000)
def _slot(feature: str, dimension: int) -> tuple[int, int]:
    digest = int.from_bytes(hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest())
    return digest % dimension, 1 if digest >> 63 else -1


class HashingEncoder:
    """Deterministic on every machine; texts without a word get the zero vector."""

    def __init__(self, card: ModelCard) -> None:
        self.name = card.name
        self.dimension = card.dimension
        self.fingerprint = hashlib.sha256(f"{_VERSION}:{card.dimension}".encode()).hexdigest()

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of shape (n, dimension)."""
        return self._embed(texts)

    def embed_question(self, text: str, words: Sequence[Span]) -> QuestionVectors:
        """Return the vectors of a question and of the words at these spans of it."""
        return QuestionVectors(self._embed([text])[0], self._embed_spans(text, words))

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]], words: Sequence[Sequence[Span]]
    ) -> PassageVectors:
        """Return the vectors of passages, of their sentences and of their words."""
        require_spans_for_each(texts, sentences, words)
        groups = (tuple(map(self._embed_spans, texts, spans)) for spans in (sentences, words))
        return PassageVectors(self._embed(texts), *groups)

    def _embed_spans(self, text: str, spans: Sequence[Span]) -> Vectors:
        return self._embed([text[start:end] for start, end in spans])

    def _embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for feature, count in Counter(_features(text)).items():
                slot, sign = _slot(feature, self.dimension)
                vectors[row, slot] += sign * (1 + np.log(count))
        return unit_length(vectors)
