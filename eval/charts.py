"""Shapes of the report's charts: colours and SVG coordinates. The templates draw them."""

from collections.abc import Sequence
from dataclasses import dataclass

SERIES = ("#1f5f8b", "#d9822b", "#6b8e23", "#8e5ea2", "#a33c3c", "#5b6770")
"""Colours that stay apart for those who see few of them, and in print."""

_PALE, _DEEP = (238, 244, 247), (18, 78, 110)
_LIGHT_TEXT_FROM = 0.68


@dataclass(frozen=True, slots=True)
class Shade:
    """Background and text colour of a heat map's cell."""

    background: str
    text: str


def shade(value: float) -> Shade:
    """Return the colours of a value in 0..1, the deeper the higher."""
    share = min(max(value, 0.0), 1.0)
    mixed = (round(pale + (deep - pale) * share) for pale, deep in zip(_PALE, _DEEP, strict=True))
    return Shade("#" + "".join(f"{part:02x}" for part in mixed), "#fff" if share >= _LIGHT_TEXT_FROM else "#16202a")


def interval_place(value: float, reach: float) -> float:
    """Return where a value in -reach..reach stands on an axis of 200, with 10 left at either end."""
    return round(100 + 90 * value / (reach or 1), 1)


def colour(number: int) -> str:
    """Return the colour of the n-th series."""
    return SERIES[number % len(SERIES)]


@dataclass(frozen=True, slots=True)
class Frame:
    """A plot's place in an SVG picture: its left and top edge, width and height, for values in 0..1."""

    left: float = 46
    top: float = 10
    width: float = 420
    height: float = 230

    def x(self, share: float) -> float:
        """Return where a share of the width stands."""
        return round(self.left + share * self.width, 1)

    def y(self, share: float) -> float:
        """Return where a share of the height stands, 0 at the bottom."""
        return round(self.top + (1 - share) * self.height, 1)

    def line(self, points: Sequence[tuple[float, float]]) -> str:
        """Return the points of a polyline."""
        return " ".join(f"{self.x(across)},{self.y(up)}" for across, up in points)
