"""The dense index: the store's passage vectors in FAISS, kept at the store's generation and cached on disk.

Every language has an index of its own: a question is compared inside each, and no language crowds another out.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from embeddings import Encoder, Vectors
from qa_service.derived_index import DerivedIndex
from qa_service.index_cache import IndexCache
from qa_service.store import Store
from qa_service.types import Language
from qa_service.vectors import EXACT_LIMIT, FaissIndex, Ranking, sample_size

_AT_A_TIME = 10_000
"""Vectors read at a time, so that a check or a new index does not take as much memory again as the old one."""

_log = structlog.get_logger(__name__)


class DenseIndex(DerivedIndex):
    """Searches passages by vector at the store's present generation. Safe to use from several threads."""

    def __init__(self, store: Store, folder: Path, encoder: Encoder, exact_limit: int = EXACT_LIMIT) -> None:
        """Load the cache in `folder`, or start empty where it cannot be used.

        A language with more passages than `exact_limit` gets an index that does not look at every one, built by a
        thread while the old one is searched. Where that fails, the old one is kept, and not tried again.
        """
        self._encoder = encoder
        self._exact_limit = exact_limit
        self._indexes: dict[Language, FaissIndex] = {}
        self._sorting: threading.Thread | None = None
        self._unsorted: dict[Language, FaissIndex] = {}
        self._is_closing = False
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

    def synchronise(self) -> int:
        """Bring the index to the store's generation and return it."""
        generation = super().synchronise()
        with self._lock:
            self._sort_soon()
        return generation

    def settle(self) -> None:
        """Wait until no index is being built any more."""
        while True:
            with self._lock:
                thread = self._sorting
            if thread is None:
                return
            thread.join()

    def close(self) -> None:
        """Give up an index that is being built; the present one is searched on."""
        self._is_closing = True
        self.settle()

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
        self._sort_soon()

    def _sort_soon(self) -> None:
        """Let a thread sort the vectors of languages that have outgrown their index into lists. Needs the lock."""
        if self._sorting is None and self._outgrown() is not None and not self._is_closing:
            self._sorting = threading.Thread(target=self._sort, name="sorting vectors", daemon=True)
            self._sorting.start()

    def _outgrown(self) -> Language | None:
        for language, index in self._indexes.items():
            if index.is_outgrown(self._exact_limit) and self._unsorted.get(language) is not index:
                return language
        return None

    def _sort(self) -> None:
        while True:
            with self._lock:
                language = None if self._is_closing else self._outgrown()
                if language is None:
                    self._sorting = None
                    return
                old = self._indexes[language]
            try:
                self._replace(language, old)
            except (RuntimeError, MemoryError) as error:  # FAISS's own, too
                _log.warning("vectors not sorted into lists; every one is looked at", reason=str(error))
                self._unsorted[language] = old

    def _replace(self, language: Language, old: FaissIndex) -> None:
        """Build lists beside the index that is searched, a part at a time, and put them in its place at last."""
        with self._lock:
            held = old.ids
            sample = old.vectors(np.random.default_rng(0).permutation(held)[: sample_size(len(held))].tolist())
        new = FaissIndex.in_lists(sample, len(held), lambda: not self._is_closing)
        del sample
        if new is None:
            return
        new.fill(lambda: self._parts(old, held))
        with self._lock:
            if self._is_closing or self._indexes.get(language) is not old:
                return  # another one has been loaded or begun meanwhile
            missing = np.setdiff1d(old.ids, new.ids).tolist()
            new.remove(np.setdiff1d(new.ids, old.ids).tolist())
            new.add(missing, old.vectors(missing))
            self._indexes[language] = new
            self._revision += 1

    def _parts(self, index: FaissIndex, ids: NDArray[np.int64]) -> Iterator[tuple[list[int], Vectors]]:
        """Yield these ids, a part at a time, with their vectors; without those that have gone meanwhile."""
        for start in range(0, len(ids), _AT_A_TIME):
            if self._is_closing:
                return
            part = ids[start : start + _AT_A_TIME]
            with self._lock:
                try:
                    vectors = index.vectors(part.tolist())
                except KeyError:
                    part = np.intersect1d(part, index.ids)
                    vectors = index.vectors(part.tolist())
            yield part.tolist(), vectors

    def _held(self) -> NDArray[np.int64]:
        return np.concatenate([np.empty(0, np.int64), *(index.ids for index in self._indexes.values())])

    def _differing(self, language: Language, ids: NDArray[np.int64], vectors: Vectors) -> int:
        """Return how many passages are not in the language's index with these vectors, of shape (n, dimension)."""
        index = self._indexes.get(language, FaissIndex(self._encoder.dimension))
        held = np.isin(ids, index.ids)
        ids, vectors = ids[held], vectors[held]
        differing = int((~held).sum())
        for start in range(0, len(ids), _AT_A_TIME):
            part = slice(start, start + _AT_A_TIME)
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
