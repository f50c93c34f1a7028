"""How evidence is put together: values computed by hand, and what holds for all of them."""

from collections import Counter
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.fusion import (
    Candidates,
    Grouped,
    Scores,
    Weights,
    best_per_language,
    best_sentence,
    fuse,
    likeness,
    sentence_scores,
    share_of_best,
    without_shift,
    word_scores,
)
from qa_service.sentences import split_sentences
from qa_service.types import Document, Language, Passage, Span
from qa_service.vectors import EMPTY, Ranking

DOCUMENT = Document("d", "Title", "d.txt", "text/plain", "en", "0" * 64, 1, 1, 1, "then", "then", {})

cosines = st.integers(-8, 8).map(lambda eighths: eighths / 8)
"""Eighths, whose sums and halves are exact."""

shares = st.integers(0, 4).map(lambda quarters: quarters / 4)
languages = st.sampled_from(["be", "en", "ru"])
rows = st.lists(st.tuples(languages, cosines, shares, shares), max_size=30)
"""Of each passage its language, its meaning score, and its shares of the best match by words and by names."""

Row = tuple[Language, float, float, float]


def ranking(scores: dict[int, float]) -> Ranking:
    return Ranking(np.array(list(scores), np.int64), scores_of(list(scores.values())))


def scores_of(values: Sequence[float]) -> Scores:
    return np.array(values, np.float32)


def candidates_of(found: Sequence[Row], sentences: Sequence[float] | None = None) -> tuple[Scores, Candidates]:
    """Return meaning scores, which are the cosines as well, and the candidates they belong to."""
    meaning = scores_of([score for _, score, _, _ in found])
    return meaning, Candidates(
        np.arange(len(found)),
        np.array([language for language, *_ in found], np.str_),
        meaning,
        meaning,
        meaning if sentences is None else scores_of(sentences),
        scores_of([share for *_, share, _ in found]),
        scores_of([share for *_, share in found]),
        np.ones(len(found), np.float32),
    )


def order_of(scores: Scores) -> list[int]:
    order: list[int] = np.argsort(-scores, kind="stable").tolist()
    return order


def passage(text: str) -> Passage:
    return Passage(1, DOCUMENT, Span(0, len(text)), text, split_sentences(text), "en", ())


# --- likeness ---


def test_hand_computed_likeness() -> None:
    """With weight 1/4: .75*.75 + .25*0 = .5625; .75*.5 + .25*1 = .625; its own .625."""
    _, candidates = candidates_of([("en", 0.75, 0, 0), ("ru", 0.5, 1, 1), ("be", 0.625, 0, 1)], [0, 1, 0.625])
    mixed = likeness(candidates, Weights(sentence=0.25))
    assert mixed.tolist() == [0.5625, 0.625, 0.625]
    assert order_of(mixed) == [1, 2, 0], "equals stay in the order they come in"


@given(st.lists(st.tuples(cosines, cosines), max_size=30), st.sampled_from([0, 0.25, 0.5, 1]))
def test_likeness_lies_between_its_parts(values: list[tuple[float, float]], weight: float) -> None:
    _, candidates = candidates_of([("en", own, 0, 0) for own, _ in values], [best for _, best in values])
    mixed = likeness(candidates, Weights(sentence=weight))
    assert mixed.tolist() == [(1 - weight) * own + weight * best for own, best in values]
    assert all(min(pair) <= score <= max(pair) for pair, score in zip(values, mixed.tolist(), strict=True))


@pytest.mark.parametrize(("weight", "order"), [(0, [0, 1, 2]), (1, [1, 2, 0])])
def test_extreme_weights_rank_by_one_side_alone(weight: float, order: list[int]) -> None:
    _, candidates = candidates_of([("en", score, 0, 0) for score in (0.5, 0.375, 0.25)], [0.125, 1, 0.875])
    assert order_of(likeness(candidates, Weights(sentence=weight))) == order


# --- the best of each language ---


@pytest.mark.parametrize(
    ("count", "expected"), [(0, []), (1, [1, 2]), (2, [1, 2, 3, 4]), (3, [0, 1, 2, 3, 4]), (9, [0, 1, 2, 3, 4])]
)
def test_hand_computed_best_per_language(count: int, expected: list[int]) -> None:
    """In English rows 2 and 4 are equal: the first stands before the second, and before row 0."""
    found = np.array(["en", "ru", "en", "ru", "en"])
    best = best_per_language(found, scores_of([0.125, 0.875, 0.25, 0.75, 0.25]), count)
    assert best.tolist() == expected


