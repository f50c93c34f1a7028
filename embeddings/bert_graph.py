"""A BERT-like encoder as an ONNX graph, in floats or in 8-bit integers, made of ONNX Runtime's own fused operators.

It has no mask: texts that go through it together are of one length. To run texts one by one costs no more on a CPU,
and nothing is padded.

In integers, every dense layer's input is scaled channel by channel, so that its weights take over what is too wide for
8 bits ("SmoothQuant", Xiao et al. 2023), and quantised with a range measured beforehand. So a text's vector does not
hang on the texts beside it. Weights keep to 7 bits: processors without VNNI add up two products of 8 bits in 16 and
would overflow, and then vectors would differ from machine to machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from embeddings.bert_weights import Array, BertWeights, Dense, Layer, Norm
from embeddings.word_tables import words_in_4_bits, words_in_8_bits

_MICROSOFT = "com.microsoft"
_OPERATORS = 20
_IR_VERSION = 10
_SHARE = 0.7
"""How much of a channel's width its weights take over; 0.6 and 0.8 lose more (nDCG@10 of XQuAD)."""

_WEIGHT_STEPS = 63
_INPUT_STEPS = 255
_SMALLEST = 1e-5


@dataclass(frozen=True, slots=True)
class Range:
    """The lowest and highest value of every channel of a dense layer's input, each of shape (channels,)."""

    low: Array
    high: Array

    def widened(self, values: Array) -> "Range":
        """Return the range that holds these values, shape (n, channels), too."""
        return Range(np.minimum(self.low, values.min(axis=0)), np.maximum(self.high, values.max(axis=0)))


Ranges: TypeAlias = Mapping[str, Range]
"""By the name of the value in the graph."""


@dataclass(slots=True)
class _Parts:
    """Nodes and constants of a graph that is being written."""

    nodes: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)
    measured: dict[str, int] = field(default_factory=dict)
    """Inputs of dense layers, with how many channels each has."""

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, *more: str, domain: str = "", **settings: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output, *more], domain=domain, **settings))
        return output


def float_graph(weights: BertWeights) -> ModelProto:
    """Return the encoder in floats. Beside `tokens`, it gives every value whose range `integer_graph` needs."""
    parts = _Parts()
    _write_encoder(parts, weights, None)
    return _model(parts, weights.hidden, parts.measured)


def integer_graph(weights: BertWeights, ranges: Ranges) -> ModelProto:
    """Return the encoder in 8-bit integers; it gives `tokens` (n, length, hidden) alone."""
    parts = _Parts()
    _write_encoder(parts, weights, ranges)
    return _model(parts, weights.hidden, {})


def _model(parts: _Parts, hidden: int, measured: Mapping[str, int]) -> ModelProto:
    shape = ["texts", "length"]
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, shape)]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [*shape, channels])
        for name, channels in {"tokens": hidden, **measured}.items()
    ]
    graph: GraphProto = helper.make_graph(parts.nodes, "encoder", inputs, outputs, parts.constants)
    operators = [helper.make_opsetid("", _OPERATORS), helper.make_opsetid(_MICROSOFT, 1)]
    model: ModelProto = helper.make_model(graph, opset_imports=operators, ir_version=_IR_VERSION)
    return model


def _write_encoder(parts: _Parts, weights: BertWeights, ranges: Ranges | None) -> None:
    value = _write_embedding(parts, weights)
    for number, layer in enumerate(weights.layers):
        is_last = number == len(weights.layers) - 1
        value = _write_layer(parts, weights, layer, f"layer{number}", value, "tokens" if is_last else None, ranges)


def _write_embedding(parts: _Parts, weights: BertWeights) -> str:
    table = words_in_4_bits(weights.words) or words_in_8_bits(weights.words)
    word_codes, word_scales = parts.constant("words", table.codes), parts.constant("words.scales", table.scales)
    found = parts.node(
        "GatherBlockQuantized",
        [word_codes, "input_ids", word_scales],
        "embedded.words.found",
        domain=_MICROSOFT,
        bits=table.bits,
        block_size=table.block,
        gather_axis=0,
        quantize_axis=1,
    )
    words = parts.node("Cast", [found], "embedded.words", to=TensorProto.FLOAT)
    length = parts.node("Shape", ["input_ids"], "length", start=1, end=2)
    zero = parts.constant("zero", np.zeros(1, np.int64))
    places = parts.node("Slice", [parts.constant("places", weights.places), zero, length, zero], "embedded.places")
    return _write_norm(parts, [words, places], weights.norm, weights.epsilon, "embedded")


