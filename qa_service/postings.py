"""The postings: which passages hold a term or a piece of a name, ranked by BM25. Tantivy does it.

Terms come analysed. Each is kept under its language, so that what is common in one language tells nothing of another.
"""

import math
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import Occur, Query

from qa_service.types import Language
from qa_service.vectors import EMPTY, Ranking

_HEAP = 15_000_000
"""Bytes; tantivy refuses to write with less."""

_EVERY = "*"
"""Stands in the scope of every passage beside its language, so that tantivy can say how many it counts."""

_INSIDE = 256
"""Most allowed ids that are made part of the query; with more, looking further down the ranking takes less time."""

_FURTHER = 8
"""How many times further down to look where too few of the ids are allowed ones."""

_COMMON = 1 / 32
"""Share of the passages that a piece of a name may be in."""

_MANY = 1_000
"""Passages that it may be in whatever their share."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a passage is found by: its terms, as often as they occur, and how often each piece does.

    None of them holds a space.
    """

    id: int
    language: Language
    terms: Sequence[str]
    grams: Mapping[str, int]


class Postings:
    """Passages by what they hold, in a folder of its own or in memory. Not safe to change while it is searched.

    Scores count what was removed as long as tantivy has not merged it away. Raises OSError or ValueError where the
    folder cannot be used; after that, only a new one is of use.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, path=str(folder) if folder else None)
        self._index.config_reader("manual")
        self._index.reload()
        self._searcher = self._index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    @property
    def ids(self) -> NDArray[np.int64]:
        """Every id it holds, ascending."""
        return np.sort(self._top(Query.all_query(), len(self)).ids)

    def change(self, removed: Sequence[int], added: Iterable[Entry]) -> None:
        """Remove ids and add passages under ids it never held, all at once, or nothing where `added` raises."""
        writer = self._index.writer(_HEAP, num_threads=1)
        try:
            if len(removed):
                writer.delete_documents_by_query(Query.term_set_query(self._schema, "id", list(removed)))
            for entry in added:
                writer.add_document(_document(entry))
            writer.commit()
        except BaseException:  # an interrupt, too, must not leave half a change; it goes on its way
            writer.rollback()
            raise
        finally:
            writer.wait_merging_threads()  # so that files are at rest between changes, and memory is given back
        self._index.reload()
        self._searcher = self._index.searcher()

    def search_terms(
        self, terms: Iterable[str], language: Language, limit: int, allowed: Sequence[int] | None = None
    ) -> Ranking:
        """Return at most `limit` passages in `language` that hold any of the terms, only `allowed` ones where given.

        Scores are BM25 with the rarity of each term among the language's passages; lengths are compared to the mean of
        all passages. A term counts once, however often it is given.
        """
        held = self._frequency("scope", language)
        everywhere = self._frequency("scope", _EVERY)
        weighed = []
        for term in dict.fromkeys(terms):
            word = f"{language}:{term}"
            if frequency := self._frequency("terms", word):
                weight = _rarity(frequency, held) / _rarity(frequency, everywhere)
                weighed.append(Query.boost_query(self._term("terms", word), weight))
        return self._search(weighed, limit, allowed)

    def search_grams(self, grams: Iterable[str], limit: int, allowed: Sequence[int] | None = None) -> Ranking:
        """Return at most `limit` passages in any language that hold any of the pieces, ranked by BM25.

        In a large collection pieces that very many passages hold are left out, where there are others: they say next to
        nothing and take most of the time.
        """
        frequencies = {gram: self._frequency("grams", gram) for gram in grams}
        bound = max(_MANY, len(self) * _COMMON)
        telling = [gram for gram, frequency in frequencies.items() if 0 < frequency <= bound] or list(frequencies)
        return self._search([self._term("grams", gram) for gram in telling], limit, allowed)

    def gram_rarity(self, gram: str) -> float:
        """Return how rare a piece is among the passages: BM25's inverse document frequency."""
        return _rarity(self._frequency("grams", gram), len(self))

    def to_bytes(self) -> bytes:
        """Return the whole index as bytes, for `from_bytes`. Raises OSError for one in memory."""
        if self._folder is None:
            message = "the index is in memory, since its folder could not be used"
            raise OSError(message)
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for path in sorted(self._folder.iterdir()):
                if path.suffix != ".lock":
                    archive.write(path, path.name)
        return packed.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, folder: Path) -> "Postings":
        """Read what `to_bytes` wrote into an empty folder. Raises OSError or ValueError.

        Not every changed byte is noticed: check a digest first.
        """
        try:
            with zipfile.ZipFile(BytesIO(content)) as archive:
                archive.extractall(folder)
        except zipfile.BadZipFile as error:
            message = f"not a packed index: {error}"
            raise ValueError(message) from error
        if not tantivy.Index.exists(str(folder)):
            message = "the packed files are no index"
            raise ValueError(message)
        return cls(folder)

    def _search(self, wanted: Sequence[Query], limit: int, allowed: Sequence[int] | None) -> Ranking:
        available = len(self) if allowed is None else min(len(self), len(allowed))
        limit = min(limit, available)
        if not wanted or limit <= 0:
            return EMPTY
        query = Query.boolean_query([(Occur.Should, part) for part in wanted])
        if allowed is None:
            return self._top(query, limit)
        if len(allowed) <= _INSIDE:
            return self._top(Query.boolean_query([(Occur.Must, query), (Occur.Must, self._any_of(allowed))]), limit)
        return self._top_allowed(query, limit, np.asarray(allowed, np.int64))

    def _top_allowed(self, query: Query, limit: int, allowed: NDArray[np.int64]) -> Ranking:
        """Look down the ranking until it holds enough allowed passages, or ends."""
        depth = limit * (1 + len(self) // len(allowed))
        while True:
            found = self._top(query, depth)
            kept = np.isin(found.ids, allowed)
            if np.count_nonzero(kept) >= limit or len(found.ids) < depth:
                return Ranking(found.ids[kept][:limit], found.scores[kept][:limit])
            depth *= _FURTHER

    def _top(self, query: Query, limit: int) -> Ranking:
        """Return the best, those of one score by id; which of them the limit cuts off is tantivy's to say."""
        if limit == 0 or len(self) == 0:
            return EMPTY  # tantivy panics
        hits = self._searcher.search(query, min(limit, len(self)), count=False).hits
        ids = np.array(self._searcher.fast_field_values("id", [address for _, address in hits]), np.int64)
        scores = np.array([score for score, _ in hits], np.float32)
        order = np.lexsort((ids, -scores))
        return Ranking(ids[order], scores[order])

    def _any_of(self, ids: Sequence[int]) -> Query:
        terms = [Query.term_query(self._schema, "id", int(identifier), "basic") for identifier in ids]
        return Query.const_score_query(Query.boolean_query([(Occur.Should, term) for term in terms]), 0.0)

    def _term(self, field: str, text: str) -> Query:
        return Query.term_query(self._schema, field, text, "freq")

    def _frequency(self, field: str, text: str) -> int:
        return int(self._searcher.doc_freq(field, text))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", indexed=True, fast=True)
    builder.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("grams", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("scope", tokenizer_name="whitespace", index_option="basic")
    return builder.build()


def _document(entry: Entry) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("id", entry.id)
    document.add_text("terms", " ".join(f"{entry.language}:{term}" for term in entry.terms))
    document.add_text("grams", " ".join(" ".join([gram] * count) for gram, count in entry.grams.items()))
    document.add_text("scope", f"{_EVERY} {entry.language}")
    return document


def _rarity(frequency: int, passages: int) -> float:
    """Return BM25's inverse document frequency, as tantivy has it."""
    return math.log1p((passages - frequency + 0.5) / (frequency + 0.5))
