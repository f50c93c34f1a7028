"""Stored documents as they are read: text, outline, passage and original of one and the same state."""

from bisect import bisect_right
from dataclasses import dataclass

from qa_service.outline import Outline, Place
from qa_service.store import Store
from qa_service.types import Document, Passage


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document with its canonical text, what is kept beside it, and the passage it is opened at."""

    document: Document
    text: str
    outline: Outline
    passage: Passage | None = None

    @property
    def place(self) -> Place | None:
        """Where the passage begins in the original, as near as the parser tells; None where it does not."""
        if self.passage is None:
            return None
        passed = bisect_right(self.outline.places, self.passage.span.start, key=lambda place: place.start)
        return self.outline.places[passed - 1] if passed else None


class Shelf:
    """Opens documents. A document that is replaced meanwhile is read as it was, or as it is, never half of each."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, document_id: str, passage_id: int | None = None) -> OpenDocument:
        """Return a document to be read. Raises DocumentNotFoundError or PassageNotFoundError."""
        with self._store.snapshot():
            passage = None if passage_id is None else self._store.passage_of(document_id, passage_id)
            document = self._store.document(document_id)
            return OpenDocument(document, self._store.text(document_id), self._store.outline(document_id), passage)

    def original(self, document_id: str) -> tuple[Document, bytes]:
        """Return a document and the bytes it was made of. Raises DocumentNotFoundError."""
        with self._store.snapshot():
            return self._store.document(document_id), self._store.original(document_id)
