"""txtai: an `Embeddings` database with the FAISS backend."""

from collections.abc import Sequence

from txtai import Embeddings

from eval.peers.protocol import Model

PACKAGES = ("txtai",)


class Txtai:
    """An embeddings database, its texts kept by the caller."""

    def __init__(self, model: Model) -> None:
        self._embeddings = Embeddings(
            path=model.folder,
            instructions={"query": model.question_prefix, "data": model.passage_prefix},
            backend="faiss",
            gpu=False,
        )

    def take_in(self, passages: Sequence[str]) -> None:
        """Index passages under their numbers."""
        self._embeddings.index(enumerate(passages))

    def search(self, question: str, top_k: int) -> list[int]:
        """Return passage numbers, best first."""
        return [number for number, _ in self._embeddings.search(question, top_k)]


def load(model: Model, folder: str) -> Txtai:
    """Return txtai with the model loaded; it keeps everything in memory."""
    return Txtai(model)
