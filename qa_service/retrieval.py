"""From a question to ranked passages."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from embeddings import Encoder, QuestionVectors, Vectors
from embeddings.encoder import unit_length
from qa_service import fusion
from qa_service.centring import Centre, Probes, centred, centred_cosines
from qa_service.dense import DenseIndex
from qa_service.duplicates import grouped
from qa_service.filters import EVERYTHING, Filter
from qa_service.fusion import SHIPPED, Candidates, Scores, Weights
from qa_service.hits import Scored, make_hit
from qa_service.lexical import LexicalIndex
from qa_service.lexical import content_words as without_stop_words
from qa_service.records import PassageVector
from qa_service.store import Store
from qa_service.types import Hit, Language, Passage, Support
from qa_service.vectors import Ranking
from qa_service.words import content_words

_CANDIDATES = 20
"""Passages a language whose sentences are looked at, beyond what is asked for."""

_READ_CLOSELY = 20
"""Passages in all whose words are looked at, beyond what is asked for, shared between the languages."""

_LEAST_DEPTH = 10
"""Results that a search is made for at least, so that its scores do not hang on how many are wanted."""

_LEXICAL = 5
"""Passages that share words or names with the question, beyond what is asked for."""

_DUPLICATES = 2
"""Passages looked at for each that is wanted, so that copies of one do not push others out."""

_FIFTH = 4

_OWN_LANGUAGE = 0.2
"""Probability from which a language may be the question's own."""

_ATTEMPTS = 3
"""Searches made where documents keep changing under them; the last one passes over what has gone."""

Probabilities = Mapping[Language, float]


