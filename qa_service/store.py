"""The store: documents, passages and vectors in SQLite. It is the only truth; every index is a cache of it."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from embeddings import Encoder, Vectors
from qa_service import sums, writes
from qa_service.conditions import conditions
from qa_service.database import Database
from qa_service.errors import DocumentNotFoundError, PassageNotFoundError
from qa_service.filters import EVERYTHING, Filter
from qa_service.outline import Outline
from qa_service.packing import PackedRows
from qa_service.records import (
    DOCUMENT_COLUMNS,
    PASSAGE_COLUMNS,
    STORED_VECTOR,
    NewDocument,
    NewVectors,
    PassageText,
    StoredVectors,
    Totals,
    Written,
    document_from_row,
    passage_digest,
    passage_from_row,
    stored_vectors_from_rows,
)
from qa_service.sums import LanguageSums
from qa_service.types import Chunk, Document, IndexState, Language, Passage

_SEARCHED = "FROM passages p JOIN vectors v ON v.digest = p.digest AND v.model_id = (SELECT model_id FROM state)"
"""Passages with the vectors of the model that is searched."""


class Store:
    """Documents with their passages and vectors; every committed change raises the generation by one."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)

    def close(self) -> None:
        """Close the connections."""
        self.database.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let every read inside see the same committed state."""
        with self.database.reading():
            yield

    # --- state ---

    def generation(self) -> int:
        """Return the number of changes committed so far."""
        with self.database.reading() as connection:
            return int(writes.one(connection, "SELECT generation FROM state"))

    def state(self) -> IndexState | None:
        """Return the generation and the model of the stored vectors; None where no document was ever stored."""
        with self.database.reading() as connection:
            row = connection.execute(
                "SELECT generation, name, fingerprint FROM state JOIN models ON models.id = model_id"
            ).fetchone()
        return IndexState(*row) if row else None

    def totals(self) -> Totals:
        """Return counts of documents and passages."""
        with self.database.reading() as connection:
            languages = dict(connection.execute("SELECT language, count(*) FROM passages GROUP BY 1 ORDER BY 2 DESC"))
            documents = int(writes.one(connection, "SELECT count(*) FROM documents"))
        return Totals(documents, sum(languages.values()), languages)

    def require_fingerprint(self, encoder: Encoder) -> None:
        """Raise FingerprintMismatchError where the stored vectors are not `encoder`'s."""
        with self.database.reading() as connection:
            writes.require_fingerprint(connection, encoder)

    # --- reading documents ---

    def document(self, identifier: str) -> Document:
        """Return a document. Raises DocumentNotFoundError."""
        with self.database.reading() as connection:
            row = connection.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM documents d WHERE d.id = ?", (identifier,)
            ).fetchone()
        if row is None:
            raise DocumentNotFoundError(identifier)
        return document_from_row(row)

    def documents(self, limit: int, offset: int = 0) -> list[Document]:
        """Return documents in the order they were first stored."""
        with self.database.reading() as connection:
            rows = connection.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM documents d ORDER BY d.created_at, d.id LIMIT ? OFFSET ?",
                (limit, offset),
            )
            return [document_from_row(row) for row in rows]

    def text(self, identifier: str) -> str:
        """Return a document's canonical text. Raises DocumentNotFoundError."""
        return str(self._content(identifier, "text"))

    def original(self, identifier: str) -> bytes:
        """Return a document's bytes as they came. Raises DocumentNotFoundError."""
        return bytes(self._content(identifier, "original"))

    def outline(self, identifier: str) -> Outline:
        """Return a document's headings, pages and places in the original. Raises DocumentNotFoundError."""
        return Outline.from_json(self._content(identifier, "outline"))

    def recipe_of(self, origin: str) -> tuple[str, str, str] | None:
        """Return (id, sha256 of the original, recipe) of the document from `origin`; None where there is none."""
        with self.database.reading() as connection:
            row = connection.execute("SELECT id, sha256, recipe FROM documents WHERE origin = ?", (origin,)).fetchone()
        return (row[0], row[1], row[2]) if row else None

    def origins(self) -> list[tuple[str, str]]:
        """Return (id, origin) of every document."""
        with self.database.reading() as connection:
            return [(row[0], row[1]) for row in connection.execute("SELECT id, origin FROM documents ORDER BY 1")]

    def _content(self, identifier: str, column: str) -> Any:
        with self.database.reading() as connection:
            row = connection.execute(f"SELECT {column} FROM contents WHERE document_id = ?", (identifier,)).fetchone()
        if row is None:
            raise DocumentNotFoundError(identifier)
        return row[0]

    # --- reading passages ---

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """Return the passages that still exist among `ids`, by id."""
        with self.database.reading() as connection:
            rows = connection.execute(
                f"SELECT {DOCUMENT_COLUMNS}, {PASSAGE_COLUMNS} FROM passages p "
                "JOIN documents d ON d.id = p.document_id JOIN contents c ON c.document_id = d.id "
                "WHERE p.id IN (SELECT value FROM json_each(?))",
                (json.dumps([int(identifier) for identifier in ids]),),
            )
            return {passage.id: passage for passage in map(passage_from_row, rows)}

    def passage_of(self, identifier: str, passage_id: int) -> Passage:
        """Return one passage of a document. Raises DocumentNotFoundError or PassageNotFoundError."""
        passage = self.passages([passage_id]).get(passage_id)
        if passage is not None and passage.document.id == identifier:
            return passage
        self.document(identifier)
        raise PassageNotFoundError(identifier, passage_id)

    def passage_ids(self, filter: Filter = EVERYTHING) -> list[int]:
        """Return the ids of the passages that `filter` lets through, ascending."""
        where, values = conditions(filter)
        with self.database.reading() as connection:
            rows = connection.execute(f"SELECT p.id FROM passages p WHERE {where}", values)
            return sorted(row[0] for row in rows)

    def passage_count(self, since: int = 0) -> int:
        """Return the number of passages written after generation `since`."""
        with self.database.reading() as connection:
            return int(writes.one(connection, "SELECT count(*) FROM passages WHERE generation > ?", since))

    def passages_since(self, generation: int) -> Iterator[PassageText]:
        """Yield the passages written after `generation`, document by document, with one text in memory at a time."""
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT p.document_id, d.title, d.uri, p.id, p.language, p.headings, p.start, p.end FROM passages p "
                "JOIN documents d ON d.id = p.document_id WHERE p.generation > ? ORDER BY p.document_id, p.start",
                (generation,),
            )
            for (identifier, title, uri), found in groupby(rows, lambda row: row[:3]):
                text = self.text(identifier)
                for *_, passage_id, language, headings, start, end in found:
                    yield PassageText(passage_id, language, title, uri, tuple(json.loads(headings)), text[start:end])

    # --- vectors ---

    def vectors_since(self, generation: int) -> tuple[list[int], list[Language], Vectors]:
        """Return ids, languages and vectors (n, dimension) of the passages written after `generation`."""
        with self.database.reading() as connection:
            # filled row by row: the half-precision rows and a joined copy of them would take as much memory again
            count = writes.one(connection, f"SELECT count(*) {_SEARCHED} WHERE p.generation > ?", generation)
            dimension = writes.one(connection, "SELECT dimension FROM state JOIN models ON models.id = model_id") or 0
            ids: list[int] = []
            languages: list[Language] = []
            vectors = np.empty((count, dimension), np.float32)
            found = connection.execute(
                f"SELECT p.id, p.language, v.passage {_SEARCHED} WHERE p.generation > ? ORDER BY p.generation, p.id",
                (generation,),
            )
            for row, (identifier, language, packed) in enumerate(found):
                ids.append(identifier)
                languages.append(language)
                vectors[row] = np.frombuffer(packed, STORED_VECTOR)
        return ids, languages, vectors

    def language_sums(self) -> dict[Language, LanguageSums]:
        """Return the sums over each language's passages, for their means."""
        with self.database.reading() as connection:
            return sums.read(connection)

    def word_vectors(self, ids: Sequence[int]) -> PackedRows:
        """Return the vectors of the words of the passages that still exist among `ids`, by id, ascending."""
        with self.database.reading() as connection:
            rows = connection.execute(
                f"SELECT v.words {_SEARCHED} WHERE p.id IN (SELECT value FROM json_each(?)) ORDER BY p.id",
                (json.dumps([int(identifier) for identifier in ids]),),
            )
            packed = [row[0] for row in rows]
            dimension = writes.one(connection, "SELECT dimension FROM state JOIN models ON models.id = model_id") or 0
        return PackedRows(packed, dimension)

    def passage_vectors(self, ids: Sequence[int]) -> StoredVectors:
        """Return what is known of the passages that still exist among `ids`."""
        with self.database.reading() as connection:
            rows = connection.execute(
                f"SELECT p.id, p.language, v.passage, v.sentences, p.prose {_SEARCHED} "
                "WHERE p.id IN (SELECT value FROM json_each(?)) ORDER BY p.id",
                (json.dumps([int(identifier) for identifier in ids]),),
            )
            return stored_vectors_from_rows(list(rows))

    def known_vectors(self, digests: Sequence[bytes], fingerprint: str) -> set[bytes]:
        """Return which of `digests` have vectors under this fingerprint already."""
        with self.database.reading() as connection:
            return {
                digest
                for digest in digests
                if connection.execute(
                    "SELECT 1 FROM vectors JOIN models ON models.id = model_id WHERE digest = ? AND fingerprint = ?",
                    (digest, fingerprint),
                ).fetchone()
            }

    # --- writing ---

    def write_document(
        self, document: NewDocument, chunks: Sequence[Chunk], new_vectors: NewVectors, encoder: Encoder
    ) -> Written:
        """Write one document as `write_documents` does."""
        return self.write_documents([(document, chunks)], new_vectors, encoder)[0]

    def write_documents(
        self, documents: Sequence[tuple[NewDocument, Sequence[Chunk]]], new_vectors: NewVectors, encoder: Encoder
    ) -> list[Written]:
        """Write documents with their passages in one transaction, each replacing what has the same origin.

        `new_vectors` needs to hold only the digests the store does not know. Raises FingerprintMismatchError,
        MissingVectorsError, StoreFullError or StoreBusyError; then nothing is changed.
        """
        written, gone = list[Written](), list[writes.Removed]()
        with self.database.writing() as connection:
            writes.require_fingerprint(connection, encoder)
            model = writes.model_id(connection, encoder)
            generation = writes.next_generation(connection, model)
            writes.write_vectors(connection, model, new_vectors)
            for document, chunks in documents:
                identifier, removed = writes.replace_document(connection, document, chunks, generation, model)
                added = [(passage_digest(chunk), chunk.language) for chunk in chunks]
                sums.change(connection, model, removed or (), added)
                gone += removed or ()
                written.append(Written(identifier, generation, removed is not None))
            writes.drop_unused_vectors(connection, gone)
        return written

    def delete_document(self, identifier: str) -> int:
        """Delete a document and return the generation from which it is gone. Raises DocumentNotFoundError."""
        with self.database.writing() as connection:
            if not writes.remove_document(connection, identifier):
                raise DocumentNotFoundError(identifier)
            return writes.next_generation(connection)

    def keep_vectors(self, new_vectors: NewVectors, encoder: Encoder) -> None:
        """Store another model's vectors ahead of `switch_model`; nothing that is searched changes."""
        with self.database.writing() as connection:
            writes.write_vectors(connection, writes.model_id(connection, encoder), new_vectors)

    def switch_model(
        self, expected: int, rewritten: Sequence[tuple[NewDocument, Sequence[Chunk]]], encoder: Encoder
    ) -> int | None:
        """Replace every document at once by passages whose vectors are stored already; return the new generation.

        Returns None, and changes nothing, where the store is no longer at the `expected` generation.
        """
        with self.database.writing() as connection:
            if writes.one(connection, "SELECT generation FROM state") != expected:
                return None
            model = writes.model_id(connection, encoder)
            generation = writes.next_generation(connection, model)
            for document, chunks in rewritten:
                writes.replace_document(connection, document, chunks, generation, model)
            writes.drop_other_models(connection, model)
            sums.recompute(connection, model)
        return generation
