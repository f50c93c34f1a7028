"""Parts of the service put together by hand, for tests that look at one of them or need an encoder of their own."""

import atexit
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

from embeddings import Encoder, PassageVectors, QuestionVectors, Vectors, find_card
from embeddings.encoder import Span as Bounds
from embeddings.hashing import HashingEncoder
from qa_service.calibration import Calibration
from qa_service.centring import Probes
from qa_service.dense import DenseIndex
from qa_service.folders.records import FolderRecords
from qa_service.folders.syncing import Syncer
from qa_service.ingestion import Ingester
from qa_service.language import LanguageDetector
from qa_service.lexical import LexicalIndex
from qa_service.parsers.process import ParserProcess
from qa_service.recipes import recipe_for
from qa_service.records import NewDocument, NewVector, NewVectors, passage_digest
from qa_service.retrieval import Retriever
from qa_service.service import QAService
from qa_service.store import Store
from qa_service.types import Chunk, Span

T = TypeVar("T")

LANGUAGES = ("be", "ru", "en")
MAX_BYTES = 2**20

PASSAGE = 150
"""Longest passage where each paragraph of `text_of` is to be one."""


class RecordingEncoder:
    """The hashing encoder, which writes down every passage it embeds and calls `before` each time it is asked to.

    Another dimension makes it another model, with a fingerprint of its own.
    """

    def __init__(self, dimension: int = 256, before: Callable[[], None] = lambda: None) -> None:
        card = find_card("hashing")
        assert card is not None
        self._encoder = HashingEncoder(replace(card, name=f"hashing-{dimension}", dimension=dimension))
        self.name, self.dimension, self.fingerprint = f"hashing-{dimension}", dimension, self._encoder.fingerprint
        self.before = before
        self.embedded: list[str] = []

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.embed_questions(texts)

    def embed_question(self, text: str, words: Sequence[Bounds]) -> QuestionVectors:
        return self._encoder.embed_question(text, words)

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Bounds]], words: Sequence[Sequence[Bounds]]
    ) -> PassageVectors:
        self.before()
        self.embedded += texts
        return self._encoder.embed_passages(texts, sentences, words)


@dataclass(frozen=True, slots=True)
class Parts:
    """What `build_service` puts together, on one data folder."""

    store: Store
    encoder: Encoder
    dense: DenseIndex
    lexical: LexicalIndex
    ingester: Ingester
    retriever: Retriever

    def take_in(self, name: str, text: str) -> str:
        """Take a text in under a name, replacing what had it; return the document's id."""
        identifier = self.ingester.ingest(f"test:{name}", f"{name}.txt", text.encode()).document_id
        assert identifier is not None
        return identifier

    def service(self, calibration: Calibration | None = None) -> QAService:
        return QAService(
            self.store,
            self.encoder,
            self.dense,
            self.lexical,
            self.retriever,
            self.ingester,
            shared_detector(),
            calibration,
            self.store.close,
        )


@contextmanager
def opened(
    data: Path, encoder: Encoder | None = None, *, parser: ParserProcess | None = None, passage_characters: int = 600
) -> Iterator[Parts]:
    """Put the parts together on a data folder; every call stands for a process of its own."""
    store = Store(data / "store.sqlite3")
    try:
        model = encoder or RecordingEncoder()
        dense = DenseIndex(store, data / "index", model)
        lexical = LexicalIndex(store, data / "index")
        ingester = Ingester(
            store,
            model,
            parser or shared_parser(),
            shared_detector(),
            passage_characters=passage_characters,
            max_bytes=MAX_BYTES,
        )
        try:
            yield Parts(
                store,
                model,
                dense,
                lexical,
                ingester,
                Retriever(store, model, dense, lexical, Probes(model, data / "index")),
            )
        finally:
            lexical.close()
    finally:
        store.close()


@cache
def shared_detector() -> LanguageDetector:
    """One detector for all tests: loading it takes a second."""
    return LanguageDetector(LANGUAGES)


@cache
def shared_parser() -> ParserProcess:
    """One parser process for all tests: starting it takes most of a second."""
    parser = ParserProcess(60, 2**31)
    atexit.register(parser.close)
    return parser


def new_document(name: str, text: str, original: bytes | None = None) -> NewDocument:
    content = text.encode() if original is None else original
    return NewDocument(f"test:{name}", f"{name}.txt", name, "text/plain", "en", content, text, "recipe 1", {})


def chunks_of(text: str, *spans: tuple[int, int], language: str = "en") -> list[Chunk]:
    """Make one chunk a span, each of one sentence; by default the whole text is the only one."""
    return [
        Chunk(Span(start, end), text[start:end], (Span(0, end - start),), language, ())
        for start, end in spans or ((0, len(text)),)
    ]


def vectors_of(chunks: Sequence[Chunk], encoder: Encoder) -> NewVectors:
    """Embed chunks as the ingester does, taking every sentence for a word."""
    spans = [[(span.start, span.end) for span in chunk.sentences] for chunk in chunks]
    vectors = encoder.embed_passages([chunk.text for chunk in chunks], spans, spans)
    rows = zip(vectors.passages, vectors.sentences, vectors.words, strict=True)
    return {passage_digest(chunk): NewVector.of(*row) for chunk, row in zip(chunks, rows, strict=True)}


def paragraph(subject: str) -> str:
    """Return two sentences, shorter than `PASSAGE` but too long for the title of a text that begins with them."""
    first = f"The {subject} is spoken of in this paragraph and nowhere else."
    return f"{first} It has two sentences about the {subject}, and is a passage all by itself."


def text_of(*subjects: str) -> str:
    return "\n\n".join(map(paragraph, subjects))


def take_in_three(parts: Parts) -> list[str]:
    """Take in three documents of one passage each, with ids 1 to 3 in a new store; return their ids."""
    return [parts.take_in(f"document {number}", f"Sentence number {number}.") for number in range(3)]


def texts_of_passages(parts: Parts) -> list[str]:
    return [passage.text for passage in parts.store.passages(parts.store.passage_ids()).values()]


def stored_vectors(store: Store) -> int:
    with store.database.reading() as connection:
        return int(connection.execute("SELECT count(*) FROM vectors").get)


def events(logs: Sequence[Mapping[str, object]]) -> list[object]:
    """Return what was logged, without its details."""
    return [log["event"] for log in logs]


@contextmanager
def meanwhile(*actions: Callable[[], T]) -> Iterator[list[T]]:
    """Repeat each action in a thread of its own until the block ends; what they return is in the list after that.

    Raises what an action raised.
    """
    is_over = threading.Event()
    results: list[T] = []

    def repeat(action: Callable[[], T]) -> None:
        while not is_over.is_set():
            results.append(action())

    with ThreadPoolExecutor(len(actions)) as threads:
        running = [threads.submit(repeat, action) for action in actions]
        try:
            yield results
        finally:
            is_over.set()
        for thread in running:
            thread.result()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a disk of a given size in memory on `folder`. Skips the test where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path: Path) -> None:
    """Write zeros into a new file until the disk is full."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return


def syncer_of(parts: Parts, data: Path, passage_characters: int = PASSAGE) -> Syncer:
    """Put together what keeps folders in step on these parts, opened with passages of this length."""
    records, service = FolderRecords(parts.store.database), parts.service()
    return Syncer(records, recipe_for(passage_characters), MAX_BYTES, data, lambda: service)
