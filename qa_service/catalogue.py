"""The list of documents as people look through it: by name, language and order, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from qa_service import writes
from qa_service.database import Database
from qa_service.names import folded
from qa_service.records import DOCUMENT_COLUMNS, document_from_row
from qa_service.types import Document, Language

Order: TypeAlias = Literal["oldest", "newest", "title", "size"]

_ORDERS: Mapping[Order, str] = {
    "oldest": "d.created_at, d.id",
    "newest": "d.created_at DESC, d.id DESC",
    "title": "n.title, d.id",
    "size": "d.size DESC, d.id",
}
_NAMED = "documents d JOIN document_names n ON n.document_id = d.id"


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the documents that were looked for, and how many there are on all pages."""

    documents: tuple[Document, ...]
    total: int


class Catalogue:
    """Finds documents by what they are called and by what is in them, to the byte."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, limit: int, offset: int = 0, *, words: str = "", language: Language | None = None, order: Order = "oldest"
    ) -> Listing:
        """Return documents whose title or name holds every one of `words`, whatever their case and apostrophes."""
        conditions, values = ["TRUE"], []
        for word in folded(words).split():
            conditions.append("instr(n.words, ?) > 0")
            values.append(word)
        if language is not None:
            conditions.append("d.language = ?")
            values.append(language)
        where = " AND ".join(conditions)
        # the page is picked first: to count passages is work for its rows alone
        picked = f"SELECT d.id FROM {_NAMED} WHERE {where} ORDER BY {_ORDERS[order]} LIMIT ? OFFSET ?"
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM {_NAMED} WHERE d.id IN ({picked}) ORDER BY {_ORDERS[order]}",
                (*values, limit, offset),
            )
            documents = tuple(document_from_row(row) for row in rows)
            counted: Any = writes.one(connection, f"SELECT count(*) FROM {_NAMED} WHERE {where}", *values)
        return Listing(documents, int(counted))

    def holding(self, sha256: str) -> Document | None:
        """Return the document whose original has this digest, one that was uploaded before any other."""
        with self._database.reading() as connection:
            row = connection.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM documents d WHERE d.sha256 = ? "
                "ORDER BY d.origin = 'upload:' || d.sha256 DESC, d.created_at, d.id LIMIT 1",
                (sha256,),
            ).fetchone()
        return document_from_row(row) if row else None
