"""The sample documents in PDF, DOCX and EPUB: what is committed says what its source says, and can be built anew."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa_service.outline import Parsed
from qa_service.parsers.documents import parse_document
from seeds.build import BUILT, CHROMIUM, FOLDER, read_source, source_of

LARGEST = 60_000
PRINTED = [pytest.param(name, marks=pytest.mark.browser) for name in BUILT if name.endswith(".pdf")]
PACKED = [name for name in BUILT if not name.endswith(".pdf")]


def committed(name: str) -> Path:
    return FOLDER / "documents" / name


def parsed(name: str) -> Parsed:
    return parse_document(name, committed(name).read_bytes())


def test_every_source_is_built_and_everything_built_is_committed() -> None:
    sources = sorted((FOLDER / "sources").glob("*/*"))
    assert sorted(source_of(name) for name in BUILT) == sources
    assert sorted(path for path in (FOLDER / "documents").glob("*/*") if path.suffix in (".pdf", ".docx", ".epub")) == [
        committed(name) for name in sorted(BUILT)
    ]


@pytest.mark.parametrize("name", BUILT)
def test_a_built_document_is_its_source_to_the_letter(name: str) -> None:
    source = read_source(source_of(name))
    origin = parse_document("source.md", source_of(name).read_bytes())
    built = parsed(name)
    footnote = f"\n\n{source.about['notes']}" if name.endswith(".docx") and "notes" in source.about else ""
    assert built.text.replace(footnote, "") == origin.text
    assert built.text.count(footnote or "\n\n") >= 1
    assert [(each.level, each.title) for each in built.headings] == [
        (each.level, each.title) for each in origin.headings
    ]
    assert (built.title, built.metadata["author"], built.metadata["date"]) == (
        origin.title,
        source.about["author"],
        source.about["date"],
    )
    assert committed(name).stat().st_size < LARGEST


@pytest.mark.parametrize("name", PACKED)
def test_archives_are_built_byte_for_byte(name: str) -> None:
    assert BUILT[name](read_source(source_of(name))) == committed(name).read_bytes()


@pytest.mark.parametrize("name", PRINTED)
def test_pages_are_printed_to_the_same_text(name: str) -> None:
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; install it with `apt install chromium`")
    with ThreadPoolExecutor(1) as elsewhere:  # this thread may have the browser tests' Playwright running in it
        printed = elsewhere.submit(BUILT[name], read_source(source_of(name))).result()
    anew = parse_document(name, printed)
    assert (anew.text, anew.title, anew.metadata) == (parsed(name).text, parsed(name).title, parsed(name).metadata)
    assert len(anew.pages) >= 2


@pytest.mark.parametrize("name", [name for name in BUILT if name.endswith(".pdf")])
def test_the_pages_of_a_report_are_where_its_text_turns_them(name: str) -> None:
    built = parsed(name)
    assert [page.number for page in built.pages] == list(range(1, len(built.pages) + 1))
    assert built.pages[0].start == 0
    assert all(not built.text[page.start].isspace() for page in built.pages)
    title = built.title or ""
    assert built.text.count(title) == 1  # as the heading, and not as the header of every page
