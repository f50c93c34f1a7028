"""A system for comparisons that needs no library: passages that share the most words with the question come first."""

from collections.abc import Sequence

from eval.peers.protocol import Model

PACKAGES = ("numpy", "no-such-package")


class Overlap:
    """Sets of words."""

    def take_in(self, passages: Sequence[str]) -> None:
        """Keep each passage's words."""
        print("what a library prints is no answer")  # noqa: T201
        self._words = [set(passage.casefold().split()) for passage in passages]

    def search(self, question: str, top_k: int) -> list[int]:
        """Return passage numbers, best first."""
        words = set(question.casefold().split())
        return sorted(range(len(self._words)), key=lambda number: -len(words & self._words[number]))[:top_k]


def load(model: Model, folder: str) -> Overlap:
    """Return it; there is no model to load."""
    return Overlap()
