"""Stored documents as they are read: text, outline, passage and original of one and the same state."""

from dataclasses import dataclass
from itertools import islice

from qa_service.errors import InvalidRequestError
from qa_service.outline import Outline, Place
from qa_service.store import Store
from qa_service.types import Document, Passage

MOST_PLACES = 1_000
"""Places told at once."""


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document with its canonical text, what is kept beside it, and the passage it is opened at."""

    document: Document
    text: str
    outline: Outline
    passage: Passage | None = None


@dataclass(frozen=True, slots=True)
class Traced:
    """Where a stretch of a text stood in the original: places by start, ascending, of the text up to `end`."""

    places: tuple[Place, ...]
    end: int


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

    def trace(self, document_id: str, start: int, end: int | None = None) -> Traced:
        """Return where `text[start:end]` stood, to the end of the text where `end` is None; at most MOST_PLACES places.

        Raises DocumentNotFoundError, or InvalidRequestError for a stretch that does not lie in the text.
        """
        with self._store.snapshot():
            characters, outline = self._store.document(document_id).characters, self._store.outline(document_id)
        end = characters if end is None else end
        if not 0 <= start < end <= characters:
            message = f"start is {start} and end {end}; they must satisfy 0 <= start < end <= {characters}"
            raise InvalidRequestError(message)
        places = tuple(islice(outline.sources(start, end), MOST_PLACES + 1))
        if len(places) > MOST_PLACES:
            return Traced(places[:-1], places[-1].start)
        return Traced(places, end)
