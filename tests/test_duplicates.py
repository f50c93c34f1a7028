"""Passages that repeat each other: one stands for all, and none that says something else is lost."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embeddings import Vectors
from qa_service.duplicates import grouped

TEXT = "Праз Брэст ідуць цягнікі, і тут ім мяняюць каляскі, бо шырыня каляі ў Польшчы іншая: 1435 міліметраў."


def alike(count: int) -> Vectors:
    vectors = np.zeros((count, 4), np.float32)
    vectors[:, 0] = 1
    return vectors


def groups_of(texts: Sequence[str], vectors: Vectors, count: int) -> list[tuple[int, list[int]]]:
    return grouped(vectors, count, lambda number: texts[number])


def test_copies_collapse_into_the_first_and_the_next_moves_up() -> None:
    texts = [
        TEXT,
        TEXT.upper().replace(",", " —"),
        "Зусім іншы тэкст пра зуброў.",
        TEXT + " Так.",
    ]
    assert groups_of(texts, alike(4), 2) == [(0, [1, 3]), (2, [])]
    assert groups_of(texts, alike(4), 1) == [(0, [1, 3])]


def test_another_number_in_a_short_text_makes_another_passage() -> None:
    assert groups_of(["Шырыня 1435 мм", "Шырыня 1520 мм"], alike(2), 5) == [(0, []), (1, [])]


def test_passages_that_mean_different_things_are_not_even_read() -> None:
    def unread(number: int) -> str:
        raise AssertionError(number)

    assert grouped(np.eye(2, 4, dtype=np.float32), 5, unread) == [(0, []), (1, [])]


@given(
    st.lists(st.sampled_from([TEXT, TEXT + "!", "другое пра іншае", "third, of something else", ""]), max_size=12),
    st.integers(1, 6),
)
def test_every_passage_is_kept_once_or_left_for_later(texts: list[str], count: int) -> None:
    found = groups_of(texts, alike(len(texts)), count)
    shown = [identifier for identifier, others in found for identifier in (identifier, *others)]
    assert len(shown) == len(set(shown))
    assert [identifier for identifier, _ in found] == sorted(identifier for identifier, _ in found)
    assert len(found) == min(count, len({"".join(filter(str.isalnum, text)) for text in texts}))
