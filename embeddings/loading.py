"""From a model's name to an encoder: the one place that knows where models come from."""

import json
from pathlib import Path
from typing import Literal, TypeAlias

from platformdirs import user_cache_path

from embeddings.bundled import OnProgress, find_data_file, write_model_folder
from embeddings.cache import build_once
from embeddings.cards import CARDS, DEFAULT_MODEL, ModelCard, find_card
from embeddings.encoder import Encoder, EncoderError
from embeddings.exported import VERSION
from embeddings.folders import folder_stamp
from embeddings.hashing import HashingEncoder

Runtime: TypeAlias = Literal["onnx", "sentence-transformers"]
"""What runs a model: ONNX Runtime in 8-bit integers, where the model is exported, or sentence-transformers."""

_LAYOUT = 1
"""Version of the folders that `bundled.py` writes; part of the folder's name, so that a change builds a new one."""


def default_cache_folder() -> Path:
    """Return the folder that built models are kept in, under the user's cache folder."""
    return user_cache_path("qa-service") / "models"


def load_encoder(
    name: str = DEFAULT_MODEL,
    *,
    cache_folder: Path | None = None,
    question_prefix: str | None = None,
    passage_prefix: str | None = None,
    runtime: Runtime = "onnx",
    on_progress: OnProgress = lambda done, total: None,
) -> Encoder:
    """Return the encoder called `name`: a card's name, a local folder, or a model on a hub.

    The bundled model is exported when it is first loaded, another one by `export_model`; one that is not exported runs
    through sentence-transformers.

    Prefixes given here win over the card's, and those over the ones the model's own folder brings. A model hub is asked
    only for a name that is neither bundled nor a folder nor in the local cache of downloaded models.

    Raises EncoderError where the model cannot be had, or where nothing says which prefixes it needs.
    """
    card = find_card(name)
    if card is not None and card.source == "computed":
        return HashingEncoder(card)
    cache = cache_folder or default_cache_folder()
    folder = _model_folder(name, card, cache, on_progress)
    prefixes = _prefixes(name, card, folder, question_prefix, passage_prefix)
    exported = _exported_folder(name, card, cache, folder)
    if runtime == "onnx" and card is not None and card.source == "bundled" and not exported.is_dir():
        _export(folder, exported, prefixes, on_progress)
    if runtime == "onnx" and exported.is_dir():
        from embeddings.onnx import OnnxEncoder

        return OnnxEncoder(name, exported, *prefixes)

    # imports torch: seconds and most of a gigabyte, so only where nothing else will do
    from embeddings.transformer import TransformerEncoder

    return TransformerEncoder(name, folder, *prefixes)


def export_model(
    name: str,
    *,
    cache_folder: Path | None = None,
    question_prefix: str | None = None,
    passage_prefix: str | None = None,
    on_progress: OnProgress = lambda done, total: None,
) -> Path:
    """Export a model, so that ONNX Runtime runs it from now on; return the folder it is in.

    Raises EncoderError as `load_encoder` does, and NotExportableError for a kind of model that cannot be exported.
    """
    card = find_card(name)
    cache = cache_folder or default_cache_folder()
    if card is not None and card.source == "computed":
        message = f"model {name!r} has no weights to export; it runs as it is"
        raise EncoderError(message)
    folder = _model_folder(name, card, cache, on_progress)
    prefixes = _prefixes(name, card, folder, question_prefix, passage_prefix)
    return _export(folder, _exported_folder(name, card, cache, folder), prefixes, on_progress)


def _export(folder: Path, exported: Path, prefixes: tuple[str, str], on_progress: OnProgress) -> Path:
    from embeddings.exporting import write_exported_folder

    return build_once(exported, lambda target: write_exported_folder(folder, target, prefixes, on_progress))


def _exported_folder(name: str, card: ModelCard | None, cache: Path, folder: Path) -> Path:
    """Return where a model's export is or would be; a folder that has changed since has another place."""
    if card is not None and card.source == "bundled":
        return cache / f"{name}-{_LAYOUT}-int8-{VERSION}"
    return cache / "exported" / f"{folder_stamp(folder)[:32]}-int8-{VERSION}"


def _model_folder(name: str, card: ModelCard | None, cache_folder: Path, on_progress: OnProgress) -> Path:
    if card is not None and card.source == "bundled":
        target = cache_folder / f"{name}-{_LAYOUT}"
        return build_once(target, lambda folder: write_model_folder(find_data_file(), folder, card, on_progress))
    if Path(name).is_dir():
        return Path(name)
    return _downloaded_folder(name)


def _downloaded_folder(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except HFValidationError as error:
        message = f"model {name!r} is neither a folder nor a model's name; known models: {_known_names()}"
        raise EncoderError(message) from error
    except LocalEntryNotFoundError:
        pass
    try:
        return Path(snapshot_download(name))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        message = (
            f"model {name!r} is not on this machine and could not be downloaded ({type(error).__name__}); "
            f"check the name and the network, give a local folder, or use the bundled {DEFAULT_MODEL!r}"
        )
        raise EncoderError(message) from error


def _prefixes(
    name: str, card: ModelCard | None, folder: Path, question: str | None, passage: str | None
) -> tuple[str, str]:
    if question is not None and passage is not None:
        return question, passage
    if (question is None) != (passage is None):
        message = f"model {name!r}: give both prefixes, for questions and for passages ('' where it has none)"
        raise EncoderError(message)
    if card is not None:
        return card.question_prefix, card.passage_prefix
    own = _own_prompts(folder)
    if own is not None:
        return own
    message = (
        f"model {name!r} is not a known model and does not say which prefixes it needs; "
        "set QA_MODEL_QUESTION_PREFIX and QA_MODEL_PASSAGE_PREFIX (both empty where it has none). "
        f"Known models: {_known_names()}"
    )
    raise EncoderError(message)


def _own_prompts(folder: Path) -> tuple[str, str] | None:
    settings = folder / "config_sentence_transformers.json"
    if not settings.is_file():
        return None
    prompts = json.loads(settings.read_text(encoding="utf-8")).get("prompts") or {}
    passage = prompts.get("document", prompts.get("passage"))
    if prompts.get("query") is None or passage is None:
        return None
    return prompts["query"], passage


def _known_names() -> str:
    return ", ".join(card.name for card in CARDS)
