"""What the product is measured against: BM25 and reciprocal rank fusion, as found in the toolkits people would pick.

Nothing here is tuned, and the product uses none of it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")
_STEM = 5
"""Letters a word is cut to: stemming that works alike in every language, since endings inflect."""

_K1, _B = 1.2, 0.75
_RRF_K = 60


def terms(text: str) -> list[str]:
    """Return the words of a text, lower-cased and cut to their first letters."""
    return [word[:_STEM] for word in _WORD.findall(text.lower())]


class Bm25:
    """Okapi BM25 over n texts, with Lucene's idf, which is never negative (Robertson and Zaragoza 2009)."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(terms(text)) for text in texts]
        lengths = np.array([count.total() for count in counts], np.float64)
        norms = _K1 * (1 - _B + _B * lengths / max(lengths.mean(), 1)) if len(texts) else lengths
        postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, count in enumerate(counts):
            for term, frequency in count.items():
                postings[term].append((row, frequency))
        self._size = len(texts)
        self._rows: dict[str, NDArray[np.intp]] = {}
        self._weights: dict[str, NDArray[np.float64]] = {}
        for term, found in postings.items():
            rows = np.array([row for row, _ in found])
            frequencies = np.array([frequency for _, frequency in found], np.float64)
            idf = np.log1p((self._size - len(found) + 0.5) / (len(found) + 0.5))
            self._rows[term] = rows
            self._weights[term] = idf * frequencies * (_K1 + 1) / (frequencies + norms[rows])

    def scores(self, question: str) -> NDArray[np.float64]:
        """Return a score a text, shape (n,); 0 where they share no term."""
        scores = np.zeros(self._size)
        for term in terms(question):
            if term in self._rows:
                scores[self._rows[term]] += self._weights[term]
        return scores

    def best(self, question: str, limit: int) -> list[tuple[int, float]]:
        """Return (row, score) of the best texts that share a term with the question, best first."""
        scores = self.scores(question)
        order = np.argsort(-scores, kind="stable")[:limit]
        return [(int(row), float(scores[row])) for row in order if scores[row] > 0]


def reciprocal_rank_fusion(*rankings: Sequence[int]) -> list[tuple[int, float]]:
    """Merge rankings of ids into (id, score), best first (Cormack, Clarke and Büttcher 2009)."""
    scores: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, identifier in enumerate(ranking, start=1):
            scores[identifier] += 1 / (_RRF_K + rank)
    return sorted(scores.items(), key=lambda item: -item[1])
