"""The vector index: what it must do, and FAISS doing it."""

from collections.abc import Callable, Iterable, Sequence
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


EMPTY = Ranking(np.empty(0, np.int64), np.empty(0, np.float32))


EXACT_LIMIT = 20_000
"""Vectors that are all looked at in a search: about a millisecond's work."""

_faiss: Any = faiss  # its stubs leave things out
_HALF_PRECISION = faiss.ScalarQuantizer.QT_fp16
_LISTS_OF_ROOT = 2
"""Lists, by the square root of the number of vectors."""

_LISTS_LOOKED_AT = 32
"""One list in so many is looked through, and no fewer than the next number says."""

_FEWEST_LISTS = 32

_SAMPLE_OF_LIST = 64
"""Vectors a list that its middle is sought among."""

_ROUNDS = 8
"""Of k-means, between which it can be given up; the lists need not be the best ones."""


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
    """Search by FAISS over vectors in memory, in half precision, as the store keeps them.

    Exact, until one made `in_lists` takes its place: there the vectors lie by what they are near to, and a search looks
    through the lists that are nearest to the question. With `allowed`, it looks through all, and is exact. Not safe to
    change while it is searched.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        flat = faiss.IndexScalarQuantizer(dimension, _HALF_PRECISION, faiss.METRIC_INNER_PRODUCT)
        self._index: Any = faiss.IndexIDMap2(flat)
        self._nearest: Any = None
        self._loaded: Any = None  # owns the memory of an index that was read; the downcast one only points into it

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def is_exact(self) -> bool:
        """Whether every vector is looked at in every search."""
        return isinstance(self._index, faiss.IndexIDMap2)

    @property
    def ids(self) -> NDArray[np.int64]:
        """Every id it holds, in no order."""
        if self.is_exact:
            ids: NDArray[np.int64] = faiss.vector_to_array(self._index.id_map).astype(np.int64)
            return ids
        lists = self._index.invlists
        held = [
            faiss.rev_swig_ptr(lists.get_ids(number), lists.list_size(number)).copy()
            for number in range(lists.nlist)
            if lists.list_size(number)
        ]
        return np.concatenate([np.empty(0, np.int64), *held])

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add vectors of shape (n, dimension). Raises ValueError where the shapes do not fit."""
        if vectors.shape != (len(ids), self.dimension):
            message = f"vectors of shape {vectors.shape} for {len(ids)} ids of dimension {self.dimension}"
            raise ValueError(message)
        if len(ids):
            self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.asarray(ids, np.int64))

    def fill(self, parts: Callable[[], Iterable[tuple[Sequence[int], Vectors]]]) -> None:
        """Fill an empty index made `in_lists` with ids and vectors, which are gone through twice.

        The first time tells how much room each list needs: lists that grow by and by take up half as much again.
        """
        lists = [np.empty(0, np.int64)]
        lists += [self._nearest.search(np.ascontiguousarray(vectors), 1)[1][:, 0] for _, vectors in parts()]
        held = self._index.invlists
        for number, count in enumerate(np.bincount(np.concatenate(lists), minlength=held.nlist).tolist()):
            held.resize(number, count)
            held.resize(number, 0)
        for ids, vectors in parts():
            self.add(ids, vectors)

    def remove(self, ids: Sequence[int]) -> None:
        """Remove ids; those it does not hold are passed over."""
        if len(ids):
            unwanted = np.unique(np.asarray(ids, np.int64))
            self._index.remove_ids(unwanted if self.is_exact else faiss.IDSelectorArray(unwanted))

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """Return the vectors held under `ids`, shape (n, dimension). Raises KeyError for one that is not held."""
        wanted = np.asarray(ids, np.int64)
        if not wanted.size:
            return np.empty((0, self.dimension), np.float32)
        try:
            vectors: Vectors = self._index.reconstruct_batch(wanted)
        except RuntimeError as error:
            raise KeyError(int(np.setdiff1d(wanted, self.ids)[0])) from error
        return vectors

    def search(self, vector: Vectors, limit: int, allowed: Sequence[int] | None = None) -> Ranking:
        """Return at most `limit` passages for a vector of shape (dimension,), only `allowed` ones where given."""
        available = len(self) if allowed is None else min(len(self), len(allowed))
        if available == 0 or limit <= 0:
            return EMPTY
        parameters: Any = None
        if allowed is not None:
            parameters = faiss.SearchParameters() if self.is_exact else faiss.SearchParametersIVF()
            selector = faiss.IDSelectorBatch(np.asarray(allowed, np.int64))
            parameters.sel = selector
            if not self.is_exact:
                parameters.nprobe = self._index.nlist
        faiss.omp_set_num_threads(1)  # counts for this thread alone; more would only get in the way of the model's
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

    def is_outgrown(self, exact_limit: int = EXACT_LIMIT) -> bool:
        """Whether it holds so many vectors that lists would pay, or twice as many lists."""
        if self.is_exact:
            return len(self) > exact_limit
        return _lists_for(len(self)) >= 2 * int(self._index.nlist)

    @classmethod
    def in_lists(cls, sample: Vectors, count: int, is_wanted: Callable[[], bool] = lambda: True) -> "FaissIndex | None":
        """Return an empty index with lists for `count` vectors like those of `sample`, shape (n, dimension).

        Where there are many, `sample_size` of them are enough. Returns None as soon as it is no longer wanted.
        """
        dimension, lists = sample.shape[1], _lists_for(count)
        faiss.omp_set_num_threads(1)  # in this thread: whoever asks meanwhile needs the other cores
        middles: Any = None
        for number in range(_ROUNDS):
            if not is_wanted():
                return None
            means = faiss.Kmeans(dimension, lists, niter=1, spherical=True, min_points_per_centroid=1, seed=number)
            means.train(np.ascontiguousarray(sample, np.float32), init_centroids=middles)
            middles = means.centroids
        nearest = faiss.IndexFlatIP(dimension)
        nearest.add(middles)
        inverted: Any = faiss.IndexIVFScalarQuantizer(
            nearest, dimension, lists, _HALF_PRECISION, faiss.METRIC_INNER_PRODUCT, False
        )
        inverted.train(sample)  # finds the middles there, and half precision needs nothing to be measured
        inverted.set_direct_map_type(_faiss.DirectMap.Hashtable)
        inverted.nprobe = max(_FEWEST_LISTS, lists // _LISTS_LOOKED_AT)
        index = cls(dimension)
        index._index, index._nearest = inverted, nearest
        return index


def sample_size(count: int) -> int:
    """Return how many of `count` vectors `FaissIndex.in_lists` needs to see."""
    return min(count, _lists_for(count) * _SAMPLE_OF_LIST)


def _lists_for(count: int) -> int:
    return max(1, int(_LISTS_OF_ROOT * count**0.5))
