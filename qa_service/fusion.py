"""How evidence is put together, as pure functions on arrays. Only cosines of one model are ever compared."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from qa_service.prose import is_apparatus
from qa_service.types import Language, Passage, Span
from qa_service.vectors import Ranking

Scores: TypeAlias = NDArray[np.float32]

_FEW = 10
"""Candidates at which a language's own mean counts half."""

_ASKS = re.compile(r"[?？؟][\"»”’)\]]*$")

_SHORTEST_ANSWER = 4
"""Words a sentence needs to stand as an answer, where the passage has one that does."""

_MOSTLY = 0.4
"""Share of prose from which a passage is not held to be an apparatus."""

_END = re.compile(r"[.!?…;:。！？][\"»”“’')\[\]\d⁰¹²³⁴⁵⁶⁷⁸⁹ ]*$")
"""The end of a sentence, with quotes, brackets and footnote marks behind it."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How evidence is weighed. Cosines and word scores are on one scale, on which their spread is about 0.08.

    The defaults were chosen on development questions; see `eval/README.md`.
    """

    is_centred: bool = True
    """Whether what a language's texts have in common is taken away before anything is compared."""

    sentence: float = 0.6
    """Share of the best sentence in a passage's cosine."""

    words: float = 0.82
    """Share of the question's words, each looked for by itself, in a passage's meaning score."""

    lexical: float = 0.09
    """What the best match by BM25 in a language adds when its passages are put in order; the others add less."""

    bridge: float = 0.1
    """What the best match of names and numbers adds to a passage in another language than the question's."""

    apparatus: float = 0.15
    """What a passage of nothing but references, menus and the like loses."""

    words_of_sentence: float = 0.6
    """Share of the question's words in the score of a sentence."""

    carried: float = 0.6
    """Share of those that may stand in the sentence before it instead."""


SHIPPED = Weights()


