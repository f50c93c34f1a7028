"""Exported models: run by ONNX Runtime in 8-bit integers, without torch. The default at run time."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from embeddings.contextual import ContextualEncoder, Tokenized, padded
from embeddings.encoder import EncoderError, Vectors, unit_length
from embeddings.exported import GRAPH, VERSION, load_tokenizer, read_exported_folder

_BATCH_TOKENS = 1024
"""What fits a processor's cache: larger batches embed fewer passages a second."""


class OnnxEncoder(ContextualEncoder):
    """Runs a folder that `exporting` wrote. Safe to use from several threads."""

    def __init__(self, name: str, folder: Path, question_prefix: str, passage_prefix: str) -> None:
        """Load the model. Raises EncoderError where the folder is damaged."""
        found = read_exported_folder(folder)
        self._tokenizer = load_tokenizer(folder, found.max_tokens)
        self._padding = found.padding
        try:
            self._session = onnxruntime.InferenceSession(
                folder / GRAPH, _session_options(), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime raises classes that have only Exception above them
            message = f"the exported model in {folder} cannot be loaded ({error}); delete the folder, it is made anew"
            raise EncoderError(message) from error
        settings = (f"onnx int8 {VERSION}", found.weights, question_prefix, passage_prefix, str(found.max_tokens))
        super().__init__(
            name,
            found.dimension,
            hashlib.sha256("\0".join(settings).encode()).hexdigest(),
            (question_prefix, passage_prefix),
            pools_mean=found.pooling == "mean",
            batch_tokens=_BATCH_TOKENS,
        )

    def _tokenize(self, texts: Sequence[str]) -> list[Tokenized]:
        return [Tokenized(read.ids, read.offsets) for read in self._tokenizer.encode_batch(list(texts))]

    def _forward(self, batch: Sequence[Tokenized]) -> tuple[Vectors, Vectors]:
        ids, mask = padded(batch, self._padding)
        tokens: Vectors
        (tokens,) = self._session.run(["tokens"], {"input_ids": ids, "attention_mask": mask})
        if not self._pools_mean:
            return tokens, unit_length(tokens[:, 0])
        return tokens, unit_length(np.einsum("nld,nl->nd", tokens, mask.astype(np.float32)))


def _session_options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    return options
