"""Where to look: a filter by language, document, metadata and date."""

import re
from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from qa_service.types import Language

MAX_FILTER_LANGUAGES = 50
MAX_FILTER_DOCUMENTS = 1_000
MAX_FILTER_KEYS = 20
MAX_FILTER_VALUES = 100
"""Most values for one key of the metadata."""

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


@dataclass(frozen=True, slots=True)
class Filter:
    """Where to look; None stands for everything, and what is given must hold all at once.

    A date is `YYYY-MM-DD`, or a month or year written as its beginning; both bounds are inclusive. They are compared
    with the `date` in a document's own metadata as far as both are written: a document of "2020" is in from "2020-06".
    One without a date is left out where a bound is given. Raises ValueError for a bound that is no date, bounds the
    wrong way round, and empty or overlong lists.
    """

    languages: Collection[Language] | None = None
    documents: Collection[str] | None = None
    metadata: Mapping[str, Collection[str]] | None = None
    """From a key to the values it may have; a document without the key is left out."""
    dated_from: str | None = None
    dated_to: str | None = None
    without_passages: Collection[int] = ()
    """Passages that are left out, by id."""

    def __post_init__(self) -> None:
        _require_length("languages", self.languages, MAX_FILTER_LANGUAGES)
        _require_length("documents", self.documents, MAX_FILTER_DOCUMENTS)
        _require_length("metadata", self.metadata, MAX_FILTER_KEYS)
        for key, values in (self.metadata or {}).items():
            _require_length(f"metadata.{key}", values, MAX_FILTER_VALUES)
        for name, date in (("dated_from", self.dated_from), ("dated_to", self.dated_to)):
            if date is not None and not is_date(date):
                message = f"{name} is {date!r}; it must be a date such as 2024-03-31, 2024-03 or 2024"
                raise ValueError(message)
        if not are_in_order(self.dated_from, self.dated_to):
            message = f"dated_from is {self.dated_from}, after dated_to, {self.dated_to}; swap them"
            raise ValueError(message)


def is_date(text: str) -> bool:
    """Return whether `text` is a day, a month or a year of the calendar as ISO 8601 writes them."""
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    year, month, day = (int(part or 1) for part in match.groups())
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def are_in_order(dated_from: str | None, dated_to: str | None) -> bool:
    """Return whether some day lies between two dates; None is no bound."""
    if dated_from is None or dated_to is None:
        return True
    length = min(len(dated_from), len(dated_to))
    return dated_from[:length] <= dated_to[:length]


def _require_length(name: str, values: Collection[str] | None, bound: int) -> None:
    if values is not None and not 1 <= len(values) <= bound:
        message = f"{name} has {len(values):,} values; it must have 1 to {bound:,}, or be left out"
        raise ValueError(message)


EVERYTHING = Filter()
