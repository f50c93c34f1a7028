"""From a question to ranked passages."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embeddings import Encoder, Vectors
from qa_service import fusion
from qa_service.dense import DenseIndex
from qa_service.store import Store
from qa_service.types import Hit, Language, Passage
from qa_service.vectors import Ranking

_CANDIDATES = 100
"""Passages whose sentences are looked at, beyond what is asked for."""

SENTENCE_WEIGHT = 0.5
"""How much of a passage's score is its best sentence's."""

_ATTEMPTS = 3
"""Searches made where documents keep changing under them; the last one passes over what has gone."""


@dataclass(frozen=True, slots=True)
class Found:
    """The hits for a question, the generation they were found at, and the seconds each part took."""

    hits: tuple[Hit, ...]
    generation: int
    embed_seconds: float
    retrieve_seconds: float


class Retriever:
    """Searches the documents by meaning. Safe to use from several threads."""

    def __init__(
        self, store: Store, encoder: Encoder, dense: DenseIndex, *, sentence_weight: float = SENTENCE_WEIGHT
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._dense = dense
        self._sentence_weight = sentence_weight

    def search(
        self,
        question: str,
        top_k: int,
        languages: Sequence[Language] | None = None,
        documents: Sequence[str] | None = None,
    ) -> Found:
        """Return at most `top_k` hits, best first, in these languages and documents only; None stands for all."""
        started = time.perf_counter()
        vector = self._encoder.embed_questions([question])[0]
        embedded = time.perf_counter()
        hits, generation = self._search(vector, top_k, languages, documents)
        return Found(hits, generation, embedded - started, time.perf_counter() - embedded)

    def _search(
        self, vector: Vectors, top_k: int, languages: Sequence[Language] | None, documents: Sequence[str] | None
    ) -> tuple[tuple[Hit, ...], int]:
        """Return hits and their generation; all steps are of that one, or a document replaced between two is missed."""
        for attempts_left in reversed(range(_ATTEMPTS)):
            with self._store.snapshot():
                asked_at = self._store.generation()
                allowed = self._allowed(languages, documents)
            ranking, generation = self._dense.search(vector, top_k + _CANDIDATES, allowed)
            with self._store.snapshot():
                if asked_at == generation == self._store.generation() or not attempts_left:
                    return self._hits(vector, ranking, top_k), generation
        raise AssertionError

    def _allowed(self, languages: Sequence[Language] | None, documents: Sequence[str] | None) -> list[int] | None:
        if languages is None and documents is None:
            return None
        return self._store.passage_ids(languages, documents)

    def _hits(self, question: Vectors, dense: Ranking, top_k: int) -> tuple[Hit, ...]:
        """Score candidates by their sentences too; one that is no longer stored drops out and the next moves up."""
        sentences = self._store.sentence_vectors(dense.ids.tolist())
        cosines = {key: fusion.sentence_cosines(question, vectors) for key, vectors in sentences.items()}
        best = {key: max(values) for key, values in cosines.items() if values}
        present = np.isin(dense.ids, list(sentences))
        dense = Ranking(dense.ids[present], dense.scores[present])
        fused = fusion.fuse(dense, best, self._sentence_weight)
        passages = self._store.passages(fused.ids[:top_k].tolist())
        own = dict(zip(dense.ids.tolist(), dense.scores.tolist(), strict=True))
        return tuple(
            _hit(passages[key], rank, score, own[key], cosines[key])
            for rank, (key, score) in enumerate(
                zip(fused.ids[:top_k].tolist(), fused.scores[:top_k].tolist(), strict=True), start=1
            )
        )


def _hit(passage: Passage, rank: int, score: float, dense: float, cosines: tuple[float, ...]) -> Hit:
    best = fusion.best_sentence(passage, cosines)
    highlights = () if best is None else (passage.sentences[best],)
    return Hit(passage, rank, score, dense, None, cosines, highlights)
