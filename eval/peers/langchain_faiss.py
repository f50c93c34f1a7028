"""LangChain: `HuggingFaceEmbeddings` and the FAISS vector store of langchain-community."""

from collections.abc import Sequence

from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings

from eval.peers.protocol import Model

PACKAGES = ("langchain-core", "langchain-community", "langchain-huggingface")


class LangChain:
    """Documents in a FAISS vector store."""

    def __init__(self, model: Model) -> None:
        self._embeddings = HuggingFaceEmbeddings(
            model_name=model.folder,
            model_kwargs={"device": "cpu"},
            encode_kwargs={"normalize_embeddings": True, "prompt": model.passage_prefix},
            query_encode_kwargs={"normalize_embeddings": True, "prompt": model.question_prefix},
        )

    def take_in(self, passages: Sequence[str]) -> None:
        """Embed passages into a new vector store."""
        documents = [
            Document(page_content=passage, metadata={"number": number}) for number, passage in enumerate(passages)
        ]
        self._store = FAISS.from_documents(documents, self._embeddings)

    def search(self, question: str, top_k: int) -> list[int]:
        """Return passage numbers, best first."""
        return [document.metadata["number"] for document in self._store.similarity_search(question, k=top_k)]


def load(model: Model, folder: str) -> LangChain:
    """Return LangChain with the model loaded; it keeps everything in memory."""
    return LangChain(model)
