"""LlamaIndex: `HuggingFaceEmbedding` and a `VectorStoreIndex` on FAISS."""

from collections.abc import Sequence

import faiss
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.faiss import FaissVectorStore

from eval.peers.protocol import Model

PACKAGES = ("llama-index-core", "llama-index-embeddings-huggingface", "llama-index-vector-stores-faiss")


class LlamaIndex:
    """Nodes in a vector store index; a passage is one node, not split."""

    def __init__(self, model: Model) -> None:
        self._embedding = HuggingFaceEmbedding(
            model_name=model.folder,
            query_instruction=model.question_prefix,
            text_instruction=model.passage_prefix,
            normalize=True,
            device="cpu",
        )
        self._dimension = len(self._embedding.get_query_embedding("dimension"))

    def take_in(self, passages: Sequence[str]) -> None:
        """Embed passages into a new index."""
        nodes = [TextNode(text=passage, id_=str(number)) for number, passage in enumerate(passages)]
        store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(self._dimension))
        context = StorageContext.from_defaults(vector_store=store)
        self._index = VectorStoreIndex(nodes, storage_context=context, embed_model=self._embedding)

    def search(self, question: str, top_k: int) -> list[int]:
        """Return passage numbers, best first."""
        found = self._index.as_retriever(similarity_top_k=top_k).retrieve(question)
        return [int(item.node.node_id) for item in found]


def load(model: Model, folder: str) -> LlamaIndex:
    """Return LlamaIndex with the model loaded; it keeps everything in memory."""
    return LlamaIndex(model)
