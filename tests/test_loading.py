"""From a model's name to an encoder, and the fingerprint of a folder."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from embeddings import CARDS, EncoderError, ModelCard, find_card, load_encoder
from embeddings.folders import folder_fingerprint


def test_names_of_cards_are_unique_and_found() -> None:
    names = [card.name for card in CARDS]
    assert len(names) == len(set(names))
    assert all(find_card(card.name) is card for card in CARDS)
    assert find_card("no such model") is None


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_cards_hold_usable_values(card: ModelCard) -> None:
    assert card.dimension > 0
    assert card.max_tokens > 0
    assert bool(card.question_prefix) == bool(card.passage_prefix)
    assert card.licence


def test_an_unknown_model_must_say_which_prefixes_it_needs(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="QA_MODEL_QUESTION_PREFIX and QA_MODEL_PASSAGE_PREFIX"):
        load_encoder(str(tmp_path))


def test_half_of_the_prefixes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="give both prefixes"):
        load_encoder(str(tmp_path), question_prefix="query: ")


def test_prompts_that_a_folder_brings_are_used(tmp_path: Path) -> None:
    prompts = {"prompts": {"query": "q: ", "document": "d: "}}
    (tmp_path / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    with pytest.raises(EncoderError, match="cannot be loaded"):  # past the prefixes, to a folder without a model
        load_encoder(str(tmp_path))


@pytest.mark.parametrize("prompts", [{}, {"query": "q: "}, {"document": "d: "}])
def test_half_of_the_prompts_is_not_enough(tmp_path: Path, prompts: dict[str, str]) -> None:
    (tmp_path / "config_sentence_transformers.json").write_text(json.dumps({"prompts": prompts}))
    with pytest.raises(EncoderError, match="does not say which prefixes"):
        load_encoder(str(tmp_path))


def test_a_name_that_can_be_no_model_is_refused() -> None:
    with pytest.raises(EncoderError, match="neither a folder nor a model's name"):
        load_encoder("no/such/model/at all")


def test_a_model_that_cannot_be_downloaded_is_refused(tmp_path: Path) -> None:
    script = (
        "from embeddings import EncoderError, load_encoder\n"
        "try:\n    load_encoder('BAAI/bge-m3')\nexcept EncoderError as error:\n    print(error)"
    )
    environment = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert "'BAAI/bge-m3' is not on this machine and could not be downloaded" in done.stdout


def test_the_fingerprint_covers_names_contents_and_settings(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "weights").write_bytes(b"abc")
    first = folder_fingerprint(tmp_path, "a", "b")
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "download.lock").touch()
    assert folder_fingerprint(tmp_path, "a", "b") == first
    assert folder_fingerprint(tmp_path, "a", "c") != first
    (tmp_path / "sub" / "weights").write_bytes(b"abd")
    second = folder_fingerprint(tmp_path, "a", "b")
    assert second != first
    (tmp_path / "sub" / "weights").rename(tmp_path / "weights")
    assert folder_fingerprint(tmp_path, "a", "b") not in (first, second)
