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
class QuestionVectors:
    """A question's unit vector, shape (dimension,), and its words' vectors in context, shape (words, dimension).

    Words' vectors have the length they come with: whoever compares them centres them first.
    """

    question: Vectors
    words: Vectors


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """Unit vectors of n passages and of the sentences inside them, and vectors of their words in context.

    `passages` has shape (n, dimension); `sentences[i]` has shape (sentences of passage i, dimension), `words[i]` has
    shape (words of passage i, dimension), with zeros for a word past the model's longest input.
    """

    passages: Vectors
    sentences: tuple[Vectors, ...]
    words: tuple[Vectors, ...]

    def __post_init__(self) -> None:
        for what, groups in (("sentence", self.sentences), ("word", self.words)):
            if len(groups) != len(self.passages):
                message = f"{len(groups)} groups of {what} vectors for {len(self.passages)} passages"
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

    def embed_question(self, text: str, words: Sequence[Span]) -> QuestionVectors:
        """Return the vectors of a question and of the words at these spans of it."""

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]], words: Sequence[Sequence[Span]]
    ) -> PassageVectors:
        """Return the vectors of passages, of their sentences and of their words.

        `sentences[i]` and `words[i]` hold spans inside `texts[i]`. Raises ValueError where they differ in length.
        """


def require_spans_for_each(
    texts: Sequence[str], sentences: Sequence[Sequence[Span]], words: Sequence[Sequence[Span]]
) -> None:
    """Raise ValueError unless there is one group of sentence spans and one of word spans a passage."""
    for what, groups in (("sentence", sentences), ("word", words)):
        if len(texts) != len(groups):
            message = f"{len(groups)} groups of {what} spans for {len(texts)} passages"
            raise ValueError(message)


def unit_length(vectors: Vectors) -> Vectors:
    """Scale each row to length 1; rows of zeros stay as they are. Shape (n, dimension) in and out."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = (vectors / np.where(norms == 0, 1, norms)).astype(np.float32)
    return scaled