@dataclass(frozen=True, slots=True)
class Found:
    """The hits for a question, the generation they were found at, and the seconds each part took."""

    hits: tuple[Hit, ...]
    support: Support | None
    generation: int
    embed_seconds: float
    retrieve_seconds: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it is looked for: its text and words, what it may be in, and its vectors.

    `raw` has shape (dimension,); `vectors` have their centre taken away.
    """

    text: str
    words: tuple[str, ...]
    languages: Probabilities
    raw: Vectors
    vectors: QuestionVectors

    @property
    def likeliest(self) -> Language:
        return max(self.languages, key=self.languages.__getitem__, default="und")

    @property
    def names(self) -> str:
        """What may sound the same in another language: all but the stop words."""
        return without_stop_words(self.text, self.likeliest)

    @property
    def own_languages(self) -> list[Language]:
        return [language for language, share in self.languages.items() if share >= _OWN_LANGUAGE]


class Retriever:
    """Searches the documents by meaning and by words. Safe to use from several threads.

    The principle: between languages, what a text means decides, with the language itself taken out of the vectors;
    words that are shared decide inside a language only.
    """

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        dense: DenseIndex,
        lexical: LexicalIndex,
        probes: Probes,
        weights: Weights = SHIPPED,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._dense = dense
        self._lexical = lexical
        self._probes = probes
        self._weights = weights

    def search(
        self, question: str, top_k: int, filter: Filter = EVERYTHING, languages: Probabilities | None = None
    ) -> Found:
        """Return at most `top_k` hits, best first, of what `filter` lets through only.

        `languages` gives the probability of each language that the question may be in.
        """
        started = time.perf_counter()
        spans = content_words(question)
        vectors = self._encoder.embed_question(question, [(span.start, span.end) for span in spans])
        words = tuple(span.of(question) for span in spans)
        centred_vectors = self._centred_question(vectors, languages or {})
        asked = _Asked(question, words, languages or {}, vectors.question, centred_vectors)
        embedded = time.perf_counter()
        (hits, support), generation = self._search(asked, top_k, filter)
        return Found(hits, support, generation, embedded - started, time.perf_counter() - embedded)

    def _centred_question(self, vectors: QuestionVectors, languages: Probabilities) -> QuestionVectors:
        if not self._weights.is_centred:
            zeros = np.zeros_like(vectors.question)
            return QuestionVectors(vectors.question, centred(vectors.words, zeros))
        centre = self._probes.questions(languages)
        return QuestionVectors(centred(vectors.question[None], centre.text)[0], centred(vectors.words, centre.words))

    def _search(self, asked: _Asked, top_k: int, filter: Filter) -> tuple[tuple[tuple[Hit, ...], Support | None], int]:
        """Return hits and their generation; all steps are of that one, or a document replaced between two is missed."""
        depth = max(top_k, _LEAST_DEPTH)
        for attempts_left in reversed(range(_ATTEMPTS)):
            with self._store.snapshot():
                asked_at = self._store.generation()
                allowed = None if filter == EVERYTHING else self._store.passage_ids(filter)
            dense, generation = self._dense.search(asked.vectors.question, depth + _CANDIDATES, allowed)
            searched = len(self._dense) if allowed is None else len(allowed)
            by_words, words_at = self._lexical.search_all(asked.text, list(dense), depth + _LEXICAL, allowed)
            by_names, names_at = self._lexical.bridge(asked.names, depth + _LEXICAL, allowed)
            with self._store.snapshot():
                generations = {asked_at, generation, words_at, names_at, self._store.generation()}
                if len(generations) == 1 or not attempts_left:
                    return self._hits(asked, dense, by_words, by_names, top_k, searched), generation
        raise AssertionError

    def _hits(
        self,
        asked: _Asked,
        dense: Mapping[Language, Ranking],
        by_words: Mapping[Language, Ranking],
        by_names: Ranking,
        top_k: int,
        searched: int,
    ) -> tuple[tuple[Hit, ...], Support | None]:
        """Score the candidates; one that is no longer stored drops out and the next moves up."""
        rankings = [*dense.values(), *by_words.values(), by_names]
        wanted = np.unique(np.concatenate([ranking.ids for ranking in rankings]))
        stored = self._store.passage_vectors(wanted.tolist())
        if not stored:
            return (), None
        centres = self._centres({vector.language for vector in stored.values()})
        sentences = _sentence_cosines(asked.vectors.question, stored, centres)
        candidates = self._candidates(asked, stored, sentences, centres, by_words, by_names)
        scored = self._scored(asked, candidates, centres, top_k)
        depth = max(top_k, _LEAST_DEPTH)
        order = np.argsort(-scored.scores, kind="stable")[: depth * _DUPLICATES].tolist()
        passages = self._store.passages(scored.candidates.ids[order].tolist())
        ranked = [passages[key] for key in scored.candidates.ids[order].tolist()]
        vectors = np.stack([stored[passage.id].passage for passage in ranked])
        rows = {passage.id: row for passage, row in zip(ranked, order, strict=True)}
        groups = list(grouped(ranked, vectors, depth))
        hits = [
            make_hit(asked.words, passage, rank, scored, rows[passage.id], sentences[passage.id], self._weights, others)
            for rank, (passage, others) in enumerate(groups[:top_k], start=1)
        ]
        scores = [float(scored.scores[rows[passage.id]]) for passage, _ in groups]
        return tuple(hits), self._support(asked, scores, ranked[0], searched)

    def _centres(self, languages: set[Language]) -> dict[Language, Centre]:
        if not self._weights.is_centred:
            zeros = np.zeros(self._encoder.dimension, np.float32)
            return dict.fromkeys(languages, Centre(zeros, zeros))
        sums = self._store.language_sums()
        return {language: self._probes.passages(language, sums[language]) for language in languages}

    def _candidates(
        self,
        asked: _Asked,
        stored: Mapping[int, PassageVector],
        sentences: Mapping[int, Sequence[float]],
        centres: Mapping[Language, Centre],
        by_words: Mapping[Language, Ranking],
        by_names: Ranking,
    ) -> Candidates:
        ids = np.array(list(stored), np.int64)
        languages = np.array([vector.language for vector in stored.values()])
        vectors = np.stack([vector.passage for vector in stored.values()])
        centre = np.stack([centres[vector.language].text for vector in stored.values()])
        cosines: Scores = unit_length(vectors - centre) @ asked.vectors.question
        best = [max(sentences[key], default=own) for key, own in zip(stored, cosines.tolist(), strict=True)]
        shares = [fusion.share_of_best(ids, ranking) for ranking in by_words.values()]
        return Candidates(
            ids,
            languages,
            vectors @ asked.raw,
            cosines,
            np.array(best, np.float32),
            np.max(shares, axis=0) if shares else np.zeros(len(ids), np.float32),
            fusion.share_of_best(ids, by_names),
            np.array([vector.prose for vector in stored.values()], np.float32),
        )

    def _scored(self, asked: _Asked, candidates: Candidates, centres: Mapping[Language, Centre], top_k: int) -> Scored:
        """Read the most likely candidates of every language word by word, and score them."""
        weights = self._weights
        likeness = fusion.likeness(candidates, weights)
        hinted = likeness + weights.lexical * candidates.lexical + weights.bridge * candidates.bridge
        count = max(top_k, _LEAST_DEPTH) + _READ_CLOSELY // len(np.unique(candidates.languages))
        rows = fusion.best_per_language(candidates.languages, hinted, count)
        chosen = candidates.of_rows(rows)
        matches = self._word_matches(asked, chosen, centres)
        found = np.array([fusion.word_score(each) for each in matches], np.float32)
        words, shift = fusion.without_shift(found, chosen.languages)
        meaning: Scores = (1 - weights.words) * likeness[rows] + weights.words * words
        return Scored(chosen, fusion.fuse(meaning, chosen, asked.own_languages, weights), found, shift, matches)

    def _word_matches(self, asked: _Asked, candidates: Candidates, centres: Mapping[Language, Centre]) -> list[Scores]:
        """Return the cosines of the question's words with each passage's, of shape (question's words, passage's)."""
        if not self._weights.words:
            return [np.zeros((0, 0), np.float32)] * len(candidates.ids)
        found = self._store.word_vectors(candidates.ids.tolist())
        described = zip(candidates.ids.tolist(), candidates.languages.tolist(), strict=True)
        return [
            centred_cosines(asked.vectors.words, found[key], centres[language].words) for key, language in described
        ]

    def _support(self, asked: _Asked, scores: Sequence[float], best: Passage, searched: int) -> Support:
        """Return what speaks for the documents answering the question at all; `scores` are of passages that differ."""
        lead = scores[0] - scores[_FIFTH] if len(scores) > _FIFTH else None
        names = self._lexical.share_of_sounds(asked.names, best)
        return Support(scores[0], lead, names, math.log1p(len(asked.vectors.words)), searched)


def _sentence_cosines(
    question: Vectors, stored: Mapping[int, PassageVector], centres: Mapping[Language, Centre]
) -> dict[int, tuple[float, ...]]:
    """Return a cosine a sentence for each passage; those of a language are worked out together."""
    found: dict[int, tuple[float, ...]] = {}
    for language, centre in centres.items():
        own = {key: vector.sentences for key, vector in stored.items() if vector.language == language}
        cosines = centred_cosines(question[None], np.concatenate(list(own.values())), centre.text)[0].tolist()
        for key, sentences in own.items():
            found[key] = tuple(cosines[: len(sentences)])
            del cosines[: len(sentences)]
    return found
