"""Everyday questions and passages that say the same in every language: what a model is measured on.

They are nobody's documents. A model's centres are taken from them, and the ranges its activations keep to.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "probe_texts"


@dataclass(frozen=True, slots=True)
class ProbeTexts:
    """A language's probe texts."""

    questions: Sequence[str]
    passages: Sequence[str]


def probe_languages() -> list[str]:
    """Return the ISO 639-1 codes of the languages that have probe texts, ascending."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def read_probes(language: str) -> ProbeTexts:
    """Return the probe texts of one of `probe_languages`."""
    texts: dict[str, list[str]] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return ProbeTexts(texts["questions"], texts["passages"])
