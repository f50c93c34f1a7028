"""What every encoder offers: separate methods for questions and passages, so that a prefix cannot be forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
Span: TypeAlias = tuple[int, int]
"""Start and end offset in a text, in Unicode code points, end exclusive."""


class EncoderError(Exception):
    """A model cannot be found, built or loaded. The message says what to do."""


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """Vectors of n passages and of the sentences inside them, all of unit length.

    `passages` has shape (n, dimension); `sentences[i]` has shape (sentences of passage i, dimension).
    """

    passages: Vectors
    sentences: tuple[Vectors, ...]

    def __post_init__(self) -> None:
        if len(self.sentences) != len(self.passages):
            message = f"{len(self.sentences)} groups of sentence vectors for {len(self.passages)} passages"
            raise ValueError(message)


class Encoder(Protocol):
    """Turns texts into unit vectors whose dot product is their cosine similarity."""

    @property
    def name(self) -> str:
        """The model's name, as in its card."""

    @property
    def dimension(self) -> int:
        """Length of every vector."""

    @property
    def fingerprint(self) -> str:
        """Hex sha256 over weights and settings: vectors are comparable only where it is equal."""

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return the questions' vectors, shape (n, dimension)."""

    def embed_passages(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> PassageVectors:
        """Return the vectors of passages and of their sentences.

        `sentences[i]` holds the sentence spans inside `texts[i]`. Raises ValueError where the two differ in length.
        """


def require_spans_for_each(texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> None:
    """Raise ValueError unless there is one group of sentence spans a passage."""
    if len(texts) != len(sentences):
        message = f"{len(sentences)} groups of sentence spans for {len(texts)} passages"
        raise ValueError(message)


def unit_length(vectors: Vectors) -> Vectors:
    """Scale each row to length 1; rows of zeros stay as they are. Shape (n, dimension) in and out."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = (vectors / np.where(norms == 0, 1, norms)).astype(np.float32)
    return scaled
