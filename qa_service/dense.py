"""The dense index: the store's passage vectors in FAISS, kept at the store's generation and cached on disk.

Whatever is missing from the cache, damaged or behind is brought up from the store, without embedding anything.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import structlog

from embeddings import Encoder, Vectors
from qa_service.index_cache import IndexCache, UnusableCacheError
from qa_service.store import Store
from qa_service.vectors import FaissIndex, Ranking

_log = structlog.get_logger(__name__)

_COMPARED = 10_000
"""Vectors compared at a time, so that a check does not take as much memory as the index."""


class DenseIndex:
    """Searches passages by vector at the store's present generation. Safe to use from several threads."""

    def __init__(self, store: Store, folder: Path, encoder: Encoder) -> None:
        """Load the cache in `folder`, or start empty where it cannot be used."""
        self._store = store
        self._encoder = encoder
        self._cache = IndexCache(folder, "vectors", ".faiss", encoder.fingerprint)
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        self._index, self._generation = self._load()
        self._saved_generation: int | None = self._generation

    def __len__(self) -> int:
        return len(self._index)

    def search(self, vector: Vectors, limit: int, allowed: Sequence[int] | None = None) -> tuple[Ranking, int]:
        """Return the passages most like a vector of shape (dimension,), and the generation they were found at."""
        with self._lock:
            self._catch_up()
            return self._index.search(vector, limit, allowed), self._generation

    def synchronise(self) -> int:
        """Bring the index to the store's generation and return it."""
        with self._lock:
            self._catch_up()
            return self._generation

    def problems(self) -> list[str]:
        """Return how the index differs from the store; empty when they agree."""
        with self._lock, self._store.snapshot():
            self._catch_up()
            stored = self._store.passage_ids()
            ids, vectors = self._store.vectors_since(0)
            held = self._index.ids
            counts = {
                "passages stored without a vector": len(np.setdiff1d(stored, ids)),
                "passages missing from the vector index": len(np.setdiff1d(ids, held)),
                "passages in the vector index that are not stored": len(np.setdiff1d(held, stored)),
                "passages more than once in the vector index": len(held) - len(np.unique(held)),
            }
            if not any(counts.values()):
                counts["passages with another vector in the index than in the store"] = self._differing(ids, vectors)
        return [f"{count} {what}" for what, count in counts.items() if count]

    def save(self) -> None:
        """Write the cache. A full disk is logged, not raised: the store holds everything the cache does."""
        with self._saving:
            with self._lock:
                self._catch_up()
                if self._saved_generation == self._generation:
                    return
                content, generation = self._index.to_bytes(), self._generation
            try:
                self._cache.save(content, generation)
            except OSError as error:
                _log.warning("vector cache not saved; the next start brings it up from the store", reason=str(error))
                return
            self._saved_generation = generation

    def rebuild(self) -> int:
        """Throw the index away, build it anew from the store and save it. Return the number of passages."""
        with self._saving, self._lock:
            self._index, self._generation, self._saved_generation = FaissIndex(self._encoder.dimension), 0, None
        self.save()
        return len(self)

    def _catch_up(self) -> None:
        """Read everything first, so that a failing read leaves the index as it was."""
        if self._store.generation() <= self._generation:
            return  # less where the caller holds a snapshot that is older than the index
        with self._store.snapshot():
            self._store.require_fingerprint(self._encoder)
            generation = self._store.generation()
            ids, vectors = self._store.vectors_since(self._generation)
            is_complete = len(self._index) + len(ids) == self._store.passage_count()
            kept = None if is_complete else self._store.passage_ids()
        if kept is not None:
            self._index.remove(np.setdiff1d(self._index.ids, kept).tolist())
        self._index.add(ids, vectors.reshape(len(ids), self._encoder.dimension))
        self._generation = generation

    def _differing(self, ids: Sequence[int], vectors: Vectors) -> int:
        """Return how many passages have other vectors in the index than these, of shape (n, dimension)."""
        differing = 0
        for start in range(0, len(ids), _COMPARED):
            part = slice(start, start + _COMPARED)
            differing += int((self._index.vectors(ids[part]) != vectors[part]).any(axis=1).sum())
        return differing

    def _load(self) -> tuple[FaissIndex, int]:
        try:
            content, generation = self._cache.load(self._store.generation)
            return FaissIndex.from_bytes(content), generation
        except (UnusableCacheError, ValueError) as error:
            if self._store.generation() > 0:
                _log.warning("vector cache not usable; building it anew from the store", reason=str(error))
            return FaissIndex(self._encoder.dimension), 0
