"""Sentence-transformers folders: what they say of their model without loading it, and their fingerprint."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from embeddings.encoder import EncoderError

_PLAIN = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])


class NotExportableError(EncoderError):
    """A model that cannot be run by ONNX Runtime. It works through sentence-transformers all the same."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"{folder} cannot be exported: {reason}. It runs through sentence-transformers as it is")


@dataclass(frozen=True, slots=True)
class PlainModel:
    """A folder that holds a transformer, its pooling and nothing that has weights of its own behind it."""

    transformer: Path
    config: Mapping[str, Any]
    max_tokens: int
    pooling: Literal["mean", "cls"]


def read_plain_model(folder: Path) -> PlainModel:
    """Return what `folder` says of itself. Raises NotExportableError for any other make of model."""
    modules = _read_json(folder, folder / "modules.json")
    kinds = [str(module["type"]).rsplit(".", 1)[-1] for module in modules]
    if kinds not in _PLAIN:
        raise NotExportableError(folder, f"it is made of {', '.join(kinds)}, not of Transformer, Pooling and Normalize")
    transformer = folder / modules[0]["path"]
    config = _read_json(folder, transformer / "config.json")
    settings = transformer / "sentence_bert_config.json"
    own_bound = _read_json(folder, settings).get("max_seq_length") if settings.is_file() else None
    bound = _read_json(folder, transformer / "tokenizer_config.json").get("model_max_length")
    positions = int(config.get("max_position_embeddings", 512))
    pooling = _pooling(folder, _read_json(folder, folder / modules[1]["path"] / "config.json"))
    return PlainModel(transformer, config, int(own_bound or min(bound or positions, positions)), pooling)


def _pooling(folder: Path, settings: Mapping[str, Any]) -> Literal["mean", "cls"]:
    chosen = {key.removeprefix("pooling_mode_") for key, value in settings.items() if value is True}
    named = settings.get("pooling_mode")
    modes = {named} if isinstance(named, str) else chosen & {"mean_tokens", "cls_token", "max_tokens", "lasttoken"}
    if modes <= {"mean", "mean_tokens"}:
        return "mean"
    if modes <= {"cls", "cls_token"}:
        return "cls"
    raise NotExportableError(folder, f"it pools by {', '.join(sorted(map(str, modes)))}, not by mean or cls")


def _read_json(folder: Path, path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotExportableError(folder, f"{path.name} cannot be read ({error})") from error


def folder_fingerprint(folder: Path, *settings: str) -> str:
    """Return the hex sha256 over every file of a model folder (name and content) and the settings used with it."""
    digest = hashlib.sha256()
    for path in model_files(folder):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{file_digest(path)}\n".encode())
    digest.update("\0".join(settings).encode())
    return digest.hexdigest()


def folder_stamp(folder: Path) -> str:
    """Return a digest of the names, sizes and times of a model folder's files: cheap, and another after a change."""
    digest = hashlib.sha256(str(folder.resolve()).encode())
    for path in model_files(folder):
        found = path.stat()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """Return the hex sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def model_files(folder: Path) -> list[Path]:
    """Return the files of a model folder, hidden ones left out, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path, folder))


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
