"""What encoders that see a text as tokens share: sentences and words out of the text's one forward pass.

Where the model pools the mean of its tokens, a sentence's vector is the mean over its own tokens, so that it keeps its
context and costs nothing ("late chunking", Günther et al. 2024). Other models embed each sentence by itself.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np

from embeddings.encoder import PassageVectors, QuestionVectors, Span, Vectors, require_spans_for_each, unit_length

Out = TypeVar("Out")
_REMEMBERED = 256
"""Questions whose vectors are kept: the same ones are often asked again, as in a chat that is reloaded."""


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
        workers: int = 1,
    ) -> None:
        """`batch_tokens` is the most tokens, padding included, that go through the model at once; 0 for text by text.

        `workers` is how many batches are worked on at a time, each by one thread.
        """
        self.name = name
        self.dimension = dimension
        self.fingerprint = fingerprint
        self._question_prefix, self._passage_prefix = prefixes
        self._pools_mean = pools_mean
        self._batch_tokens = batch_tokens
        self._workers = workers
        self._embed_once = lru_cache(_REMEMBERED)(self._embed_question)

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
        return self._embed_once(text, tuple(words))

    def _embed_question(self, text: str, words: tuple[Span, ...]) -> QuestionVectors:
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
        shift = len(self._passage_prefix)
        read = self._tokenize([self._passage_prefix + text for text in texts])

        def embedded(read: Tokenized, tokens: Vectors, pooled: Vectors, row: int) -> tuple[Vectors, Vectors, Vectors]:
            of_words = mean_of_spans(tokens, read.offsets, words[row], shift)
            if not self._pools_mean:
                return pooled, np.zeros((len(sentences[row]), self.dimension), np.float32), of_words
            return pooled, unit_length(mean_of_spans(tokens, read.offsets, sentences[row], shift)), of_words

        found = self._each(read, embedded)
        passages = np.array([pooled for pooled, _, _ in found], np.float32).reshape(len(texts), self.dimension)
        of_sentences = [of_passage for _, of_passage, _ in found]
        self._fill_missing(of_sentences, texts, sentences)
        return PassageVectors(passages, tuple(of_sentences), tuple(of_words for _, _, of_words in found))

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
        found = self._each(self._tokenize(texts), lambda read, tokens, pooled, row: pooled)
        return np.array(found, np.float32).reshape(len(texts), self.dimension)

    def _each(self, read: Sequence[Tokenized], use: Callable[[Tokenized, Vectors, Vectors, int], Out]) -> list[Out]:
        """Return what `use` makes of each text, given its tokens' vectors and its own, and its number.

        Batches are shared out to as many threads as there are workers.
        """
        found: list[Out | None] = [None] * len(read)

        def work(rows: Sequence[int]) -> None:
            tokens, pooled = self._forward([read[row] for row in rows])
            for place, row in enumerate(rows):
                found[row] = use(read[row], tokens[place], pooled[place], row)

        batches = list(self._batches(read))
        if min(len(batches), self._workers) < 2:
            for rows in batches:
                work(rows)
        else:
            with ThreadPoolExecutor(min(len(batches), self._workers), "embedding") as threads:
                for done in [threads.submit(work, rows) for rows in reversed(batches)]:  # the longest first
                    done.result()
        return found  # type: ignore[return-value]

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