def _write_layer(
    parts: _Parts, weights: BertWeights, layer: Layer, name: str, value: str, output: str | None, ranges: Ranges | None
) -> str:
    attended = _write_dense(parts, value, layer.attended, f"{name}.attended", ranges, adds_bias=False)
    split = [f"{name}.{part}" for part in ("queries", "keys", "values")]
    parts.node("Split", [attended], *split, axis=2, num_outputs=3)
    bias = parts.constant(f"{name}.attended.bias", layer.attended.bias)
    attention = parts.node(
        "MultiHeadAttention", [*split, bias], f"{name}.attention", domain=_MICROSOFT, num_heads=weights.heads
    )
    gathered = _write_dense(parts, attention, layer.gathered, f"{name}.gathered", ranges)
    middle = _write_norm(parts, [gathered, value], layer.gathered_norm, weights.epsilon, f"{name}.middle")
    wide = _write_dense(parts, middle, layer.wide, f"{name}.wide", ranges, adds_bias=False)
    wide_bias = parts.constant(f"{name}.wide.bias", layer.wide.bias)
    active = parts.node("BiasGelu", [wide, wide_bias], f"{name}.active", domain=_MICROSOFT)
    narrow = _write_dense(parts, active, layer.narrow, f"{name}.narrow", ranges)
    return _write_norm(parts, [narrow, middle], layer.narrow_norm, weights.epsilon, output or f"{name}.out")


def _write_norm(parts: _Parts, added: Sequence[str], norm: Norm, epsilon: float, output: str) -> str:
    scale = parts.constant(f"{output}.norm.scale", norm.scale)
    shift = parts.constant(f"{output}.norm.shift", norm.shift)
    total = parts.node("Add", added, f"{output}.sum")
    return parts.node("LayerNormalization", [total, scale, shift], output, axis=-1, epsilon=epsilon)


def _write_dense(
    parts: _Parts, value: str, dense: Dense, name: str, ranges: Ranges | None, *, adds_bias: bool = True
) -> str:
    parts.measured[value] = len(dense.weight)
    bias = [parts.constant(f"{name}.bias", dense.bias)] if adds_bias else []
    if ranges is not None:
        return _write_integer_product(parts, value, dense.weight, name, ranges[value], bias)
    weight = parts.constant(f"{name}.weight", dense.weight)
    if not bias:
        return parts.node("MatMul", [value, weight], name)
    return parts.node("Add", [parts.node("MatMul", [value, weight], f"{name}.product"), *bias], name)


def _write_integer_product(
    parts: _Parts, value: str, weight: Array, name: str, found: Range, bias: Sequence[str]
) -> str:
    factors = _channel_factors(found, weight)
    low, high = min((found.low / factors).min(), 0.0), max((found.high / factors).max(), _SMALLEST)
    step = np.float32((high - low) / _INPUT_STEPS)
    scale = parts.constant(f"{value}.scale", np.array(step))
    zero = parts.constant(f"{value}.zero", np.array(round(-low / step), np.uint8))
    smooth = parts.node("Mul", [value, parts.constant(f"{value}.factors", 1 / factors)], f"{value}.smooth")
    codes = parts.node("QuantizeLinear", [smooth, scale, zero], f"{value}.codes")

    scaled = weight * factors[:, None]
    steps = np.maximum(np.abs(scaled).max(axis=0), _SMALLEST**2) / _WEIGHT_STEPS
    weight_codes = parts.constant(f"{name}.weight", np.round(scaled / steps).astype(np.int8))
    weight_scales = parts.constant(f"{name}.weight.scales", steps.astype(np.float32))
    weight_zeros = parts.constant(f"{name}.weight.zeros", np.zeros(len(steps), np.int8))
    inputs = [codes, weight_codes, scale, weight_scales, zero, weight_zeros, *bias]
    return parts.node("MatMulIntegerToFloat", inputs, name, domain=_MICROSOFT)


def _channel_factors(found: Range, weight: Array) -> Array:
    """Return what each channel of a dense layer's input is divided by, and its weights multiplied; (channels,)."""
    widths = np.maximum(np.maximum(np.abs(found.low), np.abs(found.high)), _SMALLEST)
    factors = widths**_SHARE / np.maximum(np.abs(weight).max(axis=1), _SMALLEST) ** (1 - _SHARE)
    scaled: Array = (factors / np.exp(np.log(factors).mean())).astype(np.float32)
    return scaled
