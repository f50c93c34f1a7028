"""Exported models: a folder of `encoder.onnx` and what belongs to it, as `exporting.py` writes it.

Weights of words lie in `words.bin`, which is mapped into memory and not read; `encoder.json` has what the graph does
not say, and digests of the other files.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tokenizers import Tokenizer

from embeddings.encoder import EncoderError
from embeddings.folders import file_digest

VERSION = 3
"""Raised when exported models give other vectors, so that models are exported anew."""

GRAPH, WORDS, TOKENIZER, DESCRIPTION = "encoder.onnx", "words.bin", "tokenizer.json", "encoder.json"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an exported folder says of itself. `weights` is the fingerprint of the folder it was made from."""

    weights: str
    dimension: int
    max_tokens: int
    pooling: Literal["mean", "cls"]
    digests: dict[str, str]


def read_exported_folder(folder: Path) -> Exported:
    """Return what an exported folder says, its files checked. Raises EncoderError where one is missing or damaged."""
    try:
        found = Exported(**json.loads((folder / DESCRIPTION).read_text(encoding="utf-8")))
        damaged = [name for name, digest in found.digests.items() if file_digest(folder / name) != digest]
    except (OSError, ValueError, TypeError) as error:
        message = f"the exported model in {folder} cannot be read ({error}); delete the folder, it is made anew"
        raise EncoderError(message) from error
    if damaged:
        message = f"{', '.join(damaged)} in {folder} is damaged; delete the folder, it is made anew"
        raise EncoderError(message)
    return found


def load_tokenizer(folder: Path, max_tokens: int) -> Tokenizer:
    """Return the tokenizer of an exported folder, which cuts texts at the model's longest input."""
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer
