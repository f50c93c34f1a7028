"""What encoders that see a text as tokens share: sentences and words out of the text's one forward pass.

Where the model pools the mean of its tokens, a sentence's vector is the mean over its own tokens, so that it keeps its
context and costs nothing ("late chunking", Günther et al. 2024). Other models embed each sentence by itself.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from embeddings.encoder import PassageVectors, QuestionVectors, Span, Vectors, require_spans_for_each, unit_length


@dataclass(frozen=True, slots=True)
class Tokenized:
    """A text as its model reads it: token ids, and each token's place in the text, (0, 0) for marks of the model's."""

    ids: Sequence[int]
    offsets: Sequence[Span]

    def __len__(self) -> int:
        return len(self.ids)


class ContextualEncoder(ABC):
    """An encoder over tokens. Subclasses turn texts into tokens, and tokens into vectors."""

    def __init__(
        self,
        name: str,
        dimension: int,
        fingerprint: str,
        prefixes: tuple[str, str],
        *,
        pools_mean: bool,
        batch_tokens: int,
    ) -> None:
        """`batch_tokens` is the most tokens, padding included, that go through the model at once."""
        self.name = name
        self.dimension = dimension
        self.fingerprint = fingerprint
        self._question_prefix, self._passage_prefix = prefixes
        self._pools_mean = pools_mean
        self._batch_tokens = batch_tokens

    @abstractmethod
    def _tokenize(self, texts: Sequence[str]) -> list[Tokenized]:
        """Return the texts' tokens, cut at the model's longest input."""

    @abstractmethod
    def _forward(self, batch: Sequence[Tokenized]) -> tuple[Vectors, Vectors]:
        """Return token vectors (n, longest, dimension) and unit text vectors (n, dimension)."""

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of shape (n, dimension)."""
        return self._embed([self._question_prefix + text for text in texts])

    def embed_question(self, text: str, words: Sequence[Span]) -> QuestionVectors:
        """Return the vectors of a question and of the words at these spans of it."""
        (read,) = self._tokenize([self._question_prefix + text])
        tokens, pooled = self._forward([read])
        return QuestionVectors(pooled[0], mean_of_spans(tokens[0], read.offsets, words, len(self._question_prefix)))

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]], words: Sequence[Sequence[Span]]
    ) -> PassageVectors:
        """Return the vectors of passages, of their sentences and of their words.

        A sentence past the model's longest input, or of a model that does not pool the mean, is embedded by itself.
        """
        require_spans_for_each(texts, sentences, words)
        passages = np.zeros((len(texts), self.dimension), dtype=np.float32)
        of_sentences: list[Vectors] = [np.zeros((len(spans), self.dimension), dtype=np.float32) for spans in sentences]
        of_words: list[Vectors] = list(of_sentences)
        shift = len(self._passage_prefix)
        read = self._tokenize([self._passage_prefix + text for text in texts])
        for rows in self._batches(read):
            tokens, passages[rows] = self._forward([read[row] for row in rows])
            for row, of_row in zip(rows, tokens, strict=True):
                of_words[row] = mean_of_spans(of_row, read[row].offsets, words[row], shift)
                if self._pools_mean:
                    means = mean_of_spans(of_row, read[row].offsets, sentences[row], shift)
                    of_sentences[row] = unit_length(means)
        self._fill_missing(of_sentences, texts, sentences)
        return PassageVectors(passages, tuple(of_sentences), tuple(of_words))

    def _fill_missing(self, groups: list[Vectors], texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> None:
        """Embed by themselves the sentences that have no vector yet."""
        missing = [
            (row, column) for row, group in enumerate(groups) for column in np.flatnonzero(~group.any(axis=1)).tolist()
        ]
        spans = [(row, *sentences[row][column]) for row, column in missing]
        vectors = self._embed([self._passage_prefix + texts[row][start:end] for row, start, end in spans])
        for (row, column), vector in zip(missing, vectors, strict=True):
            groups[row][column] = vector

    def _embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        read = self._tokenize(texts)
        for rows in self._batches(read):
            vectors[rows] = self._forward([read[row] for row in rows])[1]
        return vectors

    def _batches(self, read: Sequence[Tokenized]) -> Iterator[list[int]]:
        """Yield rows of texts of like length, so that a batch holds little padding and a bounded number of tokens."""
        batch: list[int] = []
        for row in sorted(range(len(read)), key=lambda row: len(read[row])):
            if batch and len(read[row]) * (len(batch) + 1) > self._batch_tokens:
                yield batch
                batch = []
            batch.append(row)
        if batch:
            yield batch


def mean_of_spans(tokens: Vectors, offsets: Sequence[Span], spans: Sequence[Span], shift: int) -> Vectors:
    """Return the mean over each span's tokens, shape (spans, dimension); a span without tokens gets zeros.

    `tokens` has shape (tokens or more, dimension), `offsets` are places in the prefixed text, `shift` is the prefix's
    length.
    """
    bounds = np.asarray(spans, dtype=np.int64).reshape(-1, 2) + shift
    starts, ends = np.asarray(offsets, dtype=np.int64).reshape(-1, 2).T
    inside = (starts[None] < bounds[:, 1:]) & (ends[None] > bounds[:, :1]) & (ends > starts)[None]
    weights = inside.astype(np.float32)
    means: Vectors = weights @ tokens[: len(starts)] / np.maximum(weights.sum(axis=1, keepdims=True), 1)
    return means


def padded(batch: Sequence[Tokenized], padding: int) -> tuple[np.ndarray, np.ndarray]:
    """Return token ids and the mask of what is no padding, both of shape (n, longest) and of 64-bit integers."""
    longest = max(map(len, batch), default=0)
    ids = np.full((len(batch), longest), padding, np.int64)
    mask = np.zeros((len(batch), longest), np.int64)
    for row, read in enumerate(batch):
        ids[row, : len(read)] = read.ids
        mask[row, : len(read)] = 1
    return ids, mask
