"""The vector index: what it must do, and FAISS doing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from embeddings import Vectors


@dataclass(frozen=True, slots=True)
class Ranking:
    """Passage ids, best first, and their scores; both of shape (n,)."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.ids.shape != self.scores.shape or self.ids.ndim != 1:
            message = f"{self.ids.shape} ids for {self.scores.shape} scores"
            raise ValueError(message)


faiss.omp_set_num_threads(1)  # one question is one thread's work; more only get in the way of the model's

EMPTY = Ranking(np.empty(0, np.int64), np.empty(0, np.float32))


class VectorIndex(Protocol):
    """Finds the passages whose vectors are most like a question's, by dot product."""

    def __len__(self) -> int:
        """Return how many vectors it holds."""

    @property
    def ids(self) -> NDArray[np.int64]:
        """Every id it holds, in no order."""

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add vectors of shape (n, dimension) under ids it does not hold yet."""

    def remove(self, ids: Sequence[int]) -> None:
        """Remove ids; those it does not hold are passed over."""

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """Return the vectors held under `ids`, shape (n, dimension). Raises KeyError for one that is not held."""

    def search(self, vector: Vectors, limit: int, allowed: Sequence[int] | None = None) -> Ranking:
        """Return at most `limit` passages for a vector of shape (dimension,), only `allowed` ones where given."""

    def to_bytes(self) -> bytes:
        """Return the whole index as bytes."""


class FaissIndex:
    """Exact search by FAISS over vectors in memory. Not safe to change while it is searched."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._loaded: Any = None  # owns the memory of an index that was read; the downcast one only points into it

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def ids(self) -> NDArray[np.int64]:
        """Every id it holds, in no order."""
        ids: NDArray[np.int64] = faiss.vector_to_array(self._index.id_map).astype(np.int64)
        return ids

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add vectors of shape (n, dimension). Raises ValueError where the shapes do not fit."""
        if vectors.shape != (len(ids), self.dimension):
            message = f"vectors of shape {vectors.shape} for {len(ids)} ids of dimension {self.dimension}"
            raise ValueError(message)
        if len(ids):
            self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.asarray(ids, np.int64))

    def remove(self, ids: Sequence[int]) -> None:
        """Remove ids; those it does not hold are passed over."""
        if len(ids):
            self._index.remove_ids(np.asarray(ids, np.int64))

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """Return the vectors held under `ids`, shape (n, dimension). Raises KeyError for one that is not held."""
        wanted = np.asarray(ids, np.int64)
        absent = np.setdiff1d(wanted, self.ids)
        if absent.size:
            raise KeyError(int(absent[0]))
        if not wanted.size:
            return np.empty((0, self.dimension), np.float32)
        vectors: Vectors = self._index.reconstruct_batch(wanted)
        return vectors

    def search(self, vector: Vectors, limit: int, allowed: Sequence[int] | None = None) -> Ranking:
        """Return at most `limit` passages for a vector of shape (dimension,), only `allowed` ones where given."""
        available = len(self) if allowed is None else min(len(self), len(allowed))
        if available == 0 or limit <= 0:
            return EMPTY
        parameters = None
        if allowed is not None:
            selector = faiss.IDSelectorBatch(np.asarray(allowed, np.int64))
            parameters = faiss.SearchParameters()
            parameters.sel = selector
        scores, ids = self._index.search(vector.reshape(1, -1), min(limit, available), params=parameters)
        found = ids[0] >= 0
        return Ranking(ids[0][found], scores[0][found])

    def to_bytes(self) -> bytes:
        """Return the whole index as bytes, for `from_bytes`."""
        return bytes(faiss.serialize_index(self._index).tobytes())

    @classmethod
    def from_bytes(cls, content: bytes) -> "FaissIndex":
        """Read what `to_bytes` wrote. Raises ValueError where it cannot be read.

        FAISS notices few changed bytes: check a digest first.
        """
        try:
            loaded = faiss.deserialize_index(np.frombuffer(content, np.uint8))
        except RuntimeError as error:
            message = f"not a FAISS index: {error}"
            raise ValueError(message) from error
        index = cls(loaded.d)
        index._index = faiss.downcast_index(loaded)
        index._loaded = loaded
        return index
