"""The statements a write is made of. Each runs inside a transaction that `store.py` holds."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeAlias

import apsw

from embeddings import Encoder
from qa_service import sums
from qa_service.errors import FingerprintMismatchError, MissingVectorsError
from qa_service.names import folded
from qa_service.records import (
    FileState,
    NewDocument,
    NewVectors,
    document_id,
    pack_flaws,
    pack_source,
    pack_spans,
    passage_digest,
)
from qa_service.types import Chunk, Language

Removed: TypeAlias = tuple[bytes, Language]
"""A passage's digest and language."""


def one(connection: apsw.Connection, statement: str, *bindings: Any) -> Any:
    """Return the first column of the only row."""
    row = connection.execute(statement, bindings).fetchone()
    return row[0] if row else None


def require_fingerprint(connection: apsw.Connection, encoder: Encoder) -> None:
    """Raise FingerprintMismatchError where the stored vectors are not `encoder`'s."""
    row = connection.execute("SELECT name, fingerprint FROM state JOIN models ON models.id = model_id").fetchone()
    if row is None or row[1] == encoder.fingerprint:
        return
    name, fingerprint = row
    message = (
        f"the documents were embedded with model {name!r} (fingerprint {fingerprint[:12]}), the service runs "
        f"{encoder.name!r} ({encoder.fingerprint[:12]}): their vectors cannot be compared. Run `qa-service rebuild` to "
        f"embed every document again with {encoder.name!r}, or set QA_MODEL back to {name!r}"
    )
    raise FingerprintMismatchError(message)


def model_id(connection: apsw.Connection, encoder: Encoder) -> int:
    """Return the row of the encoder's fingerprint, making it where it is new."""
    connection.execute(
        "INSERT INTO models (name, fingerprint, dimension) VALUES (?, ?, ?) ON CONFLICT (fingerprint) DO NOTHING",
        (encoder.name, encoder.fingerprint, encoder.dimension),
    )
    return int(one(connection, "SELECT id FROM models WHERE fingerprint = ?", encoder.fingerprint))


def searched_model(connection: apsw.Connection) -> int | None:
    """Return the row of the model whose vectors are searched; None before the first document."""
    row: int | None = one(connection, "SELECT model_id FROM state")
    return row


def next_generation(connection: apsw.Connection, model: int | None = None) -> int:
    """Raise the generation by one, setting the searched model where given, and return it."""
    connection.execute("UPDATE state SET generation = generation + 1, model_id = coalesce(?, model_id)", (model,))
    return int(one(connection, "SELECT generation FROM state"))


def identifier_for(connection: apsw.Connection, origin: str) -> str:
    """Return the id of the document from `origin`; where there is none, the first id for it that is free."""
    known: str | None = one(connection, "SELECT id FROM documents WHERE origin = ?", origin)
    if known is not None:
        return known
    candidates = (document_id(origin, attempt) for attempt in count())
    return next(each for each in candidates if not one(connection, "SELECT 1 FROM documents WHERE id = ?", each))


def remove_passages(connection: apsw.Connection, identifier: str) -> list[Removed] | None:
    """Remove a document's passages and return what they were; None where there is no such document."""
    if one(connection, "SELECT 1 FROM documents WHERE id = ?", identifier) is None:
        return None
    removed = connection.execute("DELETE FROM passages WHERE document_id = ? RETURNING digest, language", (identifier,))
    return [(digest, language) for digest, language in removed]


def remove_document(connection: apsw.Connection, identifier: str) -> bool:
    """Remove a document with all that is its own; return whether it was there."""
    removed = remove_passages(connection, identifier)
    if removed is None:
        return False
    connection.execute("DELETE FROM documents WHERE id = ?", (identifier,))
    sums.change(connection, searched_model(connection), removed, ())
    drop_unused_vectors(connection, removed)
    return True


def replace_document(
    connection: apsw.Connection, document: NewDocument, chunks: Sequence[Chunk], generation: int, model: int
) -> tuple[str, list[Removed] | None]:
    """Write a document with its passages; return its id and the passages it had, None where it is new."""
    identifier = identifier_for(connection, document.origin)
    removed = remove_passages(connection, identifier)
    write_row(connection, identifier, document)
    write_passages(connection, identifier, chunks, generation, model)
    return identifier, removed


