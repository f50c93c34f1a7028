"""Figures of large collections. Nothing is embedded for them: their vectors are real ones with noise."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings import Vectors
from embeddings.encoder import unit_length
from eval.bench.asking import WARM_UP, questions
from eval.bench.processes import memory_of, milliseconds, percentiles
from eval.recombined import with_noise, write_recombined
from qa_service.assembly import build_encoder, build_service, open_store
from qa_service.config import Settings
from qa_service.vectors import FaissIndex, sample_size

Ids = NDArray[np.int64]
_FOUND = 10
_AT_A_TIME = 50_000


def measure_index(settings: Settings, passages: int) -> dict[str, float]:
    """Fill a vector index and compare what it finds with the best of all vectors."""
    asked = build_encoder(settings).embed_questions(questions())
    real = _real_vectors(settings)
    before = memory_of("self")
    index = FaissIndex(real.shape[1])
    best: Vectors = np.full((len(asked), _FOUND), -2, np.float32)
    ids: Ids = np.zeros((len(asked), _FOUND), np.int64)
    started = time.perf_counter()
    looking = 0.0
    for first, vectors in _many(real, passages):
        index.add(range(first, first + len(vectors)), vectors)
        began = time.perf_counter()
        best, ids = _better(best, ids, asked, first, index.vectors(range(first, first + len(vectors))))
        looking += time.perf_counter() - began
    if index.is_outgrown():
        index = _in_lists(index)
    built = time.perf_counter() - started - looking
    found = [index.search(question, _FOUND) for question in asked]
    times = [milliseconds(partial(index.search, question, _FOUND)) for question in asked]
    right = sum(len(np.intersect1d(ranking.ids, row)) for ranking, row in zip(found, ids, strict=True))
    return {
        "passages": passages,
        "build_seconds": built,
        **percentiles("search_ms", times),
        "recall": right / ids.size,
        "index_mib": memory_of("self") - before,
    }


def measure_search(settings: Settings, passages: int, folder: Path) -> dict[str, float]:
    """Ask the whole service over a collection put together from sentences of the sample documents."""
    own = settings.model_copy(update={"data": folder})
    encoder = build_encoder(settings)
    with closing(open_store(settings)) as source, closing(open_store(own)) as target:
        for _ in write_recombined(source, target, encoder, passages):
            pass
    with closing(build_service(own, encoder=encoder)) as service:
        service.ingest_paths([])  # brings the indexes up, and sorts the vectors of a large one into lists
        asked = questions()
        for question in asked[:WARM_UP]:
            service.search(question)
        found = [service.search(question).timings for question in asked[WARM_UP:]]
    return {"passages": passages, **percentiles("retrieve_ms", [timings.retrieve for timings in found])}


def _real_vectors(settings: Settings) -> Vectors:
    """Return the vectors of the sample documents' passages and sentences."""
    with closing(open_store(settings)) as store:
        stored = store.passage_vectors(store.passage_ids())
    return np.concatenate([stored.passages, stored.sentences])


def _many(real: Vectors, count: int) -> Iterator[tuple[int, Vectors]]:
    """Yield `count` vectors, a part at a time, each a real one with noise, and the number of the first."""
    random = np.random.default_rng(count)
    for first in range(0, count, _AT_A_TIME):
        chosen = random.integers(0, len(real), min(_AT_A_TIME, count - first))
        yield first, unit_length(with_noise(real[chosen], random))


def _better(best: Vectors, ids: Ids, asked: Vectors, first: int, vectors: Vectors) -> tuple[Vectors, Ids]:
    """Return the best scores and ids so far, each of shape (questions, 10), with those of more vectors among them."""
    scores = np.concatenate([best, asked @ vectors.T], axis=1)
    new = np.arange(first, first + len(vectors))
    numbers = np.concatenate([ids, np.broadcast_to(new, (len(asked), len(new)))], axis=1)
    rows = np.argpartition(-scores, _FOUND, axis=1)[:, :_FOUND]
    return np.take_along_axis(scores, rows, axis=1), np.take_along_axis(numbers, rows, axis=1)


def _in_lists(index: FaissIndex) -> FaissIndex:
    """Return the index sorted into lists, as `DenseIndex` does it beside the one that is searched."""
    ids = index.ids
    sample = index.vectors(np.random.default_rng(0).permutation(ids)[: sample_size(len(ids))].tolist())
    lists = FaissIndex.in_lists(sample, len(ids))
    assert lists is not None
    del sample
    parts = [ids[start : start + _AT_A_TIME].tolist() for start in range(0, len(ids), _AT_A_TIME)]
    lists.fill(lambda: ((part, index.vectors(part)) for part in parts))
    return lists


def sizes_up_to(most: int) -> Sequence[int]:
    """Return 1,000 and its multiples by ten, as far as `most`; `most` itself where it is less."""
    sizes = [size for size in (1_000, 10_000, 100_000, 1_000_000) if size <= most]
    return sizes or [most]
