"""Putting the service together: the only place that picks concrete classes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from threadpoolctl import threadpool_limits

import embeddings
from embeddings import Encoder, load_encoder
from embeddings.bundled import OnProgress
from embeddings.loading import default_cache_folder
from qa_service.calibration import find_calibration
from qa_service.centring import Probes
from qa_service.config import Settings
from qa_service.dense import DenseIndex
from qa_service.folders.records import FolderRecords
from qa_service.folders.syncing import Syncer
from qa_service.fusion import SHIPPED, Weights
from qa_service.ingestion import Ingester
from qa_service.language import LanguageDetector
from qa_service.lexical import LexicalIndex
from qa_service.parsers.process import ParserProcess
from qa_service.recipes import recipe_for
from qa_service.retrieval import Retriever
from qa_service.service import QAService
from qa_service.store import Store


def open_store(settings: Settings) -> Store:
    """Open the data folder, making it where it is new. Raises StoreError."""
    return Store(settings.data / "store.sqlite3")


def build_encoder(settings: Settings, on_progress: OnProgress = lambda done, total: None) -> Encoder:
    """Return the model of `settings`. Needs no network for the bundled one. Raises EncoderError.

    `on_progress` is told of (bytes done, bytes in all) while the bundled model is built, which happens once.
    """
    return load_encoder(
        settings.model,
        cache_folder=settings.model_cache,
        question_prefix=settings.model_question_prefix,
        passage_prefix=settings.model_passage_prefix,
        runtime=settings.model_runtime,
        on_progress=on_progress,
    )


def build_parser(settings: Settings) -> ParserProcess:
    """Return what parses files; no process is started before one is needed."""
    return ParserProcess(
        settings.parser_seconds,
        settings.parser_memory_bytes,
        settings.max_text_characters,
        processes=settings.parser_processes,
    )


def export_model(settings: Settings, on_progress: OnProgress = lambda done, total: None) -> Path:
    """Export the model of `settings` for ONNX Runtime; return the folder. Raises EncoderError."""
    return embeddings.export_model(
        settings.model,
        cache_folder=settings.model_cache,
        question_prefix=settings.model_question_prefix,
        passage_prefix=settings.model_passage_prefix,
        on_progress=on_progress,
    )


def build_service(
    settings: Settings,
    on_progress: OnProgress = lambda done, total: None,
    *,
    encoder: Encoder | None = None,
    weights: Weights = SHIPPED,
) -> QAService:
    """Return the service on the data folder of `settings`, with their model or one that is loaded already.

    Raises ConfigurationError, EncoderError or StoreError.
    """
    threadpool_limits(1, user_api="blas")  # its products are small, and its threads get in the way of the model's
    with ThreadPoolExecutor(1, "loading") as beside:
        detecting = beside.submit(LanguageDetector, settings.languages)
        store = open_store(settings)
        encoder = encoder or build_encoder(settings, on_progress)
        detector = detecting.result()
    parser = build_parser(settings)
    dense = DenseIndex(store, settings.data / "index", encoder)
    lexical = LexicalIndex(store, settings.data / "index")
    probes = Probes(encoder, settings.model_cache or default_cache_folder())
    ingester = Ingester(
        store,
        encoder,
        parser,
        detector,
        passage_characters=settings.passage_characters,
        max_bytes=settings.max_document_bytes,
    )

    def close() -> None:
        parser.close()
        store.close()

    retriever = Retriever(store, encoder, dense, lexical, probes, weights)
    calibration = find_calibration(settings.data, encoder.fingerprint)
    return QAService(store, encoder, dense, lexical, retriever, ingester, detector, calibration, close)


def build_syncer(settings: Settings, store: Store, service: Callable[[], QAService]) -> Syncer:
    """Return what keeps folders in step; `service` is asked for when something is to be taken in, and not before."""
    recipe = recipe_for(settings.passage_characters)
    return Syncer(FolderRecords(store.database), recipe, settings.max_document_bytes, settings.data, service)
