"""Running sums over each language's passages, from which the means come that language-fair ranking subtracts.

They change in the transaction that changes the passages. Vectors are kept in half precision, so every component is a
whole multiple of 2**-24 and sums in double precision are exact: they never drift from what a fresh count gives.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import apsw
import numpy as np
from numpy.typing import NDArray

from qa_service.packing import packed_sum
from qa_service.records import STORED_VECTOR
from qa_service.types import Language

Sum = NDArray[np.float64]
_STORED_SUM = np.dtype("<f8")
_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class LanguageSums:
    """Sums over one language's passages: of their vectors and their words', shape (dimension,), and how many each."""

    passages: int
    passage_sum: Sum
    words: int
    word_sum: Sum

    def plus(self, other: "LanguageSums", sign: int = 1) -> "LanguageSums":
        """Return the sums with another's added, or with `sign` -1 taken away."""
        return LanguageSums(
            self.passages + sign * other.passages,
            self.passage_sum + sign * other.passage_sum,
            self.words + sign * other.words,
            self.word_sum + sign * other.word_sum,
        )


def read(connection: apsw.Connection) -> dict[Language, LanguageSums]:
    """Return the sums by language."""
    rows = connection.execute("SELECT language, passages, passage_sum, words, word_sum FROM language_sums")
    return {
        language: LanguageSums(
            passages, np.frombuffer(of_passages, _STORED_SUM), words, np.frombuffer(of_words, _STORED_SUM)
        )
        for language, passages, of_passages, words, of_words in rows
    }


def change(
    connection: apsw.Connection,
    model: int | None,
    removed: Iterable[tuple[bytes, Language]],
    added: Iterable[tuple[bytes, Language]],
) -> None:
    """Take passages, given by digest and language, out of the sums and others in. Their vectors must still be there."""
    changed = read(connection)
    touched = set()
    for sign, passages in ((-1, removed), (1, added)):
        for language, own in _counted(connection, model, passages).items():
            before = changed.get(language)
            changed[language] = own if before is None else before.plus(own, sign)
            touched.add(language)
    _write(connection, {language: changed[language] for language in touched})


def recompute(connection: apsw.Connection, model: int) -> None:
    """Write the sums anew from every passage, with the vectors of a few in memory at a time."""
    connection.execute("DELETE FROM language_sums")
    stored = connection.execute("SELECT digest, language FROM passages")
    while some := [(digest, language) for digest, language in islice(stored, _AT_ONCE)]:
        change(connection, model, (), some)


def _counted(
    connection: apsw.Connection, model: int | None, passages: Iterable[tuple[bytes, Language]]
) -> dict[Language, LanguageSums]:
    found: dict[Language, list[tuple[bytes, bytes]]] = defaultdict(list)
    for digest, language in passages:
        row = connection.execute(
            "SELECT passage, words FROM vectors WHERE digest = ? AND model_id = ?", (digest, model)
        ).fetchone()
        assert row is not None, "a passage that is stored has its vectors"
        found[language].append(row)
    return {language: _summed(rows) for language, rows in found.items()}


def _summed(rows: list[tuple[bytes, bytes]]) -> LanguageSums:
    vectors = np.array([np.frombuffer(passage, STORED_VECTOR) for passage, _ in rows], np.float64)
    dimension = vectors.shape[1]
    of_words = [packed_sum(words, dimension) for _, words in rows]
    return LanguageSums(
        len(rows),
        vectors.sum(axis=0),
        sum(count for _, count in of_words),
        np.sum([total for total, _ in of_words], axis=0),
    )


def _write(connection: apsw.Connection, changed: dict[Language, LanguageSums]) -> None:
    for language, own in changed.items():
        connection.execute("DELETE FROM language_sums WHERE language = ?", (language,))
        if own.passages:
            connection.execute(
                "INSERT INTO language_sums VALUES (?, ?, ?, ?, ?)",
                (language, own.passages, own.passage_sum.tobytes(), own.words, own.word_sum.tobytes()),
            )
