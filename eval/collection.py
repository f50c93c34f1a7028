"""A task's documents, taken in by the product: parsed, split and embedded once for every system that is compared."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import cached_property
from pathlib import Path

from embeddings import Encoder, PassageVectors, QuestionVectors, Vectors
from embeddings.bundled import OnProgress as OnBuild
from embeddings.encoder import Span as Bounds
from eval.errors import EvalError
from eval.task import Passages, Source, Task
from qa_service.assembly import build_encoder, build_service, open_store
from qa_service.config import Settings
from qa_service.fusion import Weights
from qa_service.outcomes import OnProgress as OnIngest
from qa_service.service import QAService
from qa_service.types import Language, Passage

_WHOLE = 1_000_000
"""Characters of a passage that holds any document."""


class RememberingEncoder:
    """An encoder that embeds a question once, however many systems are asked it."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._asked: dict[str, QuestionVectors] = {}
        self.name = encoder.name
        self.dimension = encoder.dimension
        self.fingerprint = encoder.fingerprint

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of shape (n, dimension)."""
        return self._encoder.embed_questions(texts)

    def embed_question(self, text: str, words: Sequence[Bounds]) -> QuestionVectors:
        """Return the vectors of a question and of its words."""
        if text not in self._asked:
            self._asked[text] = self._encoder.embed_question(text, words)
        return self._asked[text]

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Bounds]], words: Sequence[Sequence[Bounds]]
    ) -> PassageVectors:
        """Return the vectors of passages, of their sentences and of their words."""
        return self._encoder.embed_passages(texts, sentences, words)


class Collection:
    """Documents in a data folder of their own. `names` leads from the product's document ids to the task's names."""

    def __init__(self, settings: Settings, encoder: Encoder, names: Mapping[str, str], stack: ExitStack) -> None:
        self.settings = settings
        self.encoder = encoder
        self.names = names
        self._stack = stack

    def service(self, weights: Weights) -> QAService:
        """Return a service over these documents, ranking as told."""
        service = build_service(self.settings, encoder=self.encoder, weights=weights)
        return self._stack.enter_context(closing(service))

    @cached_property
    def passages(self) -> Mapping[int, Passage]:
        """Every passage by its id."""
        with closing(open_store(self.settings)) as store:
            return store.passages(store.passage_ids())

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Every document's canonical text by the product's id."""
        with closing(open_store(self.settings)) as store:
            return {identifier: store.text(identifier) for identifier in self.names}

    @cached_property
    def languages(self) -> Mapping[str, Language]:
        """The language that the product finds a document to be in, by the task's name."""
        found = (passage.document for passage in self.passages.values())
        return {self.names[document.id]: document.language for document in found}


@contextmanager
def taken_in(
    task: Task, settings: Settings, passages: Passages, on_build: OnBuild, on_ingest: OnIngest
) -> Iterator[Collection]:
    """Give the task's documents, taken in under a temporary folder. Raises EvalError where one cannot be."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qa-eval-")))
        changes: dict[str, object] = {"data": folder / "data"}
        if passages == "whole":
            changes["passage_characters"] = _WHOLE
        own = settings.model_copy(update=changes)
        encoder = RememberingEncoder(build_encoder(own, on_build))
        _write_files(task.documents, folder / "documents")
        with closing(build_service(own, encoder=encoder)) as service:
            report = service.ingest_paths([folder / "documents"], on_ingest)
        names = {f"documents/{source.path}": source.name for source in task.documents}
        for outcome in report.outcomes:
            if outcome.status != "added":
                reason = f"document {names[outcome.uri]!r} cannot be taken in: {outcome.reason}"
                raise EvalError(reason)
        yield Collection(own, encoder, {str(item.document_id): names[item.uri] for item in report.outcomes}, stack)


def _write_files(sources: Sequence[Source], folder: Path) -> None:
    for source in sources:
        path = folder / source.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.content)