@given(rows, st.integers(0, 5))
def test_best_per_language_are_as_many_of_each_and_none_better_is_left(found: list[Row], count: int) -> None:
    meaning, candidates = candidates_of(found)
    best = best_per_language(candidates.languages, meaning, count)
    assert sorted(set(best.tolist())) == best.tolist()
    left = np.setdiff1d(np.arange(len(found)), best)
    for language, number in Counter(language for language, *_ in found).items():
        chosen = meaning[best[candidates.languages[best] == language]]
        assert len(chosen) == min(count, number)
        if count:
            assert (meaning[left[candidates.languages[left] == language]] <= chosen.min()).all()


# --- words ---


def test_hand_computed_word_scores() -> None:
    """Of the first passage the first word's best is .5, the second's .75; the next has no words, the last one alone."""
    matches = np.array([[0.5, 0.25, -1, -0.5], [-0.5, 0.75, 0, -0.25]], np.float32)
    found = word_scores(Grouped(matches, np.array([3, 0, 1])))
    assert found.tolist() == [0.625, 0, -0.375]


@pytest.mark.parametrize(("shape", "counts"), [((0, 0), []), ((0, 3), [2, 1]), ((2, 0), [0, 0])])
def test_no_words_match_nothing(shape: tuple[int, int], counts: list[int]) -> None:
    assert word_scores(Grouped(np.zeros(shape, np.float32), np.array(counts, np.intp))).tolist() == [0] * len(counts)


@given(st.lists(st.integers(0, 4), max_size=6), st.integers(0, 3), st.randoms(use_true_random=False))
def test_columns_of_passages_stay_together(counts: list[int], rows: int, random: Random) -> None:
    columns = np.array([[random.random() for _ in range(sum(counts))] for _ in range(rows)], np.float32)
    found = Grouped(columns.reshape(rows, sum(counts)), np.array(counts, np.intp))
    best = found.maxima()
    for number, count in enumerate(counts):
        own = found.of(number)
        assert own.shape == (rows, count)
        np.testing.assert_array_equal(best[:, number], own.max(axis=1) if count else np.zeros(rows))
    chosen = np.array(random.choices(range(len(counts)), k=3) if counts else [], np.intp)
    picked = found.of_rows(chosen)
    for number, row in enumerate(chosen.tolist()):
        np.testing.assert_array_equal(picked.of(number), found.of(row))


BOATS = [Span(0, 10), Span(11, 23), Span(24, 27)]
BOATS_WORDS = [Span(0, 5), Span(6, 9), Span(11, 16), Span(17, 22)]
BOATS_MATCHES = np.array([[1, 0.5, 0.25, 0.75, 0.25], [1, 0, 0.5, 0.75, 0.5]], np.float32)
"""Of `Boats lie. Trees stand. 1!`, with one word of context before its four."""


def test_hand_computed_sentence_scores() -> None:
    """Words: .5 and .5 in the first sentence, .75 and .75 in the second, none in the third; a quarter counts."""
    weights = Weights(words_of_sentence=0.25, carried=0)
    scores = sentence_scores((0.5, 0.25, 1), BOATS, BOATS_WORDS, BOATS_MATCHES, weights)
    assert scores == (0.75 * 0.5 + 0.25 * 0.5, 0.75 * 0.25 + 0.25 * 0.75, 0.75)


def test_half_of_a_sentences_words_may_stand_in_the_one_before_it() -> None:
    weights = Weights(words_of_sentence=0.25, carried=0.5)
    scores = sentence_scores((0.5, 0.25, 1), BOATS, BOATS_WORDS, BOATS_MATCHES, weights)
    assert scores == (0.75 * 0.5 + 0.25 * 0.5, 0.75 * 0.25 + 0.25 * 0.75, 0.75 + 0.25 * 0.5 * 0.75)


