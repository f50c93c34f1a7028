"""Any sentence-transformers model. The only module that imports sentence_transformers (and with it torch)."""

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor
from transformers.utils import logging as transformers_logging

from embeddings.encoder import (
    EncoderError,
    PassageVectors,
    QuestionVectors,
    Span,
    Vectors,
    require_spans_for_each,
    unit_length,
)
from embeddings.loading import folder_fingerprint

_BATCH_TOKENS = 4096
"""Most tokens, padding included, that go through the model at once."""


class TransformerEncoder:
    """Runs a sentence-transformers folder without touching the network.

    Where the model pools the mean of its tokens, sentence vectors come out of the passage's own forward pass: the
    mean over the sentence's tokens, so that a sentence keeps its context and costs nothing ("late chunking",
    Günther et al. 2024). Other models embed each sentence by itself.
    """

    def __init__(self, name: str, folder: Path, question_prefix: str, passage_prefix: str) -> None:
        """Load the model. Raises EncoderError where the folder is not a sentence-transformers model."""
        self.name = name
        self._question_prefix = question_prefix
        self._passage_prefix = passage_prefix
        _silence_reports()
        try:
            self._model = SentenceTransformer(str(folder), local_files_only=True)
        except (OSError, ValueError, KeyError, json.JSONDecodeError) as error:
            message = f"{folder} cannot be loaded as a sentence-transformers model: {error}"
            raise EncoderError(message) from error
        self._model.eval()
        self._tokenizer = self._model.tokenizer
        self._tokenizer_lock = threading.Lock()  # a fast tokenizer refuses a second thread while it is set up
        self._max_tokens = int(self._model.max_seq_length or self._tokenizer.model_max_length)
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.fingerprint = folder_fingerprint(folder, question_prefix, passage_prefix, str(self._max_tokens))
        self._pools_mean = self._pooling_mode() == "mean"

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of shape (n, dimension)."""
        return self._embed([self._question_prefix + text for text in texts])

    def embed_question(self, text: str, words: Sequence[Span]) -> QuestionVectors:
        """Return the vectors of a question and of the words at these spans of it."""
        encoded = self._tokenize([self._question_prefix + text])
        offsets = encoded.pop("offset_mapping").numpy()
        tokens, pooled = self._forward(encoded)
        return QuestionVectors(pooled[0], _mean_of_spans(tokens[0], offsets[0], words, len(self._question_prefix)))

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]], words: Sequence[Sequence[Span]]
    ) -> PassageVectors:
        """Return the vectors of passages, of their sentences and of their words.

        A sentence past the model's longest input, or of a model that does not pool the mean, is embedded by itself.
        """
        require_spans_for_each(texts, sentences, words)
        passages = np.zeros((len(texts), self.dimension), dtype=np.float32)
        of_sentences: list[Vectors] = [np.zeros((len(spans), self.dimension), dtype=np.float32) for spans in sentences]
        of_words: list[Vectors] = list(of_sentences)
        shift = len(self._passage_prefix)
        prefixed = [self._passage_prefix + text for text in texts]
        for rows in self._batches(prefixed):
            encoded = self._tokenize([prefixed[row] for row in rows])
            offsets = encoded.pop("offset_mapping").numpy()
            tokens, passages[rows] = self._forward(encoded)
            for row, row_tokens, row_offsets in zip(rows, tokens, offsets, strict=True):
                of_words[row] = _mean_of_spans(row_tokens, row_offsets, words[row], shift)
                if self._pools_mean:
                    of_sentences[row] = unit_length(_mean_of_spans(row_tokens, row_offsets, sentences[row], shift))
        self._fill_missing(of_sentences, texts, sentences)
        return PassageVectors(passages, tuple(of_sentences), tuple(of_words))

    def _pooling_mode(self) -> str:
        modules = list(self._model)
        kinds = [type(module).__name__ for module in modules]
        if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
            return "other"
        return str(modules[1].get_config_dict().get("pooling_mode", "other"))

    def _fill_missing(self, groups: list[Vectors], texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> None:
        """Embed by themselves the sentences that have no vector yet."""
        missing = [
            (row, column) for row, group in enumerate(groups) for column in np.flatnonzero(~group.any(axis=1)).tolist()
        ]
        spans = [(row, *sentences[row][column]) for row, column in missing]
        vectors = self._embed([self._passage_prefix + texts[row][start:end] for row, start, end in spans])
        for (row, column), vector in zip(missing, vectors, strict=True):
            groups[row][column] = vector

    def _embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for rows in self._batches(texts):
            encoded = self._tokenize([texts[row] for row in rows])
            del encoded["offset_mapping"]
            vectors[rows] = self._forward(encoded)[1]
        return vectors

    def _batches(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Yield rows of texts of like length, so that a batch holds little padding and at most `_BATCH_TOKENS`."""
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        batch: list[int] = []
        for row in order:
            longest = min(self._max_tokens, len(texts[row]) // 2 + 2)
            if batch and longest * (len(batch) + 1) > _BATCH_TOKENS:
                yield batch
                batch = []
            batch.append(row)
        if batch:
            yield batch

    def _tokenize(self, texts: Sequence[str]) -> dict[str, Tensor]:
        with self._tokenizer_lock:
            encoded: dict[str, Tensor] = dict(
                self._tokenizer(
                    list(texts),
                    padding=True,
                    truncation=True,
                    max_length=self._max_tokens,
                    return_offsets_mapping=True,
                    return_tensors="pt",
                )
            )
        return encoded

    def _forward(self, encoded: dict[str, Tensor]) -> tuple[Any, Vectors]:
        """Return token vectors (n, tokens, dimension) and unit text vectors (n, dimension)."""
        features = {key: tensor.to(self._model.device) for key, tensor in encoded.items()}
        with torch.inference_mode():
            output = self._model(features)
        pooled = output["sentence_embedding"].float().cpu().numpy()
        return output["token_embeddings"].float().cpu().numpy(), unit_length(pooled)


def _silence_reports() -> None:
    """Keep load reports and progress bars, meant for those who train models, off the operator's terminal."""
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def _mean_of_spans(tokens: Vectors, offsets: Any, spans: Sequence[Span], shift: int) -> Vectors:
    """Return the mean over each span's tokens; a span without tokens gets zeros.

    `tokens` has shape (tokens, dimension), `offsets` (tokens, 2) in the prefixed text, `shift` is the prefix's length.
    """
    bounds = np.asarray(spans, dtype=np.int64).reshape(-1, 2) + shift
    starts, ends = offsets[:, 0], offsets[:, 1]
    inside = (starts[None] < bounds[:, 1:]) & (ends[None] > bounds[:, :1]) & (ends > starts)[None]
    weights = inside.astype(np.float32)
    means: Vectors = weights @ tokens / np.maximum(weights.sum(axis=1, keepdims=True), 1)
    return means
