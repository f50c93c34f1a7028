"""The dense index: the store's passage vectors in FAISS, kept at the store's generation and cached on disk.

Every language has an index of its own: a question is compared inside each, and no language crowds another out.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings import Encoder, Vectors
from qa_service.derived_index import DerivedIndex
from qa_service.index_cache import IndexCache
from qa_service.store import Store
from qa_service.types import Language
from qa_service.vectors import FaissIndex, Ranking

_COMPARED = 10_000
"""Vectors compared at a time, so that a check does not take as much memory as the index."""


class DenseIndex(DerivedIndex):
    """Searches passages by vector at the store's present generation. Safe to use from several threads."""

    def __init__(self, store: Store, folder: Path, encoder: Encoder) -> None:
        """Load the cache in `folder`, or start empty where it cannot be used."""
        self._encoder = encoder
        self._indexes: dict[Language, FaissIndex] = {}
        super().__init__(store, IndexCache(folder, "vectors", ".faiss", encoder.fingerprint), "vector")

    def __len__(self) -> int:
        return sum(map(len, self._indexes.values()))

    def search(
        self, vector: Vectors, limit: int, allowed: Sequence[int] | None = None
    ) -> tuple[Mapping[Language, Ranking], int]:
        """Return, language by language, the `limit` passages with the highest dot product with a vector (dimension,).

        The other value is the generation they were found at. `allowed` limits the passages looked at.
        """
        with self._lock:
            self._catch_up()
            found = {key: index.search(vector, limit, allowed) for key, index in self._indexes.items()}
            return {key: ranking for key, ranking in found.items() if len(ranking.ids)}, self._generation

    @property
    def approximated(self) -> list[Language]:
        """Languages that have too many passages to look at every one in a search without a filter."""
        with self._lock:
            return sorted(language for language, index in self._indexes.items() if not index.is_exact)

    def problems(self) -> list[str]:
        """Return how the index differs from the store; empty when they agree."""
        with self._lock, self._store.snapshot():
            self._catch_up()
            stored = self._store.passage_ids()
            ids, languages, vectors = self._store.vectors_since(0)
            held = self._held()
            counts = {
                "passages stored without a vector": len(np.setdiff1d(stored, ids)),
                "passages missing from the vector index": len(np.setdiff1d(ids, held)),
                "passages in the vector index that are not stored": len(np.setdiff1d(held, stored)),
                "passages more than once in the vector index": len(held) - len(np.unique(held)),
            }
            if not any(counts.values()):
                what = "passages with another vector or language in the index than in the store"
                counts[what] = sum(
                    self._differing(language, np.asarray(ids)[rows], vectors[rows])
                    for language, rows in _by_language(languages).items()
                )
        return [f"{count} {what}" for what, count in counts.items() if count]

    def _follow(self) -> None:
        """Read everything first, so that a failing read leaves the index as it was."""
        self._store.require_fingerprint(self._encoder)
        ids, languages, vectors = self._store.vectors_since(self._generation)
        is_complete = len(self) + len(ids) == self._store.passage_count()
        kept = None if is_complete else self._store.passage_ids()
        for language, index in list(self._indexes.items()):
            if kept is not None:
                index.remove(np.setdiff1d(index.ids, kept).tolist())
            if not len(index):
                del self._indexes[language]
        for language, rows in _by_language(languages).items():
            index = self._indexes.setdefault(language, FaissIndex(self._encoder.dimension))
            index.add(np.asarray(ids)[rows].tolist(), vectors[rows])

    def _held(self) -> NDArray[np.int64]:
        return np.concatenate([np.empty(0, np.int64), *(index.ids for index in self._indexes.values())])

    def _differing(self, language: Language, ids: NDArray[np.int64], vectors: Vectors) -> int:
        """Return how many passages are not in the language's index with these vectors, of shape (n, dimension)."""
        index = self._indexes.get(language, FaissIndex(self._encoder.dimension))
        held = np.isin(ids, index.ids)
        ids, vectors = ids[held], vectors[held]
        differing = int((~held).sum())
        for start in range(0, len(ids), _COMPARED):
            part = slice(start, start + _COMPARED)
            differing += int((index.vectors(ids[part].tolist()) != vectors[part]).any(axis=1).sum())
        return differing

    def _content(self) -> bytes:
        parts = {language: index.to_bytes() for language, index in self._indexes.items()}
        sizes = {language: len(part) for language, part in parts.items()}
        return json.dumps(sizes).encode() + b"\n" + b"".join(parts.values())

    def _restore(self, content: bytes) -> None:
        head, _, rest = content.partition(b"\n")
        sizes: dict[Language, int] = json.loads(head)
        self._indexes = {}
        for language, size in sizes.items():
            self._indexes[language] = FaissIndex.from_bytes(rest[:size])
            rest = rest[size:]

    def _start_anew(self) -> None:
        self._indexes = {}


def _by_language(languages: Sequence[Language]) -> dict[Language, list[int]]:
    """Return the rows of each language."""
    rows: defaultdict[Language, list[int]] = defaultdict(list)
    for row, language in enumerate(languages):
        rows[language].append(row)
    return rows
