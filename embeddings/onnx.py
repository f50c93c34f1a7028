"""Exported models: run by ONNX Runtime in 8-bit integers, without torch. The default at run time."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from embeddings.contextual import ContextualEncoder, Tokenized
from embeddings.cores import usable_cores
from embeddings.encoder import EncoderError, Vectors, unit_length
from embeddings.exported import GRAPH, VERSION, load_tokenizer, read_exported_folder

_SLOWER = ["SkipLayerNormFusion"]
"""What ONNX Runtime would rewrite into operators that take several times as long."""


class OnnxEncoder(ContextualEncoder):
    """Runs a folder that `exporting` wrote. Safe to use from several threads."""

    def __init__(self, name: str, folder: Path, question_prefix: str, passage_prefix: str) -> None:
        """Load the model. Raises EncoderError where the folder is damaged."""
        found = read_exported_folder(folder)
        self._tokenizer = load_tokenizer(folder, found.max_tokens)
        try:
            self._session = onnxruntime.InferenceSession(
                folder / GRAPH, _session_options(), providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER
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
            batch_tokens=0,
            workers=usable_cores(),
        )

    def _tokenize(self, texts: Sequence[str]) -> list[Tokenized]:
        return [Tokenized(read.ids, read.offsets) for read in self._tokenizer.encode_batch(list(texts))]

    def _forward(self, batch: Sequence[Tokenized]) -> tuple[Vectors, Vectors]:
        (read,) = batch  # of two texts the shorter one would be padded, and together they take as long
        tokens: Vectors
        (tokens,) = self._session.run(["tokens"], {"input_ids": np.array([read.ids], np.int64)})
        return tokens, unit_length(tokens.mean(axis=1) if self._pools_mean else tokens[:, 0])


def _session_options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # two cores embed more in two batches than sharing one, and a question as fast
    return options