def write_row(connection: apsw.Connection, identifier: str, document: NewDocument) -> None:
    """Write the document itself; one that is there keeps its times, save `updated_at` where its bytes are others."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    connection.execute(
        "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "uri = excluded.uri, title = excluded.title, media_type = excluded.media_type, language = excluded.language, "
        "sha256 = excluded.sha256, recipe = excluded.recipe, size = excluded.size, characters = excluded.characters, "
        "metadata = excluded.metadata, flaws = excluded.flaws, "
        "updated_at = iif(sha256 = excluded.sha256, updated_at, excluded.updated_at)",
        (
            identifier,
            document.origin,
            document.uri,
            document.title,
            document.media_type,
            document.language,
            document.sha256,
            document.recipe,
            len(document.original),
            len(document.text),
            json.dumps(dict(document.metadata), ensure_ascii=False),
            now,
            now,
            pack_flaws(document.outline.flaws),
        ),
    )
    connection.execute(
        "INSERT INTO document_names VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET title = excluded.title, "
        "words = excluded.words",
        (identifier, folded(document.title), folded(f"{document.title} {document.uri}")),
    )
    connection.execute(
        "INSERT INTO contents VALUES (?, ?, ?, ?) ON CONFLICT (document_id) DO UPDATE SET text = excluded.text, "
        "original = excluded.original, outline = excluded.outline "
        "WHERE text <> excluded.text OR original <> excluded.original OR outline <> excluded.outline",
        (identifier, document.text, document.original, document.outline.to_json()),
    )
    if document.state is not None:
        write_state(connection, document.state, identifier)


def write_state(
    connection: apsw.Connection,
    state: FileState,
    identifier: str | None,
    status: str | None = None,
    reason: str | None = None,
) -> None:
    """Write how a file looked, with its document, or with why it gave none; one that it gave before stays its own.

    Where another process has forgotten the folder meanwhile, there is nothing to write.
    """
    connection.execute(
        "INSERT INTO synced_files SELECT ?, id, (SELECT id FROM documents WHERE id = ?), ?, ?, ?, ?, ?, ?, ? "
        "FROM synced_folders WHERE id = ? ON CONFLICT (origin) DO UPDATE SET "
        "folder_id = excluded.folder_id, document_id = coalesce(excluded.document_id, document_id), "
        "stamp = excluded.stamp, inode = excluded.inode, is_mounted = excluded.is_mounted, sha256 = excluded.sha256, "
        "recipe = excluded.recipe, status = excluded.status, reason = excluded.reason",
        (
            state.origin,
            identifier,
            state.stamp,
            state.inode,
            state.is_mounted,
            state.sha256,
            state.recipe,
            status,
            reason,
            state.folder_id,
        ),
    )


def write_vectors(connection: apsw.Connection, model: int, new_vectors: NewVectors) -> None:
    """Write vectors; a digest that is there already keeps its own."""
    connection.executemany(
        "INSERT INTO vectors VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(digest, model, new.passage, new.sentences, new.words) for digest, new in new_vectors.items()],
    )


def write_passages(
    connection: apsw.Connection, identifier: str, chunks: Sequence[Chunk], generation: int, model: int
) -> None:
    """Write a document's passages. Raises MissingVectorsError where one has no vectors."""
    for chunk in chunks:
        digest = passage_digest(chunk)
        if one(connection, "SELECT 1 FROM vectors WHERE digest = ? AND model_id = ?", digest, model) is None:
            message = f"document {identifier} has a passage without vectors; ingest it again"
            raise MissingVectorsError(message)
        connection.execute(
            "INSERT INTO passages (document_id, start, end, language, headings, page_start, page_end, sentences, "
            "digest, generation, prose, source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                identifier,
                chunk.span.start,
                chunk.span.end,
                chunk.language,
                json.dumps(chunk.headings, ensure_ascii=False),
                chunk.page_start,
                chunk.page_end,
                pack_spans(chunk.sentences),
                digest,
                generation,
                chunk.prose,
                pack_source(chunk.source),
            ),
        )


def drop_unused_vectors(connection: apsw.Connection, removed: Iterable[Removed]) -> None:
    """Drop the vectors of passages that no other passage shares."""
    connection.executemany(
        "DELETE FROM vectors WHERE digest = ?1 AND NOT EXISTS (SELECT 1 FROM passages WHERE digest = ?1)",
        [(digest,) for digest in {digest for digest, _ in removed}],
    )


def drop_other_models(connection: apsw.Connection, model: int) -> None:
    """Drop what only other models' vectors need."""
    connection.execute("DELETE FROM vectors WHERE model_id <> ?", (model,))
    connection.execute("DELETE FROM vectors WHERE digest NOT IN (SELECT digest FROM passages)")
    connection.execute("DELETE FROM models WHERE id <> ?", (model,))
