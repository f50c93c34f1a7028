"""Taking documents in: parse, split, embed what is new, write in one transaction."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from embeddings import Encoder
from qa_service.errors import (
    DocumentNotFoundError,
    DocumentTooLargeError,
    InvalidRequestError,
    MissingVectorsError,
    UnreadableDocumentError,
    UnsupportedDocumentError,
)
from qa_service.language import LanguageDetector
from qa_service.outcomes import (
    Handled,
    Meter,
    OnProgress,
    Outcome,
    Progress,
    Report,
    nobody,
    passed_over,
    state_of,
)
from qa_service.outline import Parsed
from qa_service.parsers.process import ParserProcess
from qa_service.preparing import Prepared, Preparer
from qa_service.recipes import NO_RECIPE
from qa_service.records import NewVector, NewVectors, Written
from qa_service.sources import FoundFile, PassedOver, find_files
from qa_service.store import Store
from qa_service.types import Chunk, Span
from qa_service.words import content_words

_BATCH = 64
"""Passages embedded between two reports of progress."""

_ATTEMPTS = 3

OnBatch: TypeAlias = Callable[[float, int], None]
"""Told of the share of a document's passages that are embedded, in 0..1, and of their number. May raise to stop."""


def unheeded(_share: float, _embedded: int) -> None:
    """Stands for whoever does not care how far a document is."""


