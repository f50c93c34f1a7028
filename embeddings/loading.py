"""From a model's name to an encoder: the one place that knows where models come from."""

import hashlib
import json
from pathlib import Path

from platformdirs import user_cache_path

from embeddings.bundled import OnProgress, find_data_file, write_model_folder
from embeddings.cache import build_once
from embeddings.cards import CARDS, DEFAULT_MODEL, ModelCard, find_card
from embeddings.encoder import Encoder, EncoderError
from embeddings.hashing import HashingEncoder

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
    on_progress: OnProgress = lambda done, total: None,
) -> Encoder:
    """Return the encoder called `name`: a card's name, a local folder, or a model on a hub.

    Prefixes given here win over the card's, and those over the ones the model's own folder brings. A model hub is asked
    only for a name that is neither bundled nor a folder nor in the local cache of downloaded models.

    Raises EncoderError where the model cannot be had, or where nothing says which prefixes it needs.
    """
    card = find_card(name)
    if card is not None and card.source == "computed":
        return HashingEncoder(card)
    folder = _model_folder(name, card, cache_folder or default_cache_folder(), on_progress)
    prefixes = _prefixes(name, card, folder, question_prefix, passage_prefix)

    # imports torch: seconds and most of a gigabyte, so only once a model is really loaded
    from embeddings.transformer import TransformerEncoder

    return TransformerEncoder(name, folder, *prefixes)


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


def folder_fingerprint(folder: Path, *settings: str) -> str:
    """Return the hex sha256 over every file of a model folder (name and content) and the settings used with it."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path, folder)):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    digest.update("\0".join(settings).encode())
    return digest.hexdigest()


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
