"""The service itself: what the API, the command line and the benchmark call."""

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

from embeddings import Encoder
from qa_service.answering import extract_answer
from qa_service.calibration import Calibration
from qa_service.catalogue import Catalogue
from qa_service.dense import DenseIndex
from qa_service.errors import StoreError
from qa_service.explaining import explain_hit
from qa_service.filters import EVERYTHING, Filter
from qa_service.followups import carry
from qa_service.ingestion import Ingester, OnBatch, unheeded
from qa_service.language import LanguageDetector, likeliest
from qa_service.lexical import LexicalIndex
from qa_service.names import shown_name
from qa_service.outcomes import OnProgress, Outcome, Report
from qa_service.questions import require_bounds, require_page, turns_of, words_of
from qa_service.records import Totals, document_id
from qa_service.retrieval import Retriever
from qa_service.shelf import Shelf
from qa_service.store import Store
from qa_service.types import (
    AskResult,
    Document,
    Explanation,
    IndexState,
    Language,
    Passage,
    Question,
    SearchResult,
    Timings,
    Turn,
)
from qa_service.uploads.table import JobTable

_log = structlog.get_logger(__name__)


class QAService:
    """Questions in, cited passages out; documents in and out. Safe to use from several threads.

    Every method that reads or changes documents raises StoreError where the data folder cannot be used.
    """

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        dense: DenseIndex,
        lexical: LexicalIndex,
        retriever: Retriever,
        ingester: Ingester,
        detector: LanguageDetector,
        calibration: Calibration | None,
        on_close: Callable[[], None],
    ) -> None:
        self._store = store
        self.shelf = Shelf(store)
        self._encoder = encoder
        self._dense = dense
        self._lexical = lexical
        self._retriever = retriever
        self._ingester = ingester
        self._detector = detector
        self._calibration = calibration
        self._on_close = on_close
        self.catalogue = Catalogue(store.database)
        self.jobs = JobTable(store.database)

    # --- asking ---

    def ask(
        self,
        question: str,
        top_k: int = 5,
        filter: Filter = EVERYTHING,
        history: Sequence[Turn] = (),
    ) -> AskResult:
        """Return the answer to a question and the passages it rests on, best first.

        `filter` limits where to look. `history` holds the earlier turns of the conversation, oldest first: a question
        that leans on them is searched with what it leaves out. Raises InvalidRequestError for a question, or one of
        the history, that is blank or longer than 2,000 characters, for over 20 turns, or `top_k` outside 1..50.
        """
        return self.conclude(self.search(question, top_k, filter, history))

    def conclude(self, found: SearchResult) -> AskResult:
        """Return the answer that the passages of a search give."""
        started = time.perf_counter()
        confidence = None
        if self._calibration is not None and found.support is not None:
            confidence = self._calibration.confidence(found.support)
        is_sure = self._calibration is None or confidence is None or confidence >= self._calibration.threshold
        answer = extract_answer(found.hits, confidence) if is_sure else None
        answered_ms = (time.perf_counter() - started) * 1000
        timings = Timings(found.timings.embed, found.timings.retrieve, answered_ms, found.timings.total + answered_ms)
        return AskResult(
            found.id,
            "answered" if answer else "not_found",
            None if answer else "low_confidence" if found.hits else "no_documents",
            found.question,
            answer,
            found.hits,
            found.index,
            timings,
            confidence,
        )

    def explain(self, found: SearchResult | AskResult) -> tuple[Explanation, ...]:
        """Return, for every hit, where its score came from."""
        searched = found.question.rewritten or found.question.text
        return tuple(explain_hit(searched, hit) for hit in found.hits)

    @property
    def calibration(self) -> Calibration | None:
        """What tells whether the documents answer a question; None where the model has none."""
        return self._calibration

    def search(
        self,
        question: str,
        top_k: int = 10,
        filter: Filter = EVERYTHING,
        history: Sequence[Turn] = (),
    ) -> SearchResult:
        """Return passages only, with the same bounds as `ask`."""
        require_bounds(question, top_k)
        words, turns = words_of(question), turns_of(history)
        started = time.perf_counter()
        probabilities = self._detector.probabilities(words)
        language, rewritten = likeliest(probabilities), None
        if turns:
            language = self._detector.detect_passages([*(turn.question for turn in turns), words])[-1]
            rewritten = carry(words, turns, language)
        if rewritten:
            probabilities = self._detector.probabilities(rewritten)
        found = self._retriever.search(rewritten or words, top_k, filter, probabilities)
        index = IndexState(found.generation, self._encoder.name, self._encoder.fingerprint)
        elapsed = time.perf_counter() - started
        timings = Timings(found.embed_seconds * 1000, found.retrieve_seconds * 1000, 0.0, elapsed * 1000)
        return SearchResult(
            uuid.uuid4().hex, Question(words, language, rewritten), found.hits, index, timings, found.support
        )

    # --- documents ---

    def ingest_paths(self, paths: Sequence[Path], on_progress: OnProgress | None = None) -> Report:
        """Take in files and folders; the report says what became of each."""
        with self.taking_in() as ingester:
            return ingester.ingest_paths(paths, on_progress)

    @contextmanager
    def taking_in(self, *, is_saving: bool = True) -> Iterator[Ingester]:
        """Give what takes documents in; the indexes are brought up and saved at the end, or else on `close`."""
        yield self._ingester
        if is_saving:
            self._lexical.save()
            self._dense.synchronise()
            self._dense.settle()
            self._dense.save()

    def upload(self, name: str, content: bytes, on_batch: OnBatch = unheeded) -> Outcome:
        """Take in a file that has no path. The same content is the same document, whatever its name and its source.

        Raises UnreadableDocumentError.
        """
        uri, digest = shown_name(name), hashlib.sha256(content).hexdigest()
        origin = f"upload:{digest}"
        with self._store.snapshot():
            held, generation = self.catalogue.holding(digest), self._store.generation()
        if held is not None and held.id != document_id(origin):
            return Outcome(uri, "unchanged", None, held.id, held.title, generation, held.passages)
        return self._ingester.ingest(origin, uri, content, on_batch)

    @property
    def max_document_bytes(self) -> int:
        """Largest document taken in, in bytes."""
        return self._ingester.max_bytes

    def delete(self, document_id: str) -> int:
        """Delete a document; return the generation from which no answer shows it. Raises DocumentNotFoundError."""
        return self._ingester.delete(document_id)

    def document(self, document_id: str) -> Document:
        """Return a document. Raises DocumentNotFoundError."""
        return self._store.document(document_id)

    def documents(self, limit: int = 50, offset: int = 0) -> list[Document]:
        """Return a page of documents in the order they were first stored.

        Raises InvalidRequestError for a limit outside 1..500 or an offset outside 0..2**62.
        """
        require_page(limit, offset)
        return self._store.documents(limit, offset)

    def text(self, document_id: str) -> str:
        """Return the canonical text that citations refer to. Raises DocumentNotFoundError."""
        return self._store.text(document_id)

    def passage(self, document_id: str, passage_id: int) -> Passage:
        """Return one passage. Raises DocumentNotFoundError or PassageNotFoundError."""
        return self._store.passage_of(document_id, passage_id)

    # --- upkeep ---

    def rebuild(self, on_progress: OnProgress | None = None) -> Report:
        """Embed every document again with the present model, then build both indexes anew."""
        report = self._ingester.rebuild(on_progress)
        self._lexical.rebuild()
        self._dense.rebuild()
        return report

    def totals(self) -> Totals:
        """Return what is stored."""
        return self._store.totals()

    def index(self) -> IndexState:
        """Return the generation searched now and the model in use."""
        return IndexState(self._dense.synchronise(), self._encoder.name, self._encoder.fingerprint)

    def index_problems(self) -> list[str]:
        """Return how the indexes differ from the documents; empty when they agree."""
        return self._dense.problems() + self._lexical.problems()

    @property
    def approximated(self) -> list[Language]:
        """Languages whose passages are too many to look at every one in a search without a filter."""
        return self._dense.approximated

    def require_ready(self) -> None:
        """Raise StoreError where the stored vectors are another model's, or an index cannot be brought up."""
        self._store.require_fingerprint(self._encoder)
        self._dense.synchronise()
        self._lexical.synchronise()

    def close(self) -> None:
        """Save the indexes and let go of everything."""
        self._dense.close()
        try:
            for what, index in (("lexical", self._lexical), ("vector", self._dense)):
                self._save(what, index)
        finally:
            self._lexical.close()
            self._on_close()

    def _save(self, what: str, index: DenseIndex | LexicalIndex) -> None:
        try:
            index.save()
        except StoreError as error:
            _log.warning(f"{what} cache not saved; the next start brings it up from the store", reason=str(error))
