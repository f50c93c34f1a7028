"""Keys that a site puts into its pages, so that their visitors may ask: each for certain origins, at a certain rate.

They are published, in the source of every page that uses one, and so they are kept as they are: what they let a page do
is bound to its origin, which browsers state and pages cannot change, and it is no more than asking.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from qa_service.database import Database
from qa_service.errors import InvalidRequestError, SiteKeyNotFoundError
from qa_service.sites.origins import is_match, parse_origin
from qa_service.sites.rates import Rate
from qa_service.text import canonicalise

PREFIX = "pk_"
USUAL_RATE = Rate(30, "minute")
_BYTES = 18
_LONGEST_NAME = 200
_COLUMNS = "key, name, origins, rate, created_at, revoked_at"


@dataclass(frozen=True, slots=True)
class SiteKey:
    """A key, what it is for, and how often each visitor may ask with it. Times are UTC in ISO 8601."""

    key: str
    name: str
    origins: tuple[str, ...]
    rate: Rate
    created_at: str
    revoked_at: str | None

    def lists(self, origin: str) -> bool:
        """Whether pages of this origin may use it."""
        return any(is_match(pattern, origin) for pattern in self.origins)


class SiteKeys:
    """The keys of a data folder; a change counts at once in every process that uses it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, origins: Sequence[str], rate: Rate = USUAL_RATE) -> SiteKey:
        """Make a key. Raises InvalidRequestError for a name that is blank or too long, and what is no origin."""
        shown = " ".join(canonicalise(name).text.split())
        if not 1 <= len(shown) <= _LONGEST_NAME:
            message = f"the name has {len(shown)} characters; give 1 to {_LONGEST_NAME}, such as the site's name"
            raise InvalidRequestError(message)
        if not origins:
            message = "the key is for no origin; give at least one, such as https://example.org"
            raise InvalidRequestError(message)
        parsed = tuple(dict.fromkeys(parse_origin(origin) for origin in origins))
        key = SiteKey(PREFIX + secrets.token_urlsafe(_BYTES), shown, parsed, rate, _now(), None)
        with self._database.writing() as connection:
            connection.execute(
                f"INSERT INTO site_keys ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, NULL)",
                (key.key, key.name, json.dumps(parsed), str(rate), key.created_at),
            )
        return key

    def all(self) -> list[SiteKey]:
        """Return every key, oldest first, those that were revoked among them."""
        with self._database.reading() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM site_keys ORDER BY created_at, key")
            return [_from_row(row) for row in rows]

    def find(self, key: str) -> SiteKey | None:
        """Return a key, live or revoked; None for one that never was."""
        with self._database.reading() as connection:
            row = connection.execute(f"SELECT {_COLUMNS} FROM site_keys WHERE key = ?", (key,)).fetchone()
        return _from_row(row) if row else None

    def revoke(self, key: str) -> SiteKey:
        """Take a key back, for good; one that is revoked keeps its time. Raises SiteKeyNotFoundError."""
        with self._database.writing() as connection:
            connection.execute("UPDATE site_keys SET revoked_at = coalesce(revoked_at, ?) WHERE key = ?", (_now(), key))
        found = self.find(key)
        if found is None:
            raise SiteKeyNotFoundError(key)
        return found

    def is_listed(self, origin: str) -> bool:
        """Whether pages of this origin may use any key that is live."""
        return any(key.revoked_at is None and key.lists(origin) for key in self.all())


def _from_row(row: tuple[Any, ...]) -> SiteKey:
    key, name, origins, rate, created_at, revoked_at = row
    return SiteKey(key, name, tuple(json.loads(origins)), Rate.parse(rate), created_at, revoked_at)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
