"""From a question to ranked passages."""

import math
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from embeddings import Encoder
from embeddings.cores import usable_cores
from qa_service.centring import Probes
from qa_service.dense import DenseIndex
from qa_service.duplicates import grouped
from qa_service.filters import EVERYTHING, Filter
from qa_service.fusion import SHIPPED, Weights
from qa_service.hits import make_hit
from qa_service.language import likeliest
from qa_service.lexical import LexicalIndex
from qa_service.lexical import content_words as without_stop_words
from qa_service.scoring import Asked, Probabilities, Scorer
from qa_service.store import Store
from qa_service.types import Hit, Language, Passage, Support
from qa_service.vectors import Ranking
from qa_service.words import content_words

_CANDIDATES = 10
"""Passages a language whose sentences are looked at, beyond what is asked for."""

_LEAST_DEPTH = 10
"""Results that a search is made for at least, so that its scores do not hang on how many are wanted."""

_LEXICAL = 5
"""Passages that share words or names with the question, beyond what is asked for."""

_DUPLICATES = 2
"""Passages looked at for each that is wanted, so that copies of one do not push others out."""

_FIFTH = 4

_ATTEMPTS = 3
"""Searches made where documents keep changing under them; the last one passes over what has gone."""


@dataclass(frozen=True, slots=True)
class Found:
    """The hits for a question, the generation they were found at, and the seconds each part took."""

    hits: tuple[Hit, ...]
    support: Support | None
    generation: int
    embed_seconds: float
    retrieve_seconds: float


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
        self._scorer = Scorer(store, probes, weights)
        # more at a time than there are cores would get in each other's way, and all be answered later
        self._turns = threading.BoundedSemaphore(usable_cores())

    def search(
        self, question: str, top_k: int, filter: Filter = EVERYTHING, languages: Probabilities | None = None
    ) -> Found:
        """Return at most `top_k` hits, best first, of what `filter` lets through only.

        `languages` gives the probability of each language that the question may be in.
        """
        with self._turns:
            started = time.perf_counter()
            asked = self._asked(question, languages or {})
            embedded = time.perf_counter()
            (hits, support), generation = self._search(asked, top_k, filter)
        return Found(hits, support, generation, embedded - started, time.perf_counter() - embedded)

    def _asked(self, question: str, languages: Probabilities) -> Asked:
        spans = content_words(question)
        vectors = self._encoder.embed_question(question, [(span.start, span.end) for span in spans])
        words = tuple(span.of(question) for span in spans)
        names = without_stop_words(question, likeliest(languages))
        return Asked(question, words, names, languages, vectors.question, self._scorer.centred(vectors, languages))

    def _search(self, asked: Asked, top_k: int, filter: Filter) -> tuple[tuple[tuple[Hit, ...], Support | None], int]:
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
        asked: Asked,
        dense: Mapping[Language, Ranking],
        by_words: Mapping[Language, Ranking],
        by_names: Ranking,
        top_k: int,
        searched: int,
    ) -> tuple[tuple[Hit, ...], Support | None]:
        """Score the candidates; one that is no longer stored drops out and the next moves up."""
        depth = max(top_k, _LEAST_DEPTH)
        rankings = [*dense.values(), *by_words.values(), by_names]
        ids = np.unique(np.concatenate([ranking.ids for ranking in rankings]))
        scored = self._scorer.score(asked, ids, by_words, by_names, depth)
        if scored is None:
            return (), None
        order = np.argsort(-scored.scores, kind="stable")[: depth * _DUPLICATES]
        ids = scored.candidates.ids[order].tolist()

        def text_of(number: int) -> str:
            return self._store.passages([ids[number]])[ids[number]].text

        groups = grouped(scored.vectors[order], depth, text_of)
        shown = groups[:top_k]
        passages = self._store.passages([ids[number] for first, others in shown for number in (first, *others)])
        hits = [
            make_hit(
                asked.words,
                passages[ids[first]],
                rank,
                scored,
                int(order[first]),
                self._scorer.weights,
                [passages[ids[number]] for number in others],
            )
            for rank, (first, others) in enumerate(shown, start=1)
        ]
        scores = [float(scored.scores[order[first]]) for first, _ in groups]
        return tuple(hits), self._support(asked, scores, hits[0].passage, searched)

    def _support(self, asked: Asked, scores: Sequence[float], best: Passage, searched: int) -> Support:
        """Return what speaks for the documents answering the question at all; `scores` are of passages that differ."""
        lead = scores[0] - scores[_FIFTH] if len(scores) > _FIFTH else None
        names = self._lexical.share_of_sounds(asked.names, best)
        return Support(scores[0], lead, names, math.log1p(len(asked.vectors.words)), searched)
