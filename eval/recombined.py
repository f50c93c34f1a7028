"""Collections of any size, for measuring speed: passages put together from sentences of documents that are taken in.

Nothing is embedded for them. A sentence brings its own vector and its words' vectors, with noise, so that no two are
the same; a passage's vector is the mean of its sentences'.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from embeddings import Encoder, Vectors
from embeddings.encoder import unit_length
from qa_service.records import NewDocument, NewVector, passage_digest
from qa_service.store import Store
from qa_service.types import Chunk, Language, Span
from qa_service.words import content_words

_SENTENCES = 7
"""Sentences a passage."""

_OF_A_DOCUMENT = 100
"""Passages a document."""

_NOISE = 0.3
"""Length of the noise that is added to a vector, as a share of its own."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with its vector, shape (dimension,), and its words', shape (words, dimension)."""

    text: str
    vector: Vectors
    words: Vectors


def write_recombined(source: Store, target: Store, encoder: Encoder, passages: int, seed: int = 0) -> Iterator[int]:
    """Write documents of `passages` passages in all into `target`, and yield how many there are after each.

    The languages have the shares that they have in `source`.
    """
    random = np.random.default_rng(seed)
    pool = _sentences_of(source)
    sizes = np.array([len(sentences) for sentences in pool.values()], np.float64)
    written = 0
    while written < passages:
        language = list(pool)[random.choice(len(pool), p=sizes / sizes.sum())]
        count = min(_OF_A_DOCUMENT, passages - written)
        document, chunks, vectors = _document(pool[language], language, count, random, f"made-up/{written:08}.txt")
        target.write_document(document, chunks, dict(zip(map(passage_digest, chunks), vectors, strict=True)), encoder)
        written += count
        yield written


def with_noise(vectors: Vectors, random: np.random.Generator) -> Vectors:
    """Return vectors of shape (n, dimension), each with noise of a share of its length."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True) / vectors.shape[1] ** 0.5
    noisy: Vectors = vectors + _NOISE * lengths * random.standard_normal(vectors.shape, np.float32)
    return noisy


def _sentences_of(store: Store) -> dict[Language, list[_Sentence]]:
    """Return every sentence that has words, by the language of its passage."""
    ids = store.passage_ids()
    vectors, packed = store.passage_vectors(ids), store.word_vectors(ids)
    sentences = np.split(vectors.sentences, np.cumsum(vectors.sentence_counts)[:-1])
    words = np.split(packed.unpacked(), np.cumsum(packed.counts)[:-1])
    pool: dict[Language, list[_Sentence]] = {}
    stored = store.passages(ids)
    for passage, of_sentences, of_words in zip(map(stored.__getitem__, ids), sentences, words, strict=True):
        spans = content_words(passage.text)
        own = of_words[len(of_words) - len(spans) :]
        for sentence, vector in zip(passage.sentences, of_sentences, strict=True):
            text = sentence.of(passage.text)
            rows = [row for row, span in enumerate(spans) if sentence.start <= span.start < sentence.end]
            if rows and len(rows) == len(content_words(text)):
                pool.setdefault(passage.language, []).append(_Sentence(text, vector, own[rows]))
    return pool


def _document(
    pool: Sequence[_Sentence], language: Language, count: int, random: np.random.Generator, name: str
) -> tuple[NewDocument, list[Chunk], list[NewVector]]:
    chosen = [
        [pool[index] for index in random.choice(len(pool), min(_SENTENCES, len(pool)), replace=False)]
        for _ in range(count)
    ]
    texts = [" ".join(sentence.text for sentence in sentences) for sentences in chosen]
    starts = [0, *accumulate(len(text) + 2 for text in texts)]
    chunks = [
        Chunk(Span(start, start + len(text)), text, _spans(sentences), language, ())
        for start, text, sentences in zip(starts[:-1], texts, chosen, strict=True)
    ]
    text = "\n\n".join(texts)
    document = NewDocument(name, name, name, "text/plain", language, text.encode(), text, "recombined", {})
    return document, chunks, [_vectors(sentences, random) for sentences in chosen]


def _spans(sentences: Sequence[_Sentence]) -> tuple[Span, ...]:
    starts = [0, *accumulate(len(sentence.text) + 1 for sentence in sentences)]
    return tuple(
        Span(start, start + len(sentence.text)) for start, sentence in zip(starts[:-1], sentences, strict=True)
    )


def _vectors(sentences: Sequence[_Sentence], random: np.random.Generator) -> NewVector:
    own = with_noise(np.stack([sentence.vector for sentence in sentences]), random)
    words = with_noise(np.concatenate([sentence.words for sentence in sentences]), random)
    return NewVector.of(unit_length(own.mean(axis=0, keepdims=True))[0], unit_length(own), words)
