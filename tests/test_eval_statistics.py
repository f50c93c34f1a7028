import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.statistics import area_under, auroc, bootstrap_interval, paired_permutation, risk_coverage

shares = st.floats(0, 1)
scores = st.lists(shares, min_size=1, max_size=30)


@given(scores)
def test_an_interval_lies_within_the_values_and_is_the_same_every_time(values: list[float]) -> None:
    interval = bootstrap_interval(values)
    assert interval is not None
    low, high = interval
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert bootstrap_interval(values) == interval


def test_an_interval_is_as_wide_as_the_central_limit_says() -> None:
    interval = bootstrap_interval([0.0, 1.0] * 200)
    assert interval is not None
    low, high = interval
    half_width = 1.96 * 0.5 / math.sqrt(400)
    assert low == pytest.approx(0.5 - half_width, abs=0.01)
    assert high == pytest.approx(0.5 + half_width, abs=0.01)


def test_nothing_has_no_interval() -> None:
    assert bootstrap_interval([]) is None


@pytest.mark.parametrize("differences", [(1, 1, 1, 1), (1, 1, 1, -1), (0.5, 0.25, 0, 1, 0.75), (0, 0, 0)])
def test_a_p_value_is_the_share_of_sign_changes_as_extreme(differences: tuple[float, ...]) -> None:
    observed = abs(sum(differences))
    flipped = [
        sum(map(math.prod, zip(differences, signs, strict=True))) for signs in product((1, -1), repeat=len(differences))
    ]
    expected = sum(abs(total) >= observed for total in flipped) / len(flipped)
    assert paired_permutation(differences, [0.0] * len(differences)) == pytest.approx(expected, abs=0.02)


@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=8))
def test_a_p_value_does_not_hang_on_the_order_of_systems(pairs: list[tuple[float, float]]) -> None:
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    p = paired_permutation(first, second)
    assert 0 < p <= 1
    assert paired_permutation(second, first) == p


def test_pairs_are_needed() -> None:
    with pytest.raises(ValueError, match="2 scores against 1"):
        paired_permutation([1, 0], [1])


@pytest.mark.parametrize(
    ("answerable", "unanswerable", "expected"),
    [
        ([0.9, 0.8], [0.1, 0.2], 1.0),
        ([0.1], [0.9], 0.0),
        ([0.5], [0.5], 0.5),
        ([0.9, 0.3], [0.5, 0.3], (2 + 0.5) / 4),
        ([0.5], [float("-inf")], 1.0),
        ([], [0.5], None),
        ([0.5], [], None),
    ],
)
def test_auroc(answerable: list[float], unanswerable: list[float], expected: float | None) -> None:
    assert auroc(answerable, unanswerable) == expected


@given(scores, scores)
def test_auroc_of_the_two_exchanged_is_its_complement(one: list[float], other: list[float]) -> None:
    first, second = auroc(one, other), auroc(other, one)
    assert first is not None
    assert second is not None
    assert first + second == pytest.approx(1)


def test_risk_is_read_off_from_the_surest_down() -> None:
    curve = risk_coverage([0.2, 0.9, 0.5, 0.5], [False, True, False, True])
    assert [coverage for coverage, _ in curve] == [0.25, 0.75, 1.0]
    assert [risk for _, risk in curve] == pytest.approx([0, 1 / 3, 0.5])
    assert area_under(curve) == pytest.approx(0.25 * 0 + 0.5 / 3 + 0.25 * 0.5)


def test_no_questions_make_no_curve() -> None:
    assert risk_coverage([], []) == []
    assert area_under([]) is None


@given(st.lists(st.tuples(shares, st.booleans()), min_size=1, max_size=30))
def test_at_full_coverage_risk_is_the_share_of_wrong_answers(items: list[tuple[float, bool]]) -> None:
    confidence, is_right = [score for score, _ in items], [right for _, right in items]
    curve = risk_coverage(confidence, is_right)
    assert curve[-1][0] == 1
    assert curve[-1][1] == pytest.approx(is_right.count(False) / len(items))
    assert [coverage for coverage, _ in curve] == sorted({coverage for coverage, _ in curve})
