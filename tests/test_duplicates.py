"""Passages that repeat each other: one stands for all, and none that says something else is lost."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embeddings import Vectors
from qa_service.duplicates import grouped
from qa_service.types import Document, Passage, Span

DOCUMENT = Document("d", "Title", "d.txt", "text/plain", "en", "0" * 64, 1, 1, 1, "then", "then", {})
TEXT = "Праз Брэст ідуць цягнікі, і тут ім мяняюць каляскі, бо шырыня каляі ў Польшчы іншая: 1435 міліметраў."


def passages_of(texts: Sequence[str]) -> list[Passage]:
    return [Passage(number, DOCUMENT, Span(0, len(text)), text, (), "be", ()) for number, text in enumerate(texts)]


def alike(count: int) -> Vectors:
    vectors = np.zeros((count, 4), np.float32)
    vectors[:, 0] = 1
    return vectors


def texts_and_others(texts: Sequence[str], vectors: Vectors, count: int) -> list[tuple[int, list[int]]]:
    found = grouped(passages_of(texts), vectors, count)
    return [(passage.id, [other.id for other in others]) for passage, others in found]


def test_copies_collapse_into_the_first_and_the_next_moves_up() -> None:
    texts = [
        TEXT,
        TEXT.upper().replace(",", " —"),
        "Зусім іншы тэкст пра зуброў.",
        TEXT + " Так.",
    ]
    assert texts_and_others(texts, alike(4), 2) == [(0, [1, 3]), (2, [])]
    assert texts_and_others(texts, alike(4), 1) == [(0, [1, 3])]


def test_another_number_in_a_short_text_makes_another_passage() -> None:
    assert texts_and_others(["Шырыня 1435 мм", "Шырыня 1520 мм"], alike(2), 5) == [(0, []), (1, [])]


def test_passages_that_mean_different_things_are_not_compared_letter_by_letter() -> None:
    assert texts_and_others([TEXT, TEXT], np.eye(2, 4, dtype=np.float32), 5) == [(0, []), (1, [])]


@given(
    st.lists(st.sampled_from([TEXT, TEXT + "!", "другое пра іншае", "third, of something else", ""]), max_size=12),
    st.integers(1, 6),
)
def test_every_passage_is_kept_once_or_left_for_later(texts: list[str], count: int) -> None:
    found = texts_and_others(texts, alike(len(texts)), count)
    shown = [identifier for identifier, others in found for identifier in (identifier, *others)]
    assert len(shown) == len(set(shown))
    assert [identifier for identifier, _ in found] == sorted(identifier for identifier, _ in found)
    assert len(found) == min(count, len({"".join(filter(str.isalnum, text)) for text in texts}))
