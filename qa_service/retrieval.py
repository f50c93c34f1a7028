"""From a question to ranked passages."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings import Encoder, QuestionVectors
from qa_service import fusion
from qa_service.centring import Centre, Probes, centred, centred_groups
from qa_service.dense import DenseIndex
from qa_service.fusion import SHIPPED, Candidates, Scores, Weights
from qa_service.lexical import LexicalIndex
from qa_service.lexical import content_words as without_stop_words
from qa_service.records import PassageVector
from qa_service.store import Store
from qa_service.types import EVERYTHING, Evidence, Filter, Hit, Language, Passage
from qa_service.vectors import Ranking
from qa_service.words import content_words

_CANDIDATES = 60
"""Passages a language whose sentences are looked at, beyond what is asked for."""

_READ_CLOSELY = 90
"""Passages in all whose words are looked at, beyond what is asked for, shared between the languages."""

_LEXICAL = 30
"""Passages that share words or names with the question, beyond what is asked for."""

_OWN_LANGUAGE = 0.2
"""Probability from which a language may be the question's own."""

_ATTEMPTS = 3
"""Searches made where documents keep changing under them; the last one passes over what has gone."""

Probabilities = Mapping[Language, float]


@dataclass(frozen=True, slots=True)
class Found:
    """The hits for a question, the generation they were found at, and the seconds each part took."""

    hits: tuple[Hit, ...]
    generation: int
    embed_seconds: float
    retrieve_seconds: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it is looked for: its text, what it may be in, and its vectors with their centre taken away."""

    text: str
    languages: Probabilities
    vectors: QuestionVectors

    @property
    def likeliest(self) -> Language:
        return max(self.languages, key=self.languages.__getitem__, default="und")

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
        spans = [(span.start, span.end) for span in content_words(question)]
        vectors = self._encoder.embed_question(question, spans)
        asked = _Asked(question, languages or {}, self._centred_question(vectors, languages or {}))
        embedded = time.perf_counter()
        hits, generation = self._search(asked, top_k, filter)
        return Found(hits, generation, embedded - started, time.perf_counter() - embedded)

    def _centred_question(self, vectors: QuestionVectors, languages: Probabilities) -> QuestionVectors:
        if not self._weights.is_centred:
            zeros = np.zeros_like(vectors.question)
            return QuestionVectors(vectors.question, centred(vectors.words, zeros))
        centre = self._probes.questions(languages)
        return QuestionVectors(centred(vectors.question[None], centre.text)[0], centred(vectors.words, centre.words))

    def _search(self, asked: _Asked, top_k: int, filter: Filter) -> tuple[tuple[Hit, ...], int]:
        """Return hits and their generation; all steps are of that one, or a document replaced between two is missed."""
        for attempts_left in reversed(range(_ATTEMPTS)):
            with self._store.snapshot():
                asked_at = self._store.generation()
                allowed = None if filter == EVERYTHING else self._store.passage_ids(filter)
            dense, generation = self._dense.search(asked.vectors.question, top_k + _CANDIDATES, allowed)
            by_words, words_at = self._lexical.search_all(asked.text, list(dense), top_k + _LEXICAL, allowed)
            names = without_stop_words(asked.text, asked.likeliest)
            by_names, names_at = self._lexical.bridge(names, top_k + _LEXICAL, allowed)
            with self._store.snapshot():
                generations = {asked_at, generation, words_at, names_at, self._store.generation()}
                if len(generations) == 1 or not attempts_left:
                    return self._hits(asked, dense, by_words, by_names, top_k), generation
        raise AssertionError

    def _hits(
        self,
        asked: _Asked,
        dense: Mapping[Language, Ranking],
        by_words: Mapping[Language, Ranking],
        by_names: Ranking,
        top_k: int,
    ) -> tuple[Hit, ...]:
        """Score the candidates; one that is no longer stored drops out and the next moves up."""
        rankings = [*dense.values(), *by_words.values(), by_names]
        wanted = np.unique(np.concatenate([ranking.ids for ranking in rankings]))
        stored = self._store.passage_vectors(wanted.tolist())
        if not stored:
            return ()
        centres = self._centres({vector.language for vector in stored.values()})
        groups = centred_groups(
            [vector.sentences for vector in stored.values()],
            [centres[vector.language].text for vector in stored.values()],
        )
        scores = (fusion.sentence_cosines(asked.vectors.question, group) for group in groups)
        sentences = dict(zip(stored, scores, strict=True))
        candidates = self._candidates(asked, stored, sentences, centres, by_words, by_names)
        return self._ranked(asked, candidates, sentences, centres, top_k)

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
        vectors = np.stack([vector.passage - centres[vector.language].text for vector in stored.values()])
        cosines: Scores = centred(vectors, np.zeros_like(vectors[0])) @ asked.vectors.question
        best = [max(sentences[key], default=own) for key, own in zip(stored, cosines.tolist(), strict=True)]
        shares = [fusion.share_of_best(ids, ranking) for ranking in by_words.values()]
        lexical = np.max(shares, axis=0) if shares else np.zeros(len(ids), np.float32)
        bridge = fusion.share_of_best(ids, by_names)
        return Candidates(ids, languages, cosines, np.array(best, np.float32), lexical, bridge)

    def _ranked(
        self,
        asked: _Asked,
        candidates: Candidates,
        sentences: Mapping[int, tuple[float, ...]],
        centres: Mapping[Language, Centre],
        top_k: int,
    ) -> tuple[Hit, ...]:
        weights = self._weights
        likeness = fusion.likeness(candidates, weights)
        hinted = likeness + weights.lexical * candidates.lexical + weights.bridge * candidates.bridge
        count = top_k + _READ_CLOSELY // len(np.unique(candidates.languages))
        rows = fusion.best_per_language(candidates.languages, hinted, count)
        chosen = _of_rows(candidates, rows)
        matches = self._word_matches(asked, chosen, centres)
        found = np.array([fusion.word_score(each) for each in matches], np.float32)
        words, shift = fusion.without_shift(found, chosen.languages)
        meaning: Scores = (1 - weights.words) * likeness[rows] + weights.words * words
        scores = fusion.fuse(meaning, chosen, asked.own_languages, weights)
        order = np.argsort(-scores, kind="stable")[:top_k].tolist()
        passages = self._store.passages(chosen.ids[order].tolist())
        return tuple(
            self._hit(
                passages[int(chosen.ids[row])],
                rank,
                float(scores[row]),
                sentences[int(chosen.ids[row])],
                matches[row],
                Evidence(
                    cosine=float(chosen.cosines[row]),
                    best_sentence=float(chosen.sentences[row]),
                    words=float(found[row]),
                    language_shift=float(shift[row]),
                    lexical=float(chosen.lexical[row]),
                    names=float(chosen.bridge[row]),
                ),
            )
            for rank, row in enumerate(order, start=1)
        )

    def _hit(
        self,
        passage: Passage,
        rank: int,
        score: float,
        cosines: tuple[float, ...],
        matches: Scores,
        evidence: Evidence,
    ) -> Hit:
        words = content_words(passage.text)
        weight = self._weights.words_of_sentence
        scores = fusion.sentence_scores(cosines, passage.sentences, words, matches, weight)
        best = fusion.best_sentence(passage, scores)
        highlights = () if best is None else (passage.sentences[best],)
        return Hit(passage, rank, score, evidence.cosine, evidence.lexical, scores, highlights, evidence)

    def _word_matches(self, asked: _Asked, candidates: Candidates, centres: Mapping[Language, Centre]) -> list[Scores]:
        """Return the cosines of the question's words with each passage's, of shape (question's words, passage's)."""
        if not self._weights.words:
            return [np.zeros((0, 0), np.float32)] * len(candidates.ids)
        found = self._store.word_vectors(candidates.ids.tolist())
        groups = [found[key] for key in candidates.ids.tolist()]
        rows = centred_groups(groups, [centres[language].words for language in candidates.languages.tolist()])
        return [asked.vectors.words @ group.T for group in rows]


def _of_rows(candidates: Candidates, rows: NDArray[np.intp]) -> Candidates:
    """Return the candidates of these rows."""
    return Candidates(
        candidates.ids[rows],
        candidates.languages[rows],
        candidates.cosines[rows],
        candidates.sentences[rows],
        candidates.lexical[rows],
        candidates.bridge[rows],
    )
