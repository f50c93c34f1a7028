"""Taking the language out of vectors, so that a text is found for what it says and not for the language it is in.

A multilingual model puts a text's language into its vector, and whether it asks or tells. What passages of one
language have in common is the mean of the collection's own. What questions have in common cannot be taken from a
collection that holds none: it is measured, once a model, on everyday questions that say the same in every language.
"""

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from embeddings import Encoder, Vectors
from embeddings.encoder import unit_length
from embeddings.probes import ProbeTexts, probe_languages, read_probes
from qa_service.files import write_atomically
from qa_service.sums import LanguageSums
from qa_service.types import Language
from qa_service.words import content_words

_FALLBACK: Language = "en"
"""Stands for a language without probes."""

_SHRINKAGE = 4
"""Passages that the probes' mean counts for where a language has few of its own."""

_LEAST_SHARE = 0.05
"""A language less likely than this does not count in a mixture."""

_NOTHING = 1e-12
"""Squared length below which a vector is its language's centre, and like nothing."""

_DIGEST = 32
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Centre:
    """What texts of one kind and language have in common: the mean of their vectors and of their words' vectors.

    Both have shape (dimension,).
    """

    text: Vectors
    words: Vectors


class Probes:
    """A model's centres of everyday questions and passages, measured when first asked for and kept in a folder.

    Safe to use from several threads and processes.
    """

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self._encoder = encoder
        self._folder = folder
        self._lock = threading.Lock()
        self._measured: dict[Language, tuple[Centre, Centre]] = {}

    def questions(self, probabilities: Mapping[Language, float]) -> Centre:
        """Return the centre of questions that are in each language with some probability; short ones are a mixture."""
        likely = {key: share for key, share in probabilities.items() if share >= _LEAST_SHARE} or {_FALLBACK: 1.0}
        total = sum(likely.values())
        centres = [(self._of(language)[0], share / total) for language, share in likely.items()]
        return Centre(
            np.sum([centre.text * share for centre, share in centres], axis=0, dtype=np.float32),
            np.sum([centre.words * share for centre, share in centres], axis=0, dtype=np.float32),
        )

    def passages(self, language: Language, sums: LanguageSums) -> Centre:
        """Return the centre of a language's passages: their own mean, drawn towards the probes' where they are few."""
        own = self._of(language)[1]
        words = sums.words / max(sums.passages, 1) * _SHRINKAGE
        return Centre(
            ((sums.passage_sum + _SHRINKAGE * own.text) / (sums.passages + _SHRINKAGE)).astype(np.float32),
            ((sums.word_sum + words * own.words) / max(sums.words + words, 1)).astype(np.float32),
        )

    def _of(self, language: Language) -> tuple[Centre, Centre]:
        """Return the centres of questions and of passages."""
        with self._lock:
            if language not in self._measured:
                texts = read_probes(language if language in probe_languages() else _FALLBACK)
                self._measured[language] = self._kept(texts) or self._measure(texts)
            return self._measured[language]

    def _path(self, texts: ProbeTexts) -> Path:
        content = json.dumps([self._encoder.fingerprint, texts.questions, texts.passages])
        digest = hashlib.sha256(content.encode()).hexdigest()
        return self._folder / f"probes-{digest[:32]}.bin"

    def _kept(self, texts: ProbeTexts) -> tuple[Centre, Centre] | None:
        """Return what was measured before; None where there is nothing, or it is damaged."""
        try:
            packed = self._path(texts).read_bytes()
        except OSError:
            return None
        vectors = packed[_DIGEST:]
        if hashlib.sha256(vectors).digest() != packed[:_DIGEST]:
            return None
        rows = np.frombuffer(vectors, "<f4").reshape(4, self._encoder.dimension)
        return Centre(rows[0], rows[1]), Centre(rows[2], rows[3])

    def _measure(self, texts: ProbeTexts) -> tuple[Centre, Centre]:
        asked = [self._encoder.embed_question(text, _words(text)) for text in texts.questions]
        told = self._encoder.embed_passages(
            texts.passages, [[] for _ in texts.passages], [_words(text) for text in texts.passages]
        )
        questions = Centre(_mean([found.question[None] for found in asked]), _mean([found.words for found in asked]))
        passages = Centre(_mean([told.passages]), _mean(told.words))
        vectors = np.stack([questions.text, questions.words, passages.text, passages.words]).astype("<f4").tobytes()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path(texts), hashlib.sha256(vectors).digest() + vectors)
        except OSError as error:
            _log.warning("measured centres not kept; the next start measures them again", reason=str(error))
        return questions, passages


def centred(vectors: Vectors, centre: Vectors) -> Vectors:
    """Return vectors of shape (n, dimension) with a centre (dimension,) taken away, scaled to length 1."""
    return unit_length(vectors - centre)


class Rows(Protocol):
    """Vectors that are looked at in a mass, however they are kept."""

    @property
    def squares(self) -> Vectors:
        """The squares of their lengths, shape (n,)."""

    def dots(self, vectors: Vectors) -> Vectors:
        """Return the dot products of vectors, shape (k, dimension), with the rows: shape (k, n)."""


class PlainRows:
    """Vectors in an array of shape (n, dimension)."""

    def __init__(self, rows: Vectors) -> None:
        self._rows = rows
        self.squares: Vectors = np.einsum("nd,nd->n", rows, rows)

    def dots(self, vectors: Vectors) -> Vectors:
        """Return the dot products of vectors, shape (k, dimension), with the rows: shape (k, n)."""
        products: Vectors = vectors @ self._rows.T
        return products


def centred_cosines(questions: Vectors, rows: Rows, centres: Vectors, of_row: NDArray[np.intp]) -> Vectors:
    """Return the cosines of unit questions (k, dimension) with n rows, each less its centre; shape (k, n).

    `centres` has shape (centres, dimension), and `of_row`, shape (n,), tells which one is each row's. The rows are not
    written anew: what taking the centre away does to a dot product and a length is worked out.
    """
    products = rows.dots(np.concatenate([questions, centres]))
    dots, of_centres = products[: len(questions)], products[len(questions) :]
    own = of_centres[of_row, np.arange(len(of_row))]
    lengths = rows.squares - 2 * own + np.einsum("nd,nd->n", centres, centres)[of_row]
    cosines: Vectors = (dots - (questions @ centres.T)[:, of_row]) / np.sqrt(np.maximum(lengths, _NOTHING))
    return cosines


def _words(text: str) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in content_words(text)]


def _mean(groups: Sequence[Vectors]) -> Vectors:
    mean: Vectors = np.concatenate(groups).mean(axis=0)
    return mean
