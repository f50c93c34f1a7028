"""Places in the original, led through the clean-up of a draft to the canonical text."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from qa_service.outline import Place
from qa_service.parsers.draft import RawPlace
from qa_service.text import CanonicalText

MOST_PLACES = 200_000
"""Places kept of one text, about ten bytes each. Of a text that has more, every second one is, or every third."""


def trace(places: Sequence[RawPlace], canonical: CanonicalText) -> tuple[Place, ...]:
    """Return the places of a draft, which are by start, where the canonical text has them.

    Where they tell offsets in the original, there is a place more wherever clean-up put something in or took it out.
    """
    found = list(_changes(places, canonical))
    return tuple(found[:: -(-len(found) // MOST_PLACES) or 1])


def _changes(places: Sequence[RawPlace], canonical: CanonicalText) -> Iterator[Place]:
    raw_starts = [place.start for place in places]
    starts = {canonical.to_canonical(start) for start in raw_starts}
    if any(place.offset is not None for place in places):
        starts |= canonical.starts()
    last: tuple[object, ...] | None = None
    for start in sorted(starts):
        source = canonical.to_source(start)
        number = bisect_right(raw_starts, source) - 1
        if number < 0 or start >= len(canonical.text):
            continue
        raw = places[number]
        offset = None if raw.offset is None else raw.offset + source - raw.start
        shift = None if offset is None else offset - start
        known = (raw.part, raw.page, raw.top, raw.line, shift)
        if known != last:
            yield Place(start, raw.part, raw.page, raw.top, raw.line, offset)
        last = known
