"""The lexical index: the words of the store's passages in tantivy, at the store's generation and cached on disk.

Every process searches files of its own; what processes share is the packed cache. Nothing is embedded for it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

import numpy as np
import structlog

from qa_service.analysis import EXACT, analyse, analyse_question
from qa_service.derived_index import DerivedIndex
from qa_service.index_cache import IndexCache
from qa_service.postings import Entry, Postings
from qa_service.records import PassageText
from qa_service.skeletons import has_grams, skeleton_grams
from qa_service.store import Store
from qa_service.types import Language, Passage
from qa_service.vectors import Ranking
from qa_service.workspace import Workspace

VERSION = 1
"""Raised when passages give other terms or pieces than before, so that every lexical index is built anew."""

_log = structlog.get_logger(__name__)


class LexicalIndex(DerivedIndex):
    """Searches passages by their words at the store's present generation. Safe to use from several threads."""

    def __init__(self, store: Store, folder: Path) -> None:
        """Load the cache in `folder`, or start empty where it cannot be used."""
        self._workspace = Workspace(folder, "lexical")
        self._postings = Postings()
        super().__init__(store, IndexCache(folder, "lexical", ".tantivy", f"lexical {VERSION}"), "lexical")

    def __len__(self) -> int:
        return len(self._postings)

    def search(
        self, question: str, language: Language, limit: int, allowed: Sequence[int] | None = None
    ) -> tuple[Ranking, int]:
        """Return the passages in `language` that match a question best, and the generation they were found at.

        Scores are BM25 over exact words and stems, and comparable inside a language only.
        """
        rankings, generation = self.search_all(question, [language], limit, allowed)
        return rankings[language], generation

    def search_all(
        self, question: str, languages: Sequence[Language], limit: int, allowed: Sequence[int] | None = None
    ) -> tuple[Mapping[Language, Ranking], int]:
        """Return what `search` does for each language, all at one generation."""
        terms = {language: [term.text for term in analyse_question(question, language)] for language in languages}
        with self._lock:
            self._catch_up()
            search = self._postings.search_terms
            return {key: search(words, key, limit, allowed) for key, words in terms.items()}, self._generation

    def bridge(self, words: str, limit: int, allowed: Sequence[int] | None = None) -> tuple[Ranking, int]:
        """Return passages in any language with names and numbers that sound like `words`, and the generation.

        `content_words` gives a question's words.
        """
        grams = skeleton_grams(words)
        with self._lock:
            self._catch_up()
            return self._postings.search_grams(grams, limit, allowed), self._generation

    def share_of_sounds(self, words: str, passage: Passage) -> float:
        """Return the share, in 0..1, of the pieces of `words` that a passage has, rare ones counting more."""
        wanted = skeleton_grams(words)
        if not wanted:
            return 0.0
        parts = _parts_of(passage.document.title, passage.document.uri, passage.headings, passage.text)
        held = frozenset[str]().union(*(has_grams(part, wanted) for part in parts))
        with self._lock:
            rarities = {gram: self._postings.gram_rarity(gram) for gram in wanted}
        total = sum(rarities.values())
        return sum(rarity for gram, rarity in rarities.items() if gram in held) / total if total else 0.0

    def problems(self) -> list[str]:
        """Return how the index differs from the store; empty when they agree."""
        with self._lock, self._store.snapshot():
            self._catch_up()
            stored = self._store.passage_ids()
            held = self._postings.ids
        counts = {
            "passages missing from the lexical index": len(np.setdiff1d(stored, held)),
            "passages in the lexical index that are not stored": len(np.setdiff1d(held, stored)),
            "passages more than once in the lexical index": len(held) - len(np.unique(held)),
        }
        return [f"{count} {what}" for what, count in counts.items() if count]

    def close(self) -> None:
        """Remove this process's files; where it is used again, the index is built anew."""
        with self._lock:
            self._start_anew()
            self._generation = 0

    def _follow(self) -> None:
        if self._generation == 0:
            self._move_to_folder()
        try:
            self._change()
        except (OSError, ValueError) as error:  # of tantivy, which leaves open how much of it is on the disk
            self._move_to_memory(error)
            self._change()

    def _change(self) -> None:
        kept = None
        written = self._store.passage_count(self._generation)
        if len(self._postings) + written > self._store.passage_count():
            kept = self._store.passage_ids()
        removed = [] if kept is None else np.setdiff1d(self._postings.ids, kept).tolist()
        self._postings.change(removed, map(_entry, self._store.passages_since(self._generation)))

    def _content(self) -> bytes:
        return self._postings.to_bytes()

    def _restore(self, content: bytes) -> None:
        self._postings = Postings.from_bytes(content, self._workspace.renew())

    def _start_anew(self) -> None:
        self._postings = Postings()
        self._workspace.close()

    def _move_to_folder(self) -> None:
        try:
            self._postings = Postings(self._workspace.renew())
        except (OSError, ValueError) as error:
            self._move_to_memory(error)

    def _move_to_memory(self, error: Exception) -> None:
        """Start anew there, so that a full disk keeps nobody from asking."""
        _log.warning("lexical index kept in memory, since its folder cannot be used", reason=str(error))
        self._start_anew()
        self._generation = 0


def content_words(question: str, language: Language) -> str:
    """Return the words of a question without the stop words of its language, for `LexicalIndex.bridge`."""
    terms = analyse_question(question, language)
    return " ".join(term.text.removeprefix(EXACT) for term in terms if term.is_exact)


def _entry(passage: PassageText) -> Entry:
    """Return what a passage is found by: its words, those of its headings, and a title that is no file name's."""
    text = "\n".join(_parts_of(passage.title, passage.uri, passage.headings, passage.text))
    terms = [term.text for term in analyse(text, passage.language)]
    return Entry(passage.id, passage.language, terms, skeleton_grams(text))


def _parts_of(title: str, uri: str, headings: Sequence[str], text: str) -> list[str]:
    above = () if title in (uri, PurePath(uri).stem) else (title,)
    return list(dict.fromkeys([*above, *headings, text]))
