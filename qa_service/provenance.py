"""Where a stretch of a canonical text stood in the document's original."""

from dataclasses import dataclass
from itertools import islice

from qa_service.errors import InvalidRequestError
from qa_service.outline import Place
from qa_service.store import Store

MOST_PLACES = 1_000
"""Places told at once."""


@dataclass(frozen=True, slots=True)
class Traced:
    """Places by start, ascending, of the text up to `end`."""

    places: tuple[Place, ...]
    end: int


class Provenance:
    """Leads from canonical texts back to the originals."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def trace(self, document_id: str, start: int, end: int | None = None) -> Traced:
        """Return where `text[start:end]` stood, to the end of the text where `end` is None; at most MOST_PLACES places.

        Raises DocumentNotFoundError, or InvalidRequestError for a stretch that does not lie in the text.
        """
        with self._store.snapshot():
            characters = self._store.document(document_id).characters
            outline = self._store.outline(document_id)
        end = characters if end is None else end
        if not 0 <= start < end <= characters:
            message = f"start is {start} and end {end}; they must satisfy 0 <= start < end <= {characters}"
            raise InvalidRequestError(message)
        places = tuple(islice(outline.sources(start, end), MOST_PLACES + 1))
        if len(places) > MOST_PLACES:
            return Traced(places[:-1], places[-1].start)
        return Traced(places, end)
