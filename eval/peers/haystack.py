"""Haystack: an indexing and a query pipeline of sentence-transformers embedders on an `InMemoryDocumentStore`."""

from collections.abc import Sequence

from haystack import Document, Pipeline
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.utils import ComponentDevice
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from eval.peers.protocol import Model

PACKAGES = ("haystack-ai", "sentence-transformers-haystack")


class Haystack:
    """The two pipelines over one document store."""

    def __init__(self, model: Model) -> None:
        settings = {
            "model": model.folder,
            "device": ComponentDevice.from_str("cpu"),
            "normalize_embeddings": True,
            "progress_bar": False,
        }
        store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
        self._indexing = Pipeline()
        self._indexing.add_component(
            "embedder", SentenceTransformersDocumentEmbedder(prefix=model.passage_prefix, **settings)
        )
        self._indexing.add_component("writer", DocumentWriter(store))
        self._indexing.connect("embedder", "writer")
        self._query = Pipeline()
        self._query.add_component(
            "embedder", SentenceTransformersTextEmbedder(prefix=model.question_prefix, **settings)
        )
        self._query.add_component("retriever", InMemoryEmbeddingRetriever(store))
        self._query.connect("embedder.embedding", "retriever.query_embedding")
        self._indexing.warm_up()
        self._query.warm_up()

    def take_in(self, passages: Sequence[str]) -> None:
        """Run the indexing pipeline."""
        documents = [Document(content=passage, meta={"number": number}) for number, passage in enumerate(passages)]
        self._indexing.run({"embedder": {"documents": documents}})

    def search(self, question: str, top_k: int) -> list[int]:
        """Return passage numbers, best first."""
        found = self._query.run({"embedder": {"text": question}, "retriever": {"top_k": top_k}})
        return [document.meta["number"] for document in found["retriever"]["documents"]]


def load(model: Model, folder: str) -> Haystack:
    """Return Haystack with the model loaded; it keeps everything in memory."""
    return Haystack(model)