class Ingester:
    """Brings documents into the store. Several may work on one data folder at once."""

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        parser: ParserProcess,
        detector: LanguageDetector,
        *,
        passage_characters: int,
        max_bytes: int,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._preparer = Preparer(parser, detector, passage_characters)
        self.max_bytes = max_bytes

    def ingest_paths(self, paths: Sequence[Path], on_progress: OnProgress | None = None) -> Report:
        """Take in files and folders. A bad file fails by itself; a StoreError ends the run, which keeps the rest."""
        started = time.perf_counter()
        found = find_files(paths)
        files = [item for item in found if isinstance(item, FoundFile)]
        handled = {each.file.path: each.outcome for each in self.ingest_files(files, on_progress)}
        outcomes = [passed_over(item) if isinstance(item, PassedOver) else handled[item.path] for item in found]
        return Report(tuple(outcomes), time.perf_counter() - started)

    def ingest_files(self, files: Sequence[FoundFile], on_progress: OnProgress | None = None) -> Iterator[Handled]:
        """Take files in; yield what became of each once that is committed, not always in order.

        The state of a file in a synced folder is written with its document, in one transaction.
        """
        meter = Meter(on_progress or nobody, sum(file.size for file in files))
        group: list[Prepared] = []
        for file in files:
            meter.show(file, 0, 0)
            taken = self._take_file(file)
            if isinstance(taken, Handled):
                meter.add(file, 0)
                yield taken
                continue
            if sum(len(prepared.digests) for prepared in group) + len(taken.digests) > _BATCH:
                yield from self._write_group(group, meter)
                group = []
            group.append(taken)
        yield from self._write_group(group, meter)

    def ingest(
        self,
        origin: str,
        uri: str,
        content: bytes,
        on_batch: OnBatch = unheeded,
    ) -> Outcome:
        """Take in one document, replacing what came from the same origin; the same content again changes nothing.

        `uri` is its name, whose ending tells the text format. Raises UnreadableDocumentError, StoreError, or
        InvalidRequestError for a name that is blank.
        """
        taken = self._take(origin, uri, content)
        return taken if isinstance(taken, Outcome) else self._write(taken, on_batch)

    def delete(self, identifier: str) -> int:
        """Delete a document and return the generation from which it is gone. Raises DocumentNotFoundError."""
        return self._store.delete_document(identifier)

    def rebuild(self, on_progress: OnProgress | None = None) -> Report:
        """Parse, split and embed every stored document again with the present model and settings, then switch at once.

        Until then the old vectors stay searchable. Stopped and started again, it goes on where it was.
        """
        started = time.perf_counter()
        while True:
            generation = self._store.generation()
            prepared, outcomes = self._prepare_all(generation + 1, on_progress or nobody)
            switched = self._store.switch_model(
                generation, [(item.document, item.chunks) for item in prepared], self._encoder
            )
            if switched is not None:
                return Report(tuple(outcomes), time.perf_counter() - started)

    def _take(self, origin: str, uri: str, content: bytes) -> "Outcome | Prepared":
        """Return a document ready to be embedded; the outcome where nothing has changed. Raises as `ingest` does."""
        if not uri.strip():
            message = "the document needs a file name, such as notes.txt"
            raise InvalidRequestError(message)
        if len(content) > self.max_bytes:
            raise DocumentTooLargeError(len(content), self.max_bytes)
        self._store.require_fingerprint(self._encoder)
        return self._unchanged(origin, uri, content) or self._preparer.prepare(origin, uri, content)

    def _take_file(self, file: FoundFile) -> "Handled | Prepared":
        state = None
        try:
            reading = file.read(self.max_bytes)
            state = state_of(file, reading, self._preparer.recipe)
            if reading.refusal is not None:
                return Handled(file, Outcome(file.uri, "skipped", reading.refusal), state)
            taken = self._take(file.origin, file.uri, reading.content)
        except UnreadableDocumentError as error:
            is_wanted = file.is_named or not isinstance(error, UnsupportedDocumentError)
            return Handled(file, Outcome(file.uri, "failed" if is_wanted else "skipped", str(error)), state)
        if isinstance(taken, Outcome):
            return Handled(file, taken, state)
        return replace(taken, document=replace(taken.document, state=state), file=file)

    def _write_group(self, group: Sequence[Prepared], meter: Meter) -> Iterator[Handled]:
        """Write documents, small ones together: that keeps every core at work, and the disk waits once."""
        written = self._write_together(group) if len(group) > 1 else None
        for number, prepared in enumerate(group):
            assert prepared.file is not None
            outcome = written[number] if written else self._write(prepared, partial(meter.show, prepared.file))
            meter.add(prepared.file, outcome.embedded)
            yield Handled(prepared.file, outcome, prepared.document.state)

    def _write_together(self, group: Sequence[Prepared]) -> list[Outcome] | None:
        """Return the outcomes; None where vectors were removed meanwhile, and nothing is written."""
        vectors: dict[bytes, NewVector] = {}
        new = [self._missing(prepared) for prepared in group]
        for batch in self._embedded({digest: chunk for each in new for digest, chunk in each.items()}):
            vectors |= batch
        try:
            written = self._store.write_documents(
                [(each.document, each.chunks) for each in group], vectors, self._encoder
            )
        except MissingVectorsError:
            return None
        outcomes = []
        for prepared, done in zip(group, written, strict=True):
            embedded = sum(vectors.pop(digest, None) is not None for digest in prepared.digests)
            outcomes.append(prepared.outcome(done, embedded))
        return outcomes

    def _unchanged(self, origin: str, uri: str, content: bytes) -> Outcome | None:
        """Return the outcome for content that is stored already and was taken in the same way; None for any other."""
        with self._store.snapshot():
            known = self._store.recipe_of(origin)
            if known is None or known[1:] != (hashlib.sha256(content).hexdigest(), self._preparer.recipe):
                return None
            document = self._store.document(known[0])
            generation = self._store.generation()
        return Outcome(uri, "unchanged", None, document.id, document.title, generation, document.passages)

    def _write(self, prepared: Prepared, on_batch: OnBatch) -> Outcome:
        """Embed what is not known yet and write the document."""
        vectors: dict[bytes, NewVector] = {}
        for attempts_left in reversed(range(_ATTEMPTS)):
            new = {digest: chunk for digest, chunk in self._missing(prepared).items() if digest not in vectors}
            wanted = len(vectors) + len(new)
            for batch in self._embedded(new):
                vectors |= batch
                on_batch(len(vectors) / wanted, len(vectors))
            try:
                written = self._store.write_document(prepared.document, prepared.chunks, vectors, self._encoder)
            except MissingVectorsError:
                if not attempts_left:
                    raise
            else:
                return prepared.outcome(written, len(vectors))
        raise AssertionError

    def _missing(self, prepared: Prepared) -> dict[bytes, Chunk]:
        known = self._store.known_vectors(list(prepared.digests), self._encoder.fingerprint)
        return {digest: chunk for digest, chunk in prepared.digests.items() if digest not in known}

    def _embedded(self, chunks: Mapping[bytes, Chunk]) -> Iterator[NewVectors]:
        items = list(chunks.items())
        for start in range(0, len(items), _BATCH):
            batch = items[start : start + _BATCH]
            texts = [chunk.context + chunk.text for _, chunk in batch]
            sentences = [_bounds(chunk.sentences, len(chunk.context)) for _, chunk in batch]
            vectors = self._encoder.embed_passages(texts, sentences, [_bounds(content_words(text)) for text in texts])
            rows = zip(vectors.passages, vectors.sentences, vectors.words, strict=True)
            yield {digest: NewVector.of(*row) for (digest, _), row in zip(batch, rows, strict=True)}

    def _prepare_all(self, generation: int, on_progress: OnProgress) -> tuple[list[Prepared], list[Outcome]]:
        """Prepare every stored document and store the vectors it lacks; one deleted meanwhile is left out."""
        prepared: list[Prepared] = []
        outcomes: list[Outcome] = []
        stored = self._store.origins()
        embedded = 0
        for number, (identifier, origin) in enumerate(stored, start=1):
            try:
                item, reason = self._prepare_again(identifier, origin)
            except DocumentNotFoundError:
                continue
            new = self._missing(item)
            for batch in self._embedded(new):
                self._store.keep_vectors(batch, self._encoder)
                embedded += len(batch)
                on_progress(Progress(number - 1, len(stored), item.document.uri, embedded))
            on_progress(Progress(number, len(stored), item.document.uri, embedded))
            prepared.append(item)
            outcomes.append(item.outcome(Written(identifier, generation, replaced=True), len(new), reason))
        return prepared, outcomes

    def _prepare_again(self, identifier: str, origin: str) -> tuple[Prepared, str | None]:
        """Prepare a stored document. One that can no longer be parsed keeps its text, and the reason comes with it."""
        with self._store.snapshot():
            document, content = self._store.document(identifier), self._store.original(identifier)
        try:
            return self._preparer.prepare(origin, document.uri, content), None
        except UnreadableDocumentError as error:
            text = self._store.text(identifier)
            parsed = Parsed(text, document.media_type, document.title, (), document.metadata)
            reason = f"kept its text, without headings and pages, since it could not be parsed again: {error}"
            return self._preparer.split(origin, document.uri, content, parsed, NO_RECIPE), reason


def _bounds(spans: Sequence[Span], shift: int = 0) -> list[tuple[int, int]]:
    return [(span.start + shift, span.end + shift) for span in spans]
