"""The list of documents: looked for by name in any case and spelling, by language, in order, a page at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.catalogue import Catalogue, Order
from qa_service.database import Database
from qa_service.migrations import MIGRATIONS
from qa_service.names import folded, shown_name
from tests.parts import Parts, opened

TEXTS = {
    "kniga": "Сям’я і дом\n\nУ хаце жыве вялікая сям'я, і кожны вечар яна збіраецца за сталом.",
    "заўвагі": "Ёлка ў лесе\n\nЗімой у лесе стаіць ёлка, і пад ёй спіць заяц.",
    "NOTES": "Café by the river\n\nThe café by the river is open until late in the evening, and its lamps are lit.",
    "ўспаміны": "100%_done\n\nSomebody wrote a title of signs, and the text below it says nothing about them at all.",
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Four documents, taken in one after the other. Only read from it."""
    with opened(tmp_path_factory.mktemp("catalogue") / "data") as parts:
        for name, text in TEXTS.items():
            parts.take_in(name, text)
        yield parts


@pytest.fixture(scope="module")
def catalogue(shelf: Parts) -> Catalogue:
    return Catalogue(shelf.store.database)


def names(catalogue: Catalogue, words: str = "", language: str | None = None, order: Order = "oldest") -> list[str]:
    found = catalogue.page(50, words=words, language=language, order=order)
    assert found.total == len(found.documents)
    return [document.uri.removesuffix(".txt") for document in found.documents]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("сям'я", ["kniga"]),
        ("сямя", ["kniga"]),
        ("СЯМʼЯ", ["kniga"]),
        ("дом сям", ["kniga"]),
        ("елка", ["заўвагі"]),
        ("ЁЛК", ["заўвагі"]),
        ("ЗАЎВАГІ", ["заўвагі"]),
        ("заувагі", ["заўвагі"]),
        ("ўспамін", ["ўспаміны"]),
        ("cafe RIVER", ["NOTES"]),
        ("café notes", ["NOTES"]),
        ("100%_d", ["ўспаміны"]),
        ("%", ["ўспаміны"]),
        ("*", []),
        ("' OR 1=1 --", []),
        ("дом river", []),
        (" \t ", ["kniga", "заўвагі", "NOTES", "ўспаміны"]),
        (".txt", ["kniga", "заўвагі", "NOTES", "ўспаміны"]),
    ],
)
def test_every_word_is_in_title_or_name_whatever_its_spelling(
    catalogue: Catalogue, words: str, expected: list[str]
) -> None:
    assert names(catalogue, words) == expected


def test_language_narrows_and_unknown_ones_have_nothing(catalogue: Catalogue) -> None:
    assert names(catalogue, language="be") == ["kniga", "заўвагі"]
    assert names(catalogue, "лесе", "be") == ["заўвагі"]
    assert names(catalogue, "лесе", "en") == []
    assert names(catalogue, language="xx") == []


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("oldest", ["kniga", "заўвагі", "NOTES", "ўспаміны"]),
        ("newest", ["ўспаміны", "NOTES", "заўвагі", "kniga"]),
        ("title", ["ўспаміны", "NOTES", "заўвагі", "kniga"]),
        ("size", ["kniga", "заўвагі", "NOTES", "ўспаміны"]),
    ],
)
def test_orders(catalogue: Catalogue, order: Order, expected: list[str]) -> None:
    """By title: "100%_done", "Café by the river", "Ёлка ў лесе", "Сям’я і дом"; by size: 139, 103, 100 and 97 bytes."""
    assert names(catalogue, order=order) == expected


@given(
    words=st.sampled_from(["", "t", "лесе", "nothing"]),
    order=st.sampled_from(["oldest", "newest", "title", "size"]),
    limit=st.integers(1, 5),
)
def test_pages_together_are_everything_once(catalogue: Catalogue, words: str, order: Order, limit: int) -> None:
    pages = [catalogue.page(limit, offset, words=words, order=order) for offset in range(0, 5, limit)]
    whole = catalogue.page(50, words=words, order=order)
    assert [document for page in pages for document in page.documents] == list(whole.documents)
    assert {page.total for page in pages} == {whole.total}


def test_what_is_replaced_is_found_by_its_new_name_and_what_is_deleted_by_none(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as parts:
        catalogue = Catalogue(parts.store.database)
        identifier = parts.take_in("a", "Herons in the reeds\n\nThe heron stands in the reeds and waits for a fish.")
        parts.take_in("a", "Boats on the bank\n\nThe boat lies on the bank and waits for the spring to come.")
        assert (names(catalogue, "herons"), names(catalogue, "boats")) == ([], ["a"])
        parts.store.delete_document(identifier)
        assert names(catalogue) == []
        with parts.store.database.reading() as connection:
            assert connection.execute("SELECT count(*) FROM document_names").get == 0


def test_content_is_found_wherever_it_came_from_uploads_first(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as parts:
        catalogue = Catalogue(parts.store.database)
        assert catalogue.holding("0" * 64) is None
        identifier = parts.take_in("a", "The heron stands.")
        digest = parts.store.document(identifier).sha256
        assert catalogue.holding(digest) == parts.store.document(identifier)
        uploaded = parts.ingester.ingest(f"upload:{digest}", "b.txt", b"The heron stands.").document_id
        found = catalogue.holding(digest)
        assert found is not None
        assert found.id == uploaded


def test_documents_from_before_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = next(number for number, step in enumerate(MIGRATIONS) if "document_names" in step)
    path = tmp_path / "store.sqlite3"
    with monkeypatch.context() as older:
        older.setattr("qa_service.database.MIGRATIONS", MIGRATIONS[:before])
        database = Database(path)
        with database.writing() as connection:
            named = ("0123", "file:x", "заўвагі.txt", "Сям’я", "text/plain", "be")
            row = (*named, "0" * 64, "recipe", 1, 1, "{}", "2026", "2026")
            connection.execute(f"INSERT INTO documents VALUES ({', '.join('?' * len(row))}, '[]')", row)
        database.close()
    assert names(Catalogue(Database(path)), "СЯМ'Я заувагі") == ["заўвагі"]


# --- names ---


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Сям’я", "сямя"),
        ("ЁЛКА Ў ЛЕСЕ", "елка у лесе"),
        ("Straße  \n Café", "strasse cafe"),
        ("Й", "и"),
        ("І і", "і і"),
        ("", ""),
    ],
)
def test_folding(name: str, expected: str) -> None:
    assert folded(name) == expected


@given(st.text())
def test_folding_twice_changes_nothing_more_and_case_does_not_matter(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.lists(st.sampled_from("абвгдеёжзійклўґ ABCäéñ'’ʼ")))
def test_case_and_apostrophes_do_not_matter(letters: Sequence[str]) -> None:
    text = "".join(letters)
    assert folded(text.upper()) == folded(text.lower()) == folded(text.replace("’", "'").replace("ʼ", ""))


@given(st.text())
def test_shown_names_are_no_paths(name: str) -> None:
    shown = shown_name(name)
    assert not set(shown) & set("/\\\0\n\r")
    assert len(shown) <= 255
