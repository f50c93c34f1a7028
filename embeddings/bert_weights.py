"""The weights of BERT-like encoders (BERT, RoBERTa, XLM-RoBERTa) out of a safetensors file, under names of our own."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from embeddings.folders import NotExportableError, PlainModel
from embeddings.word_tables import COMPONENTS

Array: TypeAlias = NDArray[np.float32]

_FIRST_POSITION_AFTER_PADDING = frozenset({"camembert", "roberta", "xlm-roberta"})
_KINDS = _FIRST_POSITION_AFTER_PADDING | {"bert"}
_WORDS = "embeddings.word_embeddings.weight"


@dataclass(frozen=True, slots=True)
class Dense:
    """A dense layer: `weight` has shape (inputs, outputs), `bias` (outputs,)."""

    weight: Array
    bias: Array


@dataclass(frozen=True, slots=True)
class Norm:
    """A layer normalisation: both of shape (hidden,)."""

    scale: Array
    shift: Array


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of the encoder. `attended` has the outputs for queries, keys and values side by side."""

    attended: Dense
    gathered: Dense
    gathered_norm: Norm
    wide: Dense
    narrow: Dense
    narrow_norm: Norm


@dataclass(frozen=True, slots=True)
class BertWeights:
    """An encoder. `words` has shape (vocabulary, hidden); `places` (positions, hidden), with the token type added."""

    words: Array
    places: Array
    norm: Norm
    layers: tuple[Layer, ...]
    heads: int
    epsilon: float

    @property
    def hidden(self) -> int:
        """Length of a token's vector."""
        return int(self.words.shape[1])


def read_bert_weights(model: PlainModel) -> BertWeights:
    """Return the weights of a model. Raises NotExportableError where it is of another kind, or they cannot be read."""
    config, folder = model.config, model.transformer
    if config.get("model_type") not in _KINDS or config.get("hidden_act") != "gelu":
        kind = f"{config.get('model_type')} with {config.get('hidden_act')}"
        raise NotExportableError(folder, f"it is {kind}; known are {', '.join(sorted(_KINDS))} with gelu")
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise NotExportableError(folder, f"its positions are {config['position_embedding_type']}, not absolute")
    if config["hidden_size"] % COMPONENTS:
        raise NotExportableError(folder, f"its vectors of {config['hidden_size']} are no multiple of {COMPONENTS}")
    tensors = _read_tensors(folder)
    try:
        return _arranged(model, tensors)
    except KeyError as error:
        raise NotExportableError(folder, f"model.safetensors has no tensor {error}") from error


def _read_tensors(folder: Path) -> Mapping[str, Array]:
    try:
        stored = load_file(folder / "model.safetensors")
    except (OSError, SafetensorError, TypeError) as error:  # TypeError: a kind of number that numpy lacks
        raise NotExportableError(folder, f"model.safetensors cannot be read ({error})") from error
    prefix = next((name.removesuffix(_WORDS) for name in stored if name.endswith(_WORDS)), "")
    return {name.removeprefix(prefix): tensor.astype(np.float32, copy=False) for name, tensor in stored.items()}


def _arranged(model: PlainModel, tensors: Mapping[str, Array]) -> BertWeights:
    config = model.config
    padding = int(config.get("pad_token_id") or 0)
    first = padding + 1 if config["model_type"] in _FIRST_POSITION_AFTER_PADDING else 0
    places = tensors["embeddings.position_embeddings.weight"][first:]
    return BertWeights(
        tensors[_WORDS],
        places + tensors["embeddings.token_type_embeddings.weight"][0],
        _norm(tensors, "embeddings.LayerNorm"),
        tuple(_layer(tensors, f"encoder.layer.{number}") for number in range(int(config["num_hidden_layers"]))),
        int(config["num_attention_heads"]),
        float(config["layer_norm_eps"]),
    )


def _layer(tensors: Mapping[str, Array], name: str) -> Layer:
    parts = [_dense(tensors, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
    return Layer(
        Dense(np.concatenate([part.weight for part in parts], axis=1), np.concatenate([part.bias for part in parts])),
        _dense(tensors, f"{name}.attention.output.dense"),
        _norm(tensors, f"{name}.attention.output.LayerNorm"),
        _dense(tensors, f"{name}.intermediate.dense"),
        _dense(tensors, f"{name}.output.dense"),
        _norm(tensors, f"{name}.output.LayerNorm"),
    )


def _dense(tensors: Mapping[str, Array], name: str) -> Dense:
    return Dense(np.ascontiguousarray(tensors[f"{name}.weight"].T), tensors[f"{name}.bias"])


def _norm(tensors: Mapping[str, Array], name: str) -> Norm:
    return Norm(tensors[f"{name}.weight"], tensors[f"{name}.bias"])
