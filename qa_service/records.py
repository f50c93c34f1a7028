"""What goes into the store and comes out of it: rows, identifiers, content hashes, packed vectors."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import PurePath
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from embeddings import Vectors
from qa_service.outline import Outline
from qa_service.packing import pack_words
from qa_service.types import Chunk, Document, Flaw, Language, Metadata, Passage, Source, Span
from qa_service.words import VERSION as WORDS_VERSION

STORED_VECTOR = np.dtype("<f2")
"""Vectors are kept in half precision: 2 bytes a component."""


@dataclass(frozen=True, slots=True)
class NewVector:
    """A passage's vector, its sentences' and its words', as they are kept: a tenth of what they are in floats."""

    passage: bytes
    sentences: bytes
    words: bytes

    @classmethod
    def of(cls, passage: Vectors, sentences: Vectors, words: Vectors) -> "NewVector":
        """Pack vectors of shape (dimension,), (sentences, dimension) and (words, dimension)."""
        return cls(pack_vectors(passage), pack_vectors(sentences), pack_words(words))


NewVectors: TypeAlias = Mapping[bytes, NewVector]
"""By passage digest."""

DOCUMENT_COLUMNS = (
    "d.id, d.title, d.uri, d.media_type, d.language, d.sha256, d.size, d.characters, "
    "(SELECT count(*) FROM passages WHERE document_id = d.id), d.created_at, d.updated_at, d.metadata, d.flaws"
)
PASSAGE_COLUMNS = (
    "p.id, p.start, p.end, substr(c.text, p.start + 1, p.end - p.start), p.sentences, "
    "p.language, p.headings, p.page_start, p.page_end, p.source"
)


@dataclass(frozen=True, slots=True)
class FileState:
    """A synced folder's file as it was last looked at. `recipe` says how what was read of it was taken in.

    `stamp` is None where a later change might not show in it; `sha256` is the content's, None where it was not read.
    `is_mounted` tells that the file is on another device than its folder.
    """

    origin: str
    folder_id: int
    stamp: str | None
    inode: str
    is_mounted: bool
    sha256: str | None
    recipe: str


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to be written. `origin` says which document it is: writing the same origin again replaces it.

    `state` is the file that it was read from where that is in a synced folder.
    """

    origin: str
    uri: str
    title: str
    media_type: str
    language: Language
    original: bytes
    text: str
    recipe: str
    metadata: Metadata
    outline: Outline = field(default_factory=Outline)
    state: FileState | None = None

    @property
    def sha256(self) -> str:
        """Hex digest of the original bytes."""
        return hashlib.sha256(self.original).hexdigest()


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did: the document's id, the generation it is visible from, and whether it was there before."""

    document_id: str
    generation: int
    replaced: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """What the store holds."""

    documents: int
    passages: int
    languages: Mapping[Language, int]
    """Passages a language."""


@dataclass(frozen=True, slots=True)
class PassageText:
    """What there is to read in a passage, with the title and the name of its document."""

    id: int
    language: Language
    title: str
    uri: str
    headings: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class StoredVectors:
    """What is known of n stored passages without their texts, by id, ascending.

    `ids`, `languages` and `prose` (a share in 0..1) have shape (n,), `passages` has shape (n, dimension); `sentences`
    holds a row a sentence, those of the first passage first, and `sentence_counts`, shape (n,), how many each has.
    """

    ids: NDArray[np.int64]
    languages: NDArray[np.str_]
    prose: NDArray[np.float32]
    passages: Vectors
    sentences: Vectors
    sentence_counts: NDArray[np.intp]


def document_id(origin: str, attempt: int = 0) -> str:
    """Return the id that a document first taken in from `origin` gets and keeps, wherever it is moved.

    Where a document that was moved away from there still has it, the next attempt gives another.
    """
    named = origin if attempt == 0 else f"{origin}\n{attempt}"
    return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def title_from(uri: str) -> str:
    """Return the title of a document that does not tell its own."""
    return PurePath(uri).stem or uri


def passage_digest(chunk: Chunk) -> bytes:
    """Return the content hash that vectors are kept under: text, context, sentences, and how words are picked."""
    spans = ",".join(f"{span.start}-{span.end}" for span in chunk.sentences)
    content = f"words {WORDS_VERSION}\n{spans}\n{len(chunk.context)}\n{chunk.context}{chunk.text}"
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()


def document_from_row(row: tuple[Any, ...]) -> Document:
    """Make a document from a row of `DOCUMENT_COLUMNS`."""
    flaws = tuple(Flaw(*flaw) for flaw in json.loads(row[12]))
    return Document(*(*row[:11], json.loads(row[11]), flaws))


def passage_from_row(row: tuple[Any, ...]) -> Passage:
    """Make a passage from a row of `DOCUMENT_COLUMNS` and `PASSAGE_COLUMNS`."""
    identifier, start, end, text, sentences, language, headings, page_start, page_end, source = row[13:]
    return Passage(
        identifier,
        document_from_row(row),
        Span(start, end),
        text,
        unpack_spans(sentences),
        language,
        tuple(json.loads(headings)),
        page_start,
        page_end,
        None if source is None else Source(*json.loads(source)),
    )


def stored_vectors_from_rows(rows: Sequence[tuple[Any, ...]]) -> StoredVectors:
    """Make what is known of passages from rows of (id, language, vector, sentences' vectors, prose)."""
    ids, languages, passages, sentences, prose = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    dimension = len(passages[0]) // STORED_VECTOR.itemsize if rows else 0
    size = dimension * STORED_VECTOR.itemsize
    return StoredVectors(
        np.array(ids, np.int64),
        np.array(languages, np.str_),
        np.array(prose, np.float32),
        unpack_vectors(b"".join(passages), dimension),
        unpack_vectors(b"".join(sentences), dimension),
        np.array([len(each) // size for each in sentences], np.intp),
    )


def pack_spans(spans: tuple[Span, ...]) -> bytes:
    """Write spans as pairs of 4-byte integers."""
    return np.array([(span.start, span.end) for span in spans], "<u4").tobytes()


def unpack_spans(packed: bytes) -> tuple[Span, ...]:
    """Read what `pack_spans` wrote."""
    return tuple(Span(int(start), int(end)) for start, end in np.frombuffer(packed, "<u4").reshape(-1, 2))


def pack_source(source: Source | None) -> str | None:
    """Write a place as a row of values in JSON."""
    return None if source is None else json.dumps(astuple(source), ensure_ascii=False)


def pack_flaws(flaws: Sequence[Flaw]) -> str:
    """Write flaws as rows of values in JSON."""
    return json.dumps([astuple(flaw) for flaw in flaws])


def pack_vectors(vectors: Vectors) -> bytes:
    """Write vectors in half precision."""
    return vectors.astype(STORED_VECTOR).tobytes()


def unpack_vectors(packed: bytes, dimension: int) -> Vectors:
    """Read what `pack_vectors` wrote, shape (n, dimension)."""
    rows = len(packed) // max(dimension * STORED_VECTOR.itemsize, 1)
    return np.frombuffer(packed, STORED_VECTOR).reshape(rows, dimension).astype(np.float32)
