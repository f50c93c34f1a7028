"""The sample documents: complete, parseable, accounted for, and written by us."""

import re
from pathlib import Path

import pytest

from qa_service.language import LanguageDetector
from qa_service.parsers.documents import parse_document
from tests.conftest import ROOT, SEEDS

LANGUAGES = ("ru", "be", "en")
PATHS = sorted(path for path in SEEDS.rglob("*") if path.is_file())
SHORTEST, LONGEST = 400, 1_200
COPIED_RUN = 8


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[start : start + COPIED_RUN]) for start in range(len(found) - COPIED_RUN + 1)}


def test_every_language_has_fifteen_documents_and_every_text_format() -> None:
    for language in LANGUAGES:
        own = [path for path in PATHS if path.parent.name == language]
        assert len(own) >= 15
        assert {path.suffix for path in own} >= {".md", ".html", ".txt"}


def test_every_other_format_has_two_documents() -> None:
    suffixes = [path.suffix for path in PATHS]
    assert all(suffixes.count(suffix) >= 2 for suffix in (".pdf", ".docx", ".epub"))
    assert {path.parent.name for path in PATHS if path.suffix in (".pdf", ".docx", ".epub")} == set(LANGUAGES)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_a_document_is_of_its_language_and_length(path: Path) -> None:
    parsed = parse_document(path.name, path.read_bytes())
    assert parsed.title
    assert SHORTEST <= len(words(parsed.text)) <= LONGEST * 1.05
    assert LanguageDetector(LANGUAGES).detect(parsed.text) == path.parent.name
    if path.suffix == ".md":
        assert parsed.metadata["language"] == path.parent.name
        assert parsed.metadata["author"] == "seed collection"
        assert {"date", "kind"} <= set(parsed.metadata)


def test_sources_account_for_every_document_and_no_other() -> None:
    listed = re.findall(r"^- `(documents/[^`]+)`", (ROOT / "seeds" / "SOURCES.md").read_text(encoding="utf-8"), re.M)
    assert sorted(listed) == [path.relative_to(ROOT / "seeds").as_posix() for path in PATHS]


def test_no_two_documents_share_a_sentence() -> None:
    seen = [(path.name, runs(parse_document(path.name, path.read_bytes()).text)) for path in PATHS]
    assert [
        (first, second, shared)
        for row, (first, own) in enumerate(seen)
        for second, other in seen[row + 1 :]
        if (shared := own & other)
    ] == []


@pytest.mark.shared
def test_no_document_shares_a_sentence_with_the_texts_beside_the_checkout(shared: Path) -> None:
    foreign = {path.name: runs(path.read_text(encoding="utf-8")) for path in (shared / "documents").glob("*.txt")}
    assert foreign
    own = [(path.name, runs(parse_document(path.name, path.read_bytes()).text)) for path in PATHS]
    assert [(mine, theirs, found) for mine, a in own for theirs, b in foreign.items() if (found := a & b)] == []


def test_runs_are_counted_in_words() -> None:
    text = "one two three four five six seven eight nine"
    assert runs(text) == {tuple(text.split()[:8]), tuple(text.split()[1:])}
    assert not runs("one two three")