@pytest.mark.parametrize(
    ("matches", "weight"),
    [(BOATS_MATCHES, 0), (np.zeros((0, 5), np.float32), 0.5), (BOATS_MATCHES[:, :3], 0.5)],
    ids=["no weight", "no words in the question", "more words than vectors"],
)
def test_sentences_without_word_matches_keep_their_cosines(matches: Scores, weight: float) -> None:
    weights = Weights(words_of_sentence=weight)
    assert sentence_scores((0.5, 0.25, 1), BOATS, BOATS_WORDS, matches, weights) == (0.5, 0.25, 1)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=5), st.integers(1, 3), st.integers(0, 2))
def test_every_word_counts_for_the_sentence_it_stands_in(layout: list[tuple[int, int]], asked: int, above: int) -> None:
    """Sentences of some words, with words between them that belong to none."""
    sentences: list[Span] = []
    words: list[Span] = []
    belongs: list[int] = []
    for number, (inside, between) in enumerate(layout):
        start = 2 * len(words)
        words += [Span(2 * place, 2 * place + 1) for place in range(len(words), len(words) + inside + between)]
        sentences.append(Span(start, start + 2 * inside))
        belongs += [number] * inside + [-1] * between
    matches = np.random.default_rng(len(words)).random((asked, above + len(words)), np.float32)
    scores = sentence_scores([0.0] * len(layout), sentences, words, matches, Weights(words_of_sentence=1, carried=0.5))
    best = np.zeros((asked, len(layout)))
    for number in range(len(layout)):
        own = [above + place for place, sentence in enumerate(belongs) if sentence == number]
        best[:, number] = matches[:, own].max(axis=1) if own else 0
    for number, score in enumerate(scores):
        either = np.maximum(best[:, number], best[:, max(number - 1, 0)])
        assert score == pytest.approx((best[:, number].mean() + either.mean()) / 2, abs=1e-6)


def test_hand_computed_shift() -> None:
    """Ten of each: the mean of all is .375, and each language moves half of the way to it."""
    found = np.array(["en"] * 10 + ["ru"] * 10)
    scores = scores_of([0.25, 0.75] * 5 + [0, 0.5] * 5)
    levelled, shift = without_shift(scores, found)
    assert shift.tolist() == [-0.0625] * 10 + [0.0625] * 10
    assert levelled.tolist() == [0.1875, 0.6875] * 5 + [0.0625, 0.5625] * 5


def test_a_language_with_few_candidates_moves_less() -> None:
    """The mean is 7/12; one candidate moves an eleventh of the way, five move a third."""
    _, shift = without_shift(scores_of([1, 0.5, 0.5, 0.5, 0.5, 0.5]), np.array(["be"] + ["en"] * 5))
    mean = 3.5 / 6
    assert shift.tolist() == pytest.approx([(mean - 1) / 11, *[(mean - 0.5) / 3] * 5], abs=1e-7)


@given(rows)
def test_a_shift_is_one_for_a_language_and_keeps_its_order(found: list[Row]) -> None:
    meaning, candidates = candidates_of(found)
    levelled, shift = without_shift(meaning, candidates.languages)
    np.testing.assert_array_equal(levelled, meaning + shift)
    means = []
    for language in {language for language, *_ in found}:
        own = candidates.languages == language
        assert len(set(shift[own].tolist())) == 1
        assert order_of(meaning[own]) == order_of(levelled[own])
        means.append((abs(meaning[own].mean() - meaning.mean()), abs(levelled[own].mean() - meaning.mean())))
    assert all(after <= before + 1e-6 for before, after in means), "nearer to the mean of all than before"
    if len(means) == 1:
        np.testing.assert_allclose(shift, 0, atol=1e-6)


# --- putting it together ---


def test_hand_computed_fusion() -> None:
    """English hands out .75, .5 and .25 by .5+.5, .75 and .25+.25; Russian's two change places, and names lift one."""
    meaning, candidates = candidates_of(
        [("en", 0.75, 0, 1), ("ru", 0.625, 0.25, 0), ("en", 0.5, 1, 0.5), ("ru", 0.5, 1, 0.5), ("en", 0.25, 0.5, 0)]
    )
    scores = fuse(meaning, candidates, ["en", "be"], Weights(lexical=0.5, bridge=0.25))
    assert scores.tolist() == [0.5, 0.5, 0.75, 0.625 + 0.125, 0.25]


