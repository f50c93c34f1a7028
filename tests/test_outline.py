"""What is kept beside a text: written and read again, and asked where a stretch stood."""

import json

from hypothesis import given
from hypothesis import strategies as st

from qa_service.outline import Heading, Mark, Outline, Page, Place
from qa_service.parsers.draft import RawPlace
from qa_service.parsers.tracing import MOST_PLACES, trace
from qa_service.text import canonicalise
from qa_service.types import Flaw, Source

NUMBERS = st.none() | st.integers(0, 10**6)
PLACES = st.lists(
    st.builds(
        Place,
        start=st.integers(0, 10**6),
        part=st.none() | st.text(max_size=5),
        page=NUMBERS,
        top=st.none() | st.floats(0, 1000, allow_nan=False),
        line=NUMBERS,
        offset=NUMBERS,
    ),
    max_size=6,
).map(tuple)


@given(PLACES)
def test_an_outline_is_read_as_it_was_written(places: tuple[Place, ...]) -> None:
    outline = Outline(
        (Heading(0, 1, "Млын"),), (Page(3, 2),), places, (Mark(1, 2, "references"),), (Flaw("mojibake", 2, 0, 1),)
    )
    assert Outline.from_json(outline.to_json()) == outline


def test_an_empty_outline_is_short() -> None:
    assert Outline().to_json() == "{}"
    assert Outline.from_json('{"headings": [[0, 1, "A"]]}') == Outline((Heading(0, 1, "A"),))


def test_sources_by_hand() -> None:
    outline = Outline(
        pages=(Page(0, 1), Page(15, 2)),
        places=(Place(2, line=1, offset=5), Place(10, line=2, offset=20), Place(20, part="a.xhtml", page=9)),
    )
    assert list(outline.sources(0, 2)) == [Place(0, page=1)]
    assert list(outline.sources(4, 21)) == [
        Place(4, page=1, line=1, offset=7),
        Place(10, page=1, line=2, offset=20),
        Place(15, page=2, line=2, offset=25),
        Place(20, part="a.xhtml", page=9),
    ]
    assert outline.source_of(12) == Source(1, 2, None, 22)
    assert Outline().source_of(0) is None
    assert list(Outline().sources(0, 5)) == []


def test_clean_up_moves_places_along() -> None:
    raw = "\ufeffпа\xadра\r\n\r\n\r\nвада"
    canonical = canonicalise(raw)
    assert canonical.text == "пара\n\nвада"
    places = trace([RawPlace(1, line=1, offset=1), RawPlace(12, line=4, offset=12)], canonical)
    assert places == (
        Place(0, line=1, offset=1),
        Place(2, line=1, offset=4),
        Place(5, line=1, offset=8),
        Place(6, line=4, offset=12),
    )
    assert trace([RawPlace(12, page=3, top=7.5)], canonical) == (Place(6, page=3, top=7.5),)


def test_places_of_a_long_text_are_bounded() -> None:
    canonical = canonicalise("a\r\n" * 250_000)
    places = trace([RawPlace(number * 3, line=number + 1, offset=number * 3) for number in range(250_000)], canonical)
    assert MOST_PLACES // 2 < len(places) <= MOST_PLACES
    assert len(json.dumps(Outline(places=places).to_json())) < 4_000_000
    assert all(place.offset == (place.line or 0) * 3 - 3 for place in places if place.start % 2 == 0)
