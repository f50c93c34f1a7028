"""Probe texts: parallel questions and passages in every language that is configured by default."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from qa_service.config import Settings
from qa_service.language import LanguageDetector
from tests.conftest import ROOT

FILES = sorted((ROOT / "embeddings" / "probe_texts").glob("*.json"))
LANGUAGES: tuple[str, ...] = Settings.model_fields["languages"].default
COUNTS = {"questions": 40, "passages": 12}

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def texts_of(file: Path) -> Mapping[str, Sequence[str]]:
    texts: Mapping[str, Sequence[str]] = json.loads(file.read_text(encoding="utf-8"))
    return texts


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector(LANGUAGES)


def test_every_default_language_has_probes() -> None:
    assert set(LANGUAGES) <= {file.stem for file in FILES}


@each_file
def test_every_file_has_the_same_counts(file: Path) -> None:
    assert {kind: len(texts) for kind, texts in texts_of(file).items()} == COUNTS


@each_file
def test_no_text_is_empty_or_said_twice(file: Path) -> None:
    texts = [text for kind in texts_of(file).values() for text in kind]
    assert [text for text in texts if not text or text != text.strip()] == []
    assert len({text.casefold() for text in texts}) == len(texts)


@each_file
def test_passages_are_in_the_language_of_their_file(file: Path, detector: LanguageDetector) -> None:
    assert [text for text in texts_of(file)["passages"] if detector.detect(text) != file.stem] == []
