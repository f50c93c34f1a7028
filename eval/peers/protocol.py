"""What a system has to do to be compared. A module of one has `PACKAGES`, whose versions are told, and `load`."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

ENVIRONMENT: Mapping[str, str] = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_WAIT_POLICY": "PASSIVE",
}
"""Environment variables of every system: off the network, and no busy waiting in OpenMP.

PyTorch's OpenMP threads spin at every operation's end by default. Where another process used one of two cores, that
alone made a question of 22 ms one of 950 ms; it would be no fair figure of the peers, which all run on PyTorch.
"""


@dataclass(frozen=True, slots=True)
class Model:
    """A sentence-transformers folder, and what it needs before questions and before passages."""

    folder: str
    question_prefix: str
    passage_prefix: str


class Peer(Protocol):
    """A system under comparison, loaded. Passages are numbered from 0 in the order they are taken in."""

    def take_in(self, passages: Sequence[str]) -> None:
        """Embed passages and make them searchable. Called once."""
        ...

    def search(self, question: str, top_k: int) -> list[int]:
        """Return the numbers of at most `top_k` passages, best first."""
        ...


class PeerModule(Protocol):
    """The module of a system."""

    PACKAGES: tuple[str, ...]

    def load(self, model: Model, folder: str) -> Peer:
        """Return the system with its model loaded. `folder` is its own, for what it stores."""
        ...


def environment() -> dict[str, str]:
    """Return this process's environment variables with those of every system."""
    return os.environ | ENVIRONMENT
