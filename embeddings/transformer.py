"""Any sentence-transformers model. The only module that imports sentence_transformers (and with it torch)."""

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from embeddings.contextual import ContextualEncoder, Tokenized
from embeddings.encoder import EncoderError, Vectors, unit_length
from embeddings.folders import folder_fingerprint

_BATCH_TOKENS = 4096


class TransformerEncoder(ContextualEncoder):
    """Runs a sentence-transformers folder without touching the network."""

    def __init__(self, name: str, folder: Path, question_prefix: str, passage_prefix: str) -> None:
        """Load the model. Raises EncoderError where the folder is not a sentence-transformers model."""
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
        super().__init__(
            name,
            int(self._model.get_embedding_dimension() or 0),
            folder_fingerprint(folder, question_prefix, passage_prefix, str(self._max_tokens)),
            (question_prefix, passage_prefix),
            pools_mean=self._pooling_mode() == "mean",
            batch_tokens=_BATCH_TOKENS,
        )

    def _pooling_mode(self) -> str:
        modules = list(self._model)
        kinds = [type(module).__name__ for module in modules]
        if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
            return "other"
        return str(modules[1].get_config_dict().get("pooling_mode", "other"))

    def _tokenize(self, texts: Sequence[str]) -> list[Tokenized]:
        if not texts:
            return []
        with self._tokenizer_lock:
            found = self._tokenizer(
                list(texts), truncation=True, max_length=self._max_tokens, return_offsets_mapping=True
            )
        return [Tokenized(*read) for read in zip(found["input_ids"], found["offset_mapping"], strict=True)]

    def _forward(self, batch: Sequence[Tokenized]) -> tuple[Vectors, Vectors]:
        ids, mask = _padded(batch, self._tokenizer.pad_token_id or 0)
        features = {"input_ids": ids, "attention_mask": mask}
        with torch.inference_mode():
            output = self._model({key: torch.from_numpy(rows).to(self._model.device) for key, rows in features.items()})
        pooled = output["sentence_embedding"].float().cpu().numpy()
        return output["token_embeddings"].float().cpu().numpy(), unit_length(pooled)


def _padded(batch: Sequence[Tokenized], padding: int) -> tuple[np.ndarray, np.ndarray]:
    """Return token ids and the mask of what is no padding, both of shape (n, longest) and of 64-bit integers."""
    longest = max(map(len, batch), default=0)
    ids = np.full((len(batch), longest), padding, np.int64)
    mask = np.zeros((len(batch), longest), np.int64)
    for row, read in enumerate(batch):
        ids[row, : len(read)] = read.ids
        mask[row, : len(read)] = 1
    return ids, mask


def _silence_reports() -> None:
    """Keep load reports and progress bars, meant for those who train models, off the operator's terminal."""
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
