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
    "oldest": "d.created_at, id",
    "newest": "d.created_at DESC, id DESC",
    "title": "n.title, id",
    "size": "d.size DESC, id",
}


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
        parts = folded(words).split()
        conditions = ["TRUE", *(["instr(n.words, ?) > 0"] * len(parts))]
        values: list[str] = list(parts)
        if language is not None:
            conditions.append("d.language = ?")
            values.append(language)
        where = " AND ".join(conditions)
        # only what is asked of is looked at, and the page is picked first: to count passages is work for its rows alone
        counted_in = _source(by_name=bool(parts), by_document=language is not None or not parts)
        picked_from = _source(
            by_name=bool(parts) or order == "title", by_document=language is not None or order != "title"
        )
        picked = f"SELECT id FROM {picked_from} WHERE {where} ORDER BY {_ORDERS[order]} LIMIT ? OFFSET ?"
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM {_source()} WHERE d.id IN ({picked}) ORDER BY {_ORDERS[order]}",
                (*values, limit, offset),
            )
            documents = tuple(document_from_row(row) for row in rows)
            counted: Any = writes.one(connection, f"SELECT count(*) FROM {counted_in} WHERE {where}", *values)
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


def _source(*, by_name: bool = True, by_document: bool = True) -> str:
    """Return what to select from, with the column `id`: documents as d, names as n, or both, names first to narrow."""
    if not by_name:
        return "documents d"
    return "document_names n" + (" CROSS JOIN documents d USING (id)" if by_document else "")
