import math

import pytest

from eval.baselines import Bm25, reciprocal_rank_fusion, terms


def test_words_are_lower_cased_and_cut() -> None:
    assert terms("Трактары, трактароў: 350 MTZ-82!") == ["тракт", "тракт", "350", "mtz", "82"]


def test_bm25_scores_as_the_formula_says() -> None:
    bm25 = Bm25(["red fox red", "blue fox", "green bird sings loudly"])
    mean_length = (3 + 2 + 4) / 3
    idf_red, idf_fox = math.log(1 + 2.5 / 1.5), math.log(1 + 1.5 / 2.5)

    def weight(idf: float, frequency: int, length: int) -> float:
        return idf * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * length / mean_length))

    expected = [weight(idf_red, 2, 3) + weight(idf_fox, 1, 3), weight(idf_fox, 1, 2), 0]
    assert bm25.scores("Red FOX?") == pytest.approx(expected)
    assert [row for row, _ in bm25.best("Red FOX?", 10)] == [0, 1], "what shares no word is not found"
    assert [row for row, _ in bm25.best("Red FOX?", 1)] == [0]


def test_bm25_of_nothing_finds_nothing() -> None:
    assert Bm25([]).best("anything", 10) == []
    assert Bm25(["...", "!"]).best("anything", 10) == []


def test_fusion_adds_reciprocal_ranks() -> None:
    fused = reciprocal_rank_fusion([7, 8, 9], [9, 7])
    assert [identifier for identifier, _ in fused] == [7, 9, 8]
    assert [score for _, score in fused] == pytest.approx([1 / 61 + 1 / 62, 1 / 63 + 1 / 61, 1 / 62])
