"""From the passages that a search brought up to their scores: vectors are read, compared and put together."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings import QuestionVectors, Vectors
from embeddings.encoder import unit_length
from qa_service import fusion
from qa_service.centring import Centre, PlainRows, Probes, centred, centred_cosines
from qa_service.fusion import Candidates, Grouped, Scores, Weights
from qa_service.records import StoredVectors
from qa_service.store import Store
from qa_service.types import Language
from qa_service.vectors import Ranking

_READ_CLOSELY = 10
"""Passages in all whose words are looked at, beyond what is asked for, shared between the languages."""

_OWN_LANGUAGE = 0.2
"""Probability from which a language may be the question's own."""

Probabilities = Mapping[Language, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is looked for: its text and words, what it may be in, and its vectors.

    `names` is what may sound the same in another language: all but the stop words. `raw` has shape (dimension,);
    `vectors` have their centre taken away.
    """

    text: str
    words: tuple[str, ...]
    names: str
    languages: Probabilities
    raw: Vectors
    vectors: QuestionVectors

    @property
    def own_languages(self) -> list[Language]:
        """Every language that may be its own."""
        return [language for language, share in self.languages.items() if share >= _OWN_LANGUAGE]


@dataclass(frozen=True, slots=True)
class Scored:
    """Passages with their scores, in no order.

    `scores`, `words` and `shift`, what was added to these, have shape (n,); `vectors`, shape (n, dimension), have their
    language taken out. `sentences` holds a row of cosines, one a sentence; `matches` has shape (question's words, words
    of the passages).
    """

    candidates: Candidates
    vectors: Vectors
    scores: Scores
    words: Scores
    shift: Scores
    sentences: Grouped
    matches: Grouped


class Scorer:
    """Scores passages. Safe to use from several threads; the store is read inside the caller's snapshot."""

    def __init__(self, store: Store, probes: Probes, weights: Weights) -> None:
        self.weights = weights
        self._store = store
        self._probes = probes

    def centred(self, vectors: QuestionVectors, languages: Probabilities) -> QuestionVectors:
        """Return a question's vectors less what questions have in common in the languages it may be in."""
        if not self.weights.is_centred:
            zeros = np.zeros_like(vectors.question)
            return QuestionVectors(vectors.question, centred(vectors.words, zeros))
        centre = self._probes.questions(languages)
        return QuestionVectors(centred(vectors.question[None], centre.text)[0], centred(vectors.words, centre.words))

    def score(
        self,
        asked: Asked,
        ids: NDArray[np.int64],
        by_words: Mapping[Language, Ranking],
        by_names: Ranking,
        wanted: int,
    ) -> Scored | None:
        """Return the most likely ones of the passages `ids`, more than are `wanted`; None where none is stored."""
        stored = self._store.passage_vectors(ids.tolist())
        if not len(stored.ids):
            return None
        languages, of_passage = np.unique(stored.languages, return_inverse=True)
        centres = self._centres(languages.tolist(), stored.passages.shape[1])
        vectors = unit_length(stored.passages - centres.text[of_passage])
        question = asked.vectors.question[None]
        of_sentence = np.repeat(of_passage, stored.sentence_counts)
        cosines = centred_cosines(question, PlainRows(stored.sentences), centres.text, of_sentence)
        sentences = Grouped(cosines, stored.sentence_counts)
        candidates = _candidates(asked, stored, vectors, sentences, by_words, by_names)
        likeness = fusion.likeness(candidates, self.weights)
        rows = self._likeliest(candidates, likeness, wanted)
        chosen = candidates.of_rows(rows)
        matches = self._matches(asked, chosen, centres.words, of_passage[rows])
        found = fusion.word_scores(matches)
        words, shift = fusion.without_shift(found, chosen.languages)
        meaning: Scores = (1 - self.weights.words) * likeness[rows] + self.weights.words * words
        scores = fusion.fuse(meaning, chosen, asked.own_languages, self.weights)
        return Scored(chosen, vectors[rows], scores, found, shift, sentences.of_rows(rows), matches)

    def _centres(self, languages: list[Language], dimension: int) -> Centre:
        """Return the languages' centres; both parts have shape (languages, dimension)."""
        if not self.weights.is_centred:
            zeros = np.zeros((len(languages), dimension), np.float32)
            return Centre(zeros, zeros)
        sums = self._store.language_sums()
        centres = [self._probes.passages(language, sums[language]) for language in languages]
        return Centre(np.stack([centre.text for centre in centres]), np.stack([centre.words for centre in centres]))

    def _likeliest(self, candidates: Candidates, likeness: Scores, wanted: int) -> NDArray[np.intp]:
        """Return the rows of the passages that are worth reading word by word, from every language some."""
        weights = self.weights
        hinted = likeness + weights.lexical * candidates.lexical + weights.bridge * candidates.bridge
        count = wanted + _READ_CLOSELY // len(np.unique(candidates.languages))
        return fusion.best_per_language(candidates.languages, hinted, count)

    def _matches(self, asked: Asked, candidates: Candidates, centres: Vectors, of_passage: NDArray[np.intp]) -> Grouped:
        """Return the cosines of the question's words with the passages'."""
        if not self.weights.words:
            return Grouped(np.zeros((0, 0), np.float32), np.zeros(len(candidates.ids), np.intp))
        rows = self._store.word_vectors(candidates.ids.tolist())
        cosines = centred_cosines(asked.vectors.words, rows, centres, np.repeat(of_passage, rows.counts))
        return Grouped(cosines, rows.counts)


def _candidates(
    asked: Asked,
    stored: StoredVectors,
    vectors: Vectors,
    sentences: Grouped,
    by_words: Mapping[Language, Ranking],
    by_names: Ranking,
) -> Candidates:
    """Return what is known of the stored passages; `vectors` are theirs with their language taken out."""
    cosines: Scores = vectors @ asked.vectors.question
    shares = [fusion.share_of_best(stored.ids, ranking) for ranking in by_words.values()]
    return Candidates(
        stored.ids,
        stored.languages,
        stored.passages @ asked.raw,
        cosines,
        np.where(sentences.counts > 0, sentences.maxima()[0], cosines),
        np.max(shares, axis=0) if shares else np.zeros(len(stored.ids), np.float32),
        fusion.share_of_best(stored.ids, by_names),
        stored.prose,
    )