@dataclass(frozen=True, slots=True)
class Candidates:
    """What is known of n passages, row by row; every field has shape (n,).

    `raw` and `cosines` are the passages' cosines before and after their language is taken out; `sentences` holds each
    passage's best sentence cosine, its own cosine where it has none; `lexical` and `bridge` are in 0..1, a share of the
    best match; `prose` is in 0..1, the share of a passage that says something.
    """

    ids: NDArray[np.int64]
    languages: NDArray[np.str_]
    raw: Scores
    cosines: Scores
    sentences: Scores
    lexical: Scores
    bridge: Scores
    prose: Scores

    def of_rows(self, rows: NDArray[np.intp]) -> "Candidates":
        """Return the candidates of these rows."""
        return Candidates(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Grouped:
    """Columns that belong to passages, shape (k, columns): the first `counts[0]` to the first passage, and so on."""

    columns: Scores
    counts: NDArray[np.intp]

    def of(self, row: int) -> Scores:
        """Return the columns of one passage, shape (k, its columns)."""
        start = int(self.counts[:row].sum())
        own: Scores = self.columns[:, start : start + int(self.counts[row])]
        return own

    def of_rows(self, rows: NDArray[np.intp]) -> "Grouped":
        """Return the columns of these passages, in this order."""
        columns = [np.empty((len(self.columns), 0), np.float32), *map(self.of, rows.tolist())]
        return Grouped(np.concatenate(columns, axis=1), self.counts[rows])

    def maxima(self) -> Scores:
        """Return the largest of each passage's columns, shape (k, n); 0 where it has none."""
        has_some = self.counts > 0
        starts = np.cumsum(self.counts) - self.counts
        best = np.zeros((len(self.columns), len(self.counts)), np.float32)
        if has_some.any():
            best[:, has_some] = np.maximum.reduceat(self.columns, starts[has_some], axis=1)
        return best


def likeness(candidates: Candidates, weights: Weights) -> Scores:
    """Return the passages' cosines, shape (n,): their own and their best sentence's, mixed."""
    mixed: Scores = (1 - weights.sentence) * candidates.cosines + weights.sentence * candidates.sentences
    return mixed


def best_per_language(languages: NDArray[np.str_], scores: Scores, count: int) -> NDArray[np.intp]:
    """Return the rows of each language's `count` best scores, ascending."""
    rows = [np.flatnonzero(languages == language) for language in np.unique(languages)]
    best = [own[np.argsort(-scores[own], kind="stable")[:count]] for own in rows]
    return np.sort(np.concatenate(best)) if best else np.empty(0, np.intp)


def word_scores(matches: Grouped) -> Scores:
    """Return, for each passage, the mean over the question's words of the cosine of the passage's most similar one.

    Shape (n,); 0 where one of them has no words. Khattab and Zaharia 2020, "ColBERT".
    """
    best = matches.maxima()
    scores: Scores = best.mean(axis=0) if len(best) else np.zeros(best.shape[1], np.float32)
    return scores


def sentence_scores(
    cosines: Sequence[float], sentences: Sequence[Span], words: Sequence[Span], matches: Scores, weights: Weights
) -> tuple[float, ...]:
    """Return a score a sentence: its cosine, and how well the question's words are found in it.

    A sentence that answers often leaves out what the one before it said, so some of the words may stand there. `words`
    are spans in the text that `sentences` are spans of; `matches` has shape (question's words, passage's words), of
    which the last belong to `words`: those before them stand in the passage's context.
    """
    if not (weights.words_of_sentence and matches.size and sentences) or len(words) > matches.shape[1]:
        return tuple(cosines)
    own = matches[:, matches.shape[1] - len(words) :]
    edges = [edge for sentence in sentences for edge in (sentence.start, sentence.end)]
    bounds = np.searchsorted([word.start for word in words], edges)
    in_and_between = Grouped(own[:, : bounds[-1]], np.diff(bounds, prepend=0))
    found = in_and_between.maxima()[:, 1::2]
    either = np.maximum(found, np.concatenate([found[:, :1], found[:, :-1]], axis=1))
    said = (1 - weights.carried) * found.mean(axis=0) + weights.carried * either.mean(axis=0)
    scores = (1 - weights.words_of_sentence) * np.asarray(cosines) + weights.words_of_sentence * said
    return tuple(scores.tolist())


def without_shift(scores: Scores, languages: NDArray[np.str_]) -> tuple[Scores, Scores]:
    """Return scores on one level for all languages, and what was added to each; both of shape (n,).

    Words of one language match each other better than their translations do, whatever they say: each language's
    candidates are moved so that their mean is that of all, the more the more of them there are.
    """
    if not len(scores):
        return scores, scores
    shift = np.zeros_like(scores)
    for language in np.unique(languages):
        own = languages == language
        trust = own.sum() / (own.sum() + _FEW)
        shift[own] = trust * (scores.mean() - scores[own].mean())
    return scores + shift, shift


def fuse(meaning: Scores, candidates: Candidates, question_languages: Collection[Language], weights: Weights) -> Scores:
    """Return the scores that passages are ranked by, shape (n,), from what they mean and which words they share.

    References, menus and the like step back behind prose, whichever language they are in.

    Words shared inside a language only change the order inside it: its passages' scores are handed out anew, so that
    none moves past another language's. Names and numbers that sound alike in two languages speak for passages in other
    languages than the question's.
    """
    meaning = meaning - weights.apparatus * np.clip(1 - candidates.prose / _MOSTLY, 0, 1)
    scores = meaning.copy()
    for language in np.unique(candidates.languages):
        own = np.flatnonzero(candidates.languages == language)
        wanted = meaning[own] + weights.lexical * candidates.lexical[own]
        scores[own[np.argsort(-wanted, kind="stable")]] = np.sort(meaning[own])[::-1]
    is_other = ~np.isin(candidates.languages, list(question_languages))
    fused: Scores = scores + weights.bridge * candidates.bridge * is_other
    return fused


def share_of_best(ids: NDArray[np.int64], ranking: Ranking) -> Scores:
    """Return each id's score in a ranking as a share of the best one, 0 for what is not in it; shape (n,)."""
    best = float(ranking.scores.max(initial=0.0))
    found = dict(zip(ranking.ids.tolist(), (ranking.scores / (best or 1.0)).tolist(), strict=True))
    return np.array([found.get(identifier, 0.0) for identifier in ids.tolist()], np.float32)


def best_sentence(passage: Passage, cosines: Sequence[float]) -> int | None:
    """Return the index of the sentence that answers best; None for a passage without sentences.

    Titles and fragments stand only where the passage has nothing that says something.
    """
    ordered = sorted(range(len(cosines)), key=lambda index: -cosines[index])
    return next((index for index in ordered if says_something(passage, index)), ordered[0] if ordered else None)


def says_something(passage: Passage, number: int) -> bool:
    """Return whether a sentence has some words and an end, and asks nothing.

    A row of a table or an item of a list needs no end.
    """
    sentence = passage.sentences[number].of(passage.text)
    is_row = " | " in sentence or sentence.startswith("•")
    if is_apparatus(sentence) or _ASKS.search(sentence):
        return False
    return is_row or (len(sentence.split()) >= _SHORTEST_ANSWER and _END.search(sentence) is not None)
