"""What people say of answers: kept with the places that the answer cited, in the documents' words, not the sender's."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from qa_service.errors import DocumentNotFoundError, PassageNotFoundError
from qa_service.store import Store
from qa_service.text import canonicalise
from qa_service.types import Language

Verdict: TypeAlias = Literal["up", "down"]
Complaint: TypeAlias = Literal["wrong", "incomplete", "not_found", "irrelevant", "other"]

MAX_ROWS = 100_000
"""Of more, those that were not touched for longest go."""

_COLUMNS = (
    "answer_id, verdict, reason, comment, question, language, answered, citations, site, generation, "
    "created_at, updated_at"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a document that an answer cited, as the sender names it."""

    document_id: str
    passage_id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cited:
    """A stretch of a document and its words; None where the document no longer has that passage."""

    document_id: str
    start: int
    end: int
    quote: str | None


@dataclass(frozen=True, slots=True)
class NewFeedback:
    """What someone says of the answer with this id. `site` is the site key's name, None on the service's own pages."""

    answer_id: str
    verdict: Verdict
    reason: Complaint | None
    comment: str | None
    question: str
    language: Language
    answered: bool
    places: tuple[Place, ...]
    site: str | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is kept of it. `generation` is that of the documents when it came; times are UTC in ISO 8601."""

    answer_id: str
    verdict: Verdict
    reason: Complaint | None
    comment: str | None
    question: str
    language: Language
    answered: bool
    citations: tuple[Cited, ...]
    site: str | None
    generation: int
    created_at: str
    updated_at: str


class FeedbackLog:
    """The feedback of a data folder. No address of anybody is kept."""

    def __init__(self, store: Store, max_rows: int = MAX_ROWS) -> None:
        self._store = store
        self._max_rows = max_rows

    def keep(self, new: NewFeedback) -> bool:
        """Keep feedback in place of what was said of the same answer; return whether something was."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._store.database.writing() as connection:
            citations = [asdict(self._cited(place)) for place in new.places]
            found = connection.execute("SELECT 1 FROM feedback WHERE answer_id = ?", (new.answer_id,)).fetchone()
            connection.execute(
                f"INSERT INTO feedback ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (answer_id) DO UPDATE SET verdict = excluded.verdict, reason = excluded.reason, "
                "comment = excluded.comment, question = excluded.question, language = excluded.language, "
                "answered = excluded.answered, citations = excluded.citations, site = excluded.site, "
                "generation = excluded.generation, updated_at = excluded.updated_at",
                (
                    new.answer_id,
                    new.verdict,
                    new.reason,
                    canonicalise(new.comment or "").text.strip() or None,
                    " ".join(canonicalise(new.question).text.split()),
                    new.language,
                    new.answered,
                    json.dumps(citations, ensure_ascii=False),
                    new.site,
                    self._store.generation(),
                    now,
                    now,
                ),
            )
            connection.execute(
                "DELETE FROM feedback WHERE answer_id IN "
                "(SELECT answer_id FROM feedback ORDER BY updated_at DESC, rowid DESC LIMIT -1 OFFSET ?)",
                (self._max_rows,),
            )
        return found is not None

    def latest(self, limit: int = -1) -> Sequence[Feedback]:
        """Return feedback, the latest first; all of it by default."""
        with self._store.database.reading() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM feedback ORDER BY updated_at DESC, rowid DESC LIMIT ?", (limit,)
            )
            return [_from_row(row) for row in rows]

    def count(self) -> int:
        """Return how many answers something was said of."""
        with self._store.database.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM feedback").get)

    def _cited(self, place: Place) -> Cited:
        """Return a place with its words. They are the passage's, so that nobody can have a whole book stored."""
        quote = None
        try:
            passage = self._store.passage_of(place.document_id, place.passage_id)
        except (DocumentNotFoundError, PassageNotFoundError):
            pass  # it was replaced since: the verdict is worth keeping all the same
        else:
            if passage.span.start <= place.start < place.end <= passage.span.end:
                quote = passage.text[place.start - passage.span.start : place.end - passage.span.start]
        return Cited(place.document_id, place.start, place.end, quote)


def _from_row(row: tuple[Any, ...]) -> Feedback:
    fields = dict(zip(_COLUMNS.split(", "), row, strict=True))
    citations = tuple(Cited(**each) for each in json.loads(fields["citations"]))
    return Feedback(**fields | {"answered": bool(fields["answered"]), "citations": citations})