@given(rows, st.sampled_from([0, 0.25, 1, 16]))
def test_words_in_common_never_lift_a_passage_past_another_language(found: list[Row], lexical: float) -> None:
    """Each language keeps its scores, whoever has them, so that the lists of languages stay as they were."""
    meaning, candidates = candidates_of(found)
    scores = fuse(meaning, candidates, ["en"], Weights(lexical=lexical, bridge=0))
    spoken = candidates.languages.tolist()
    assert Counter(zip(spoken, scores.tolist(), strict=True)) == Counter(zip(spoken, meaning.tolist(), strict=True))

    def languages_by_score(values: Scores) -> list[tuple[float, Language]]:
        return sorted(zip((-values).tolist(), spoken, strict=True))

    assert languages_by_score(scores) == languages_by_score(meaning)


@given(rows, st.sampled_from([0, 0.25, 1, 16]))
def test_inside_a_language_meaning_and_words_decide(found: list[Row], lexical: float) -> None:
    meaning, candidates = candidates_of(found)
    scores = fuse(meaning, candidates, ["en"], Weights(lexical=lexical, bridge=0))
    wanted = meaning + lexical * candidates.lexical
    for language in {language for language, *_ in found}:
        own = candidates.languages == language
        by_score, by_wish = scores[own], wanted[own]
        for first in range(len(by_wish)):
            assert (by_score[by_wish > by_wish[first]] >= by_score[first]).all()
        if not lexical:
            assert by_score.tolist() == meaning[own].tolist()


@given(rows, st.sets(languages), st.sampled_from([0, 0.25, 1]))
def test_names_speak_for_other_languages_only(found: list[Row], asked: set[Language], bridge: float) -> None:
    meaning, candidates = candidates_of(found)
    without = fuse(meaning, candidates, asked, Weights(lexical=0.25, bridge=0))
    gained = fuse(meaning, candidates, asked, Weights(lexical=0.25, bridge=bridge)) - without
    assert gained.tolist() == [0 if language in asked else bridge * share for language, *_, share in found]


def test_fusion_leaves_what_it_is_given() -> None:
    meaning, candidates = candidates_of([("en", 0.5, 0, 0), ("en", 0.25, 1, 1)])
    assert fuse(meaning, candidates, [], Weights(lexical=1, bridge=1)).tolist() == [0.25, 1.5]
    assert meaning.tolist() == [0.5, 0.25]


def test_nothing_fuses_to_nothing() -> None:
    meaning, candidates = candidates_of([])
    assert fuse(meaning, candidates, ["en"], Weights()).shape == (0,)
    assert likeness(candidates, Weights()).shape == (0,)
    assert [values.shape for values in without_shift(meaning, candidates.languages)] == [(0,), (0,)]
    assert best_per_language(candidates.languages, meaning, 3).shape == (0,)


def test_hand_computed_share_of_best() -> None:
    ids = np.array([3, 1, 9])
    assert share_of_best(ids, ranking({1: 4, 3: 1, 7: 2})).tolist() == [0.25, 1, 0]
    assert share_of_best(ids, ranking({7: 2, 9: 1})).tolist() == [0, 0, 0.5], "the best need not be a candidate"
    for nothing in (EMPTY, ranking({1: 0})):
        assert share_of_best(ids, nothing).tolist() == [0, 0, 0]
    assert share_of_best(ids[:0], ranking({1: 4})).shape == (0,)


# --- sentences ---


@pytest.mark.parametrize(
    ("text", "scores", "best"),
    [
        ("One two three four. Five six seven eight.", (0.1, 0.2), 1),
        ("One two three four. Five six seven eight.", (0.2, 0.2), 0),
        ("A heading\nFive six seven eight.", (0.9, 0.1), 1),
        ("A heading of some length\n\nFive six seven eight.", (0.9, 0.1), 1),
        ("River | Length\nBuh | 772 km\n\nOne two three four.", (0.1, 0.9, 0.2), 1),
        ("One two three four.¹ [2]\n\nA heading that has no end", (0.1, 0.9), 0),
        ("A heading\nAnother one", (0.1, 0.2), 1),
        ("Only words.", (), None),
    ],
    ids=[
        "the best",
        "the first of equals",
        "a heading is no answer",
        "nor a long one",
        "a row is",
        "footnote marks",
        "unless there is nothing else",
        "no vectors",
    ],
)
def test_best_sentence(text: str, scores: tuple[float, ...], best: int | None) -> None:
    assert best_sentence(passage(text), scores) == best
