"""The product itself, in its own environment, each passage a document of its own that is not split."""

import atexit
from collections.abc import Sequence
from pathlib import Path

from eval.peers.protocol import Model
from qa_service.assembly import build_service
from qa_service.config import load_settings
from qa_service.service import QAService

PACKAGES = ("qa-service", "onnxruntime")

_WHOLE = 1_000_000
"""Characters of a passage that holds any document."""


class Product:
    """The service on an empty data folder, as its users ask it. `folder` then holds `data` and `documents`."""

    def __init__(self, service: QAService, folder: Path) -> None:
        self._service = service
        self._documents = folder / "documents"

    def take_in(self, passages: Sequence[str]) -> None:
        """Write passages to files and ingest them. Raises ValueError where one is not added."""
        self._documents.mkdir()
        for number, passage in enumerate(passages):
            (self._documents / f"{number:06}.txt").write_text(passage, encoding="utf-8")
        for outcome in self._service.ingest_paths([self._documents]).outcomes:
            if outcome.status != "added":
                message = f"passage {outcome.uri} is not taken in: {outcome.status}, {outcome.reason}"
                raise ValueError(message)

    def search(self, question: str, top_k: int) -> list[int]:
        """Return passage numbers, best first."""
        return [int(Path(hit.passage.document.uri).stem) for hit in self._service.search(question, top_k).hits]


def load(model: Model, folder: str) -> Product:
    """Return the service with the model of its settings loaded: the same one, as the product runs it."""
    service = build_service(load_settings(data=Path(folder) / "data", passage_characters=_WHOLE))
    atexit.register(service.close)
    service.require_ready()
    return Product(service, Path(folder))
