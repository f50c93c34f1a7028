"""Filters: what they refuse, and that they let through exactly what a plain reading of the documents does."""

from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.filters import EVERYTHING, Filter, is_date
from qa_service.store import Store
from tests.parts import RecordingEncoder, chunks_of, new_document, opened, vectors_of

ENCODER = RecordingEncoder()
LANGUAGES = ("be", "en", "ru")
KEYS = ("kind", "тэма", 'a"b', "$.kind", "")
VALUES = ("news", "навіны", "", "null", "1", "' OR 1=1 --", "🙂")
DAYS = ("2023-12-31", "2024-01-01", "2024-02-29", "2024-02-01", "2024-12-31", "2025-06-15")
DATES = (*DAYS, "2023", "2024", "2025", "2024-02", "2024-06", "2025-01")
NO_DATES = ("", "yesterday", "31.12.2024", "2024-2-1", "2024-13", "2023-02-29", "2024-02-", "24", "20240229", "now")


@dataclass(frozen=True)
class Written:
    """A stored document of one passage."""

    id: str
    passage: int
    language: str
    metadata: Mapping[str, str]


def write(store: Store, name: str, language: str, metadata: Mapping[str, str]) -> Written:
    text = f"Document {name}."
    chunks = chunks_of(text, language=language)
    document = replace(new_document(name, text), metadata=metadata)
    written = store.write_document(document, chunks, vectors_of(chunks, ENCODER), ENCODER)
    return Written(written.document_id, max(store.passage_ids()), language, metadata)


def days_of(date: str) -> tuple[str, str]:
    """Return the first and last day of a day, month or year."""
    year, month, day = [*date.split("-"), "", ""][:3]
    last = month or "12"
    last_day = day or f"{monthrange(int(year), int(last))[1]:02}"
    return f"{year}-{month or '01'}-{day or '01'}", f"{year}-{last}-{last_day}"


def overlaps(date: str | None, dated_from: str | None, dated_to: str | None) -> bool:
    if dated_from is None and dated_to is None:
        return True
    if date is None or date[:10] not in DATES:
        return False
    first, last = days_of(date[:10])
    return (dated_from is None or days_of(dated_from)[0] <= last) and (
        dated_to is None or first <= days_of(dated_to)[1]
    )


def lets_through(filter: Filter, document: Written) -> bool:
    wanted = filter.metadata or {}
    return (
        (filter.languages is None or document.language in filter.languages)
        and (filter.documents is None or document.id in filter.documents)
        and all(document.metadata.get(key) in values for key, values in wanted.items())
        and overlaps(document.metadata.get("date"), filter.dated_from, filter.dated_to)
    )


@pytest.fixture(scope="module")
def library() -> Iterator[tuple[Store, list[Written]]]:
    """A store with documents of every date, right and wrong, and every key and value. Only read from it."""
    store = Store(Path(":memory:"))
    times = [f"{DAYS[2]}T10:00:00Z", f"{DAYS[3]} 10:00"]
    metadata: list[dict[str, str]] = [{"date": date} for date in (*DATES, *times, *NO_DATES)]
    metadata += [{key: value} for key in KEYS for value in VALUES]
    metadata += [{"kind": "news", "тэма": "навіны", "date": date} for date in DATES]
    documents = [
        write(store, str(number), LANGUAGES[number % len(LANGUAGES)], found) for number, found in enumerate(metadata)
    ]
    yield store, documents
    store.close()


def some(values: Sequence[str]) -> st.SearchStrategy[Collection[str] | None]:
    return st.none() | st.lists(st.sampled_from(values), min_size=1, max_size=4)


