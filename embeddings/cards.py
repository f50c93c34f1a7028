"""What is known of each model. A new model is a row here, not a branch in the code."""

from dataclasses import dataclass
from typing import Literal

Source = Literal["bundled", "hub", "computed"]
"""Where a model comes from: a package installed with the service, a model hub, or code alone."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model's row: how it is called, what it needs before a text, and where it comes from."""

    name: str
    dimension: int
    max_tokens: int
    question_prefix: str
    passage_prefix: str
    licence: str
    source: Source


DEFAULT_MODEL = "multilingual-e5-small-q4"

CARDS: tuple[ModelCard, ...] = (
    ModelCard(DEFAULT_MODEL, 384, 512, "query: ", "passage: ", "MIT", "bundled"),
    ModelCard("intfloat/multilingual-e5-small", 384, 512, "query: ", "passage: ", "MIT", "hub"),
    ModelCard("intfloat/multilingual-e5-base", 768, 512, "query: ", "passage: ", "MIT", "hub"),
    ModelCard("intfloat/multilingual-e5-large", 1024, 512, "query: ", "passage: ", "MIT", "hub"),
    ModelCard("BAAI/bge-m3", 1024, 8192, "", "", "MIT", "hub"),
    ModelCard("sentence-transformers/LaBSE", 768, 256, "", "", "Apache-2.0", "hub"),
    ModelCard("sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2", 384, 128, "", "", "Apache-2.0", "hub"),
    ModelCard("sentence-transformers/paraphrase-multilingual-mpnet-base-v2", 768, 128, "", "", "Apache-2.0", "hub"),
    ModelCard("hashing", 512, 1_000_000, "", "", "MIT", "computed"),
)


def find_card(name: str) -> ModelCard | None:
    """Return the card of the model called `name`, or None where there is no row for it."""
    return next((card for card in CARDS if card.name == name), None)
