"""How sure a figure is, and how well confidence tells right from wrong. Pure functions; random ones are seeded."""

from collections.abc import Sequence

import numpy as np

_SEED = 20_260
_RESAMPLES = 1_000
_PERMUTATIONS = 10_000
_AT_ONCE = 1_000
_SMALLEST_DIFFERENCE = 1e-12
"""Sums of the same numbers in another order differ by less."""


def bootstrap_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of the mean over resampled questions; None for no values."""
    if not values:
        return None
    sample = np.asarray(values, np.float64)
    rows = np.random.default_rng(_SEED).integers(0, len(sample), (_RESAMPLES, len(sample)))
    low, high = np.percentile(sample[rows].mean(axis=1), (2.5, 97.5))
    return float(low), float(high)


def paired_permutation(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the two-sided p-value of the mean difference, under random exchange of the two scores of each question.

    Raises ValueError where the two are not of one length.
    """
    if len(first) != len(second):
        message = f"{len(first)} scores against {len(second)}; the test needs pairs"
        raise ValueError(message)
    differences = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    observed = abs(differences.sum()) - _SMALLEST_DIFFERENCE
    generator = np.random.default_rng(_SEED)
    extreme = 0
    for _ in range(_PERMUTATIONS // _AT_ONCE):
        signs = generator.integers(0, 2, (_AT_ONCE, len(differences)), dtype=np.int8) * 2 - 1
        extreme += int((np.abs(signs @ differences) >= observed).sum())
    return (extreme + 1) / (_PERMUTATIONS + 1)


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float | None:
    """Return how often an answerable question has more confidence than an unanswerable one; a tie counts half.

    None where there are none of either kind.
    """
    if not answerable or not unanswerable:
        return None
    negatives = np.sort(np.asarray(unanswerable, np.float64))
    below = np.searchsorted(negatives, answerable, side="left")
    not_above = np.searchsorted(negatives, answerable, side="right")
    return float((below + not_above).mean() / 2 / len(negatives))


def risk_coverage(confidence: Sequence[float], is_right: Sequence[bool]) -> list[tuple[float, float]]:
    """Return (share answered, share wrong of those) for every threshold of confidence, the highest first.

    Questions of equal confidence are answered together.
    """
    scores, wrong = np.asarray(confidence, np.float64), ~np.asarray(is_right, np.bool_)
    order = np.argsort(-scores, kind="stable")
    ends = [
        place
        for place in range(1, len(order) + 1)
        if place == len(order) or scores[order[place]] < scores[order[place - 1]]
    ]
    errors = np.cumsum(wrong[order])
    return [(place / len(order), float(errors[place - 1] / place)) for place in ends]


def area_under(curve: Sequence[tuple[float, float]]) -> float | None:
    """Return the mean risk over coverage, each point standing for the stretch before it; None for no points."""
    starts = [0.0, *(coverage for coverage, _ in curve[:-1])]
    return sum(risk * (end - start) for start, (end, risk) in zip(starts, curve, strict=True)) if curve else None
