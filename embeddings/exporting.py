"""From a sentence-transformers folder to one that ONNX Runtime runs in 8-bit integers. Needs no torch.

What it writes, `exported.py` reads.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto
from onnx.external_data_helper import set_external_data
from tokenizers import Tokenizer

from embeddings.bert_graph import Range, Ranges, float_graph, integer_graph
from embeddings.bert_weights import BertWeights, read_bert_weights
from embeddings.bundled import OnProgress
from embeddings.exported import DESCRIPTION, GRAPH, TOKENIZER, WORDS, Exported, load_tokenizer
from embeddings.folders import NotExportableError, file_digest, folder_fingerprint, read_plain_model
from embeddings.probes import probe_languages, read_probes


def write_exported_folder(
    folder: Path, target: Path, prefixes: tuple[str, str], on_progress: OnProgress = lambda done, total: None
) -> None:
    """Write the model of a sentence-transformers folder into the empty folder `target`.

    The ranges of its activations are measured on probe texts with the model's prefixes before them. Raises
    NotExportableError.
    """
    model = read_plain_model(folder)
    try:
        shutil.copy(model.transformer / TOKENIZER, target / TOKENIZER)
    except OSError as error:
        raise NotExportableError(folder, f"it has no {TOKENIZER} ({error})") from error
    weights = read_bert_weights(model)
    tokenizer = load_tokenizer(target, model.max_tokens)
    ranges = _measure(weights, tokenizer, prefixes, target, on_progress)
    _write_graph(integer_graph(weights, ranges), target)
    description = Exported(
        folder_fingerprint(folder),
        weights.hidden,
        min(model.max_tokens, len(weights.places)),
        model.pooling,
        {name: file_digest(target / name) for name in (GRAPH, WORDS, TOKENIZER)},
    )
    (target / DESCRIPTION).write_text(json.dumps(asdict(description), indent=1), encoding="utf-8")


def _measure(
    weights: BertWeights, tokenizer: Tokenizer, prefixes: tuple[str, str], target: Path, on_progress: OnProgress
) -> Ranges:
    """Return how far the values that enter dense layers go, over everyday texts in many languages."""
    path = target / "float.onnx"
    _write_graph(float_graph(weights), target, path.name)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs() if output.name != "tokens"]
    ranges: dict[str, Range] = {}
    texts = list(_probe_texts(*prefixes))
    for number, read in enumerate(tokenizer.encode_batch(texts), start=1):
        found = session.run(names, {"input_ids": np.array([read.ids], np.int64)})
        for name, (values,) in zip(names, found, strict=True):
            known = ranges.get(name, Range(values[0], values[0]))
            ranges[name] = known.widened(values)
        on_progress(number, len(texts))
    del session
    path.unlink()
    (target / WORDS).unlink()
    return ranges


def _probe_texts(question_prefix: str, passage_prefix: str) -> Iterator[str]:
    """Yield probe texts, short ones and, made of them, long ones."""
    for language in probe_languages():
        texts = read_probes(language)
        yield from (question_prefix + text for text in texts.questions)
        yield from (passage_prefix + text for text in texts.passages)
        yield passage_prefix + " ".join(texts.passages)


def _write_graph(model: onnx.ModelProto, target: Path, name: str = GRAPH) -> None:
    """Write a graph, and large constants into files of their own."""
    for constant in model.graph.initializer:
        if constant.name == "words":
            (target / WORDS).write_bytes(constant.raw_data)
            set_external_data(constant, WORDS)
            constant.ClearField("raw_data")
            constant.data_location = TensorProto.EXTERNAL
    onnx.save(model, target / name)
