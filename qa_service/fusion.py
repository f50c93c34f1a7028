"""How evidence is put together, as pure functions on arrays. Only cosines of one model are ever compared."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from embeddings import Vectors
from qa_service.types import Passage
from qa_service.vectors import Ranking

_SHORTEST_ANSWER = 4
"""Words a sentence needs to stand as an answer, where the passage has one that does."""

_END = re.compile(r"[.!?…;:。！？][\"»”“’')\[\]\d⁰¹²³⁴⁵⁶⁷⁸⁹ ]*$")
"""The end of a sentence, with quotes, brackets and footnote marks behind it."""


def fuse(passages: Ranking, best_sentences: Mapping[int, float], sentence_weight: float) -> Ranking:
    """Rank passages by their own cosine and their best sentence's, mixed by `sentence_weight` in 0..1.

    A passage without sentence scores counts by its own cosine. Equal scores keep the order of `passages`.
    """
    own = passages.scores
    best = np.array(
        [best_sentences.get(int(identifier), score) for identifier, score in zip(passages.ids, own, strict=True)],
        dtype=np.float32,
    )
    scores = ((1 - sentence_weight) * own + sentence_weight * best).astype(np.float32)
    order = np.argsort(-scores, kind="stable")
    return Ranking(passages.ids[order], scores[order])


def sentence_cosines(question: Vectors, sentences: Vectors) -> tuple[float, ...]:
    """Return a cosine a sentence for a question of shape (dimension,) and sentences of shape (n, dimension)."""
    return tuple(float(cosine) for cosine in sentences @ question)


def best_sentence(passage: Passage, cosines: Sequence[float]) -> int | None:
    """Return the index of the sentence that answers best; None for a passage without sentences.

    Titles and fragments stand only where the passage has nothing that says something.
    """
    if not cosines:
        return None
    whole = [index for index, span in enumerate(passage.sentences) if _says_something(span.of(passage.text))]
    return max(whole or range(len(cosines)), key=cosines.__getitem__)


def _says_something(sentence: str) -> bool:
    """Return whether it has some words and an end; a row of a table or an item of a list needs none."""
    is_row = " | " in sentence or sentence.startswith("•")
    return is_row or (len(sentence.split()) >= _SHORTEST_ANSWER and _END.search(sentence) is not None)