@given(data=st.data())
def test_filter_lets_through_what_a_plain_reading_does(
    library: tuple[Store, list[Written]], data: st.DataObject
) -> None:
    store, documents = library
    ids = [document.id for document in documents]
    keys = st.sampled_from((*KEYS, "unknown", "date"))
    bound = st.none() | st.sampled_from(DATES)
    chosen = st.lists(st.sampled_from((*VALUES, "2024")), min_size=1, max_size=4)
    first, last = data.draw(bound), data.draw(bound)
    if first and last and days_of(first)[0] > days_of(last)[1]:
        first, last = last, first
    filter = Filter(
        data.draw(some((*LANGUAGES, "xx"))),
        data.draw(st.none() | st.lists(st.sampled_from((*ids, "unknown")), min_size=1, max_size=40)),
        data.draw(st.none() | st.dictionaries(keys, chosen, min_size=1, max_size=2)),
        first,
        last,
    )
    expected = [document.passage for document in documents if lets_through(filter, document)]
    assert store.passage_ids(filter) == expected


def test_dates_are_compared_as_far_as_both_are_written(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite3")
    dates = ("2020", "2020-05", "2020-06-01", "2021-01-01T00:00:00", "2019-12-31", "May 2020")
    for date in dates:
        write(store, date, "en", {"date": date})
    write(store, "undated", "en", {})

    def found(dated_from: str | None, dated_to: str | None) -> list[str]:
        return [dates[number - 1] for number in store.passage_ids(Filter(dated_from=dated_from, dated_to=dated_to))]

    assert found("2020-06", None) == ["2020", "2020-06-01", "2021-01-01T00:00:00"]
    assert found("2020-06-02", "2020") == ["2020"]
    assert found(None, "2020-05-31") == ["2020", "2020-05", "2019-12-31"]
    assert found("2021-01-01", "2021-01-01") == ["2021-01-01T00:00:00"]
    assert len(store.passage_ids(EVERYTHING)) == 7
    store.close()


def test_filter_works_inside_the_search_and_not_on_what_it_found(tmp_path: Path) -> None:
    """Far more passages are nearer to the question than the one let through."""
    with opened(tmp_path / "data") as parts:
        for number in range(160):
            parts.take_in(f"harbour {number}", f"The harbour freezes in winter number {number}.")
        other = parts.take_in("trees", "Nothing of that is said here.")
        found = parts.retriever.search("the harbour in winter", 5, Filter(documents=[other]))
        assert [hit.passage.document.id for hit in found.hits] == [other]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"languages": []}, "languages has 0 values; it must have 1 to 50, or be left out"),
        ({"languages": ["en"] * 51}, "languages has 51 values"),
        ({"documents": ()}, "documents has 0 values; it must have 1 to 1,000"),
        ({"documents": ["a"] * 1_001}, "documents has 1,001 values"),
        ({"metadata": {}}, "metadata has 0 values; it must have 1 to 20"),
        ({"metadata": {str(key): ["x"] for key in range(21)}}, "metadata has 21 values"),
        ({"metadata": {"kind": []}}, "metadata.kind has 0 values; it must have 1 to 100"),
        ({"metadata": {"kind": ["x"] * 101}}, "metadata.kind has 101 values"),
        ({"dated_from": "2024-02-30"}, "dated_from is '2024-02-30'; it must be a date such as 2024-03-31"),
        ({"dated_to": ""}, "dated_to is ''; it must be a date"),
        (
            {"dated_from": "2024-03", "dated_to": "2024-02-29"},
            "dated_from is 2024-03, after dated_to, 2024-02-29; swap",
        ),
    ],
)
def test_filter_that_cannot_be_meant_is_refused(fields: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        Filter(**fields)


def test_bounds_within_one_another_are_in_order() -> None:
    assert Filter(dated_from="2024-03", dated_to="2024").dated_to == "2024"
    assert Filter(dated_from="2024", dated_to="2024-03") != EVERYTHING == Filter()


@pytest.mark.parametrize(
    "date", [*NO_DATES, "0000", "2024-00", "2024-01-00", "2024-04-31", "1900-02-29", "٢٠٢٤", "2024\n"]
)
def test_what_is_no_date(date: str) -> None:
    assert not is_date(date)


@pytest.mark.parametrize("date", [*DATES, "0001", "2000-02-29", "9999-12-31"])
def test_what_is_a_date(date: str) -> None:
    assert is_date(date)
