"""From a file's name and bytes to a parsed document: what kind it is, its parser, and the clean-up."""

from collections.abc import Callable, Mapping

from qa_service.errors import UnreadableDocumentError
from qa_service.flaws import NO_TEXT, find_flaws, misread
from qa_service.mojibake import undone
from qa_service.outline import Heading, Page, Parsed
from qa_service.parsers.docx import parse_docx
from qa_service.parsers.draft import Draft
from qa_service.parsers.encodings import UTF_8, decode
from qa_service.parsers.epub import parse_epub
from qa_service.parsers.formats import CSV, DOCX, EPUB, HTML, MARKDOWN, MHTML, PDF, PLAIN, TSV
from qa_service.parsers.html import parse_html
from qa_service.parsers.kinds import binary_type, text_type
from qa_service.parsers.markdown import parse_markdown
from qa_service.parsers.mhtml import parse_mhtml
from qa_service.parsers.pdf import parse_pdf
from qa_service.parsers.plain import parse_plain
from qa_service.parsers.table import parse_table
from qa_service.parsers.tracing import trace
from qa_service.text import CanonicalText, canonicalise
from qa_service.types import Flaw

_TEXT_PARSERS: Mapping[str, Callable[[str], Draft]] = {
    PLAIN: parse_plain,
    MARKDOWN: parse_markdown,
    HTML: parse_html,
    CSV: parse_table,
    TSV: parse_table,
}
_BINARY_PARSERS: Mapping[str, Callable[[bytes], Draft]] = {
    PDF: parse_pdf,
    DOCX: parse_docx,
    EPUB: parse_epub,
    MHTML: parse_mhtml,
}


def parse_document(name: str, content: bytes) -> Parsed:
    """Return the canonical text of a file and what it says of itself.

    Raises UnsupportedDocumentError for a kind that no parser takes, UnreadableDocumentError for a file that is empty,
    damaged, encrypted, in no encoding that reads well, or without text.
    """
    if not content.strip():
        message = "the file is empty"
        raise UnreadableDocumentError(message)
    media_type, draft = _draft(name, content)
    canonical = canonicalise(draft.text)
    if not canonical.text.strip():
        message = "there is no text in the file"
        raise UnreadableDocumentError(message)
    headings = tuple(
        Heading(canonical.to_canonical(heading.start), heading.level, heading.title) for heading in draft.headings
    )
    title = canonicalise(draft.title or "").text.strip() or None
    metadata = {canonicalise(key).text: canonicalise(value).text for key, value in draft.metadata.items()}
    flaws, marks = find_flaws(canonical.text)
    if draft.misread is not None:
        metadata["misread"] = draft.misread
        flaws = misread(canonical.text), *flaws
    if draft.pages_without_text:
        flaws = *flaws, Flaw(NO_TEXT, draft.pages_without_text, 0, 0)
    return Parsed(
        canonical.text,
        media_type,
        title,
        headings,
        metadata,
        _pages(draft, canonical),
        trace(draft.places, canonical),
        marks,
        flaws,
    )


def _pages(draft: Draft, canonical: CanonicalText) -> tuple[Page, ...]:
    """Return the page marks where clean-up left them; of several at one place the last holds."""
    numbers = {canonical.to_canonical(page.start): page.number for page in draft.pages}
    return tuple(Page(start, number) for start, number in numbers.items() if start < len(canonical.text))


def _draft(name: str, content: bytes) -> tuple[str, Draft]:
    """Return media type and draft. The content decides what it can; the name's ending decides between text formats."""
    binary = binary_type(name, content)
    if binary is not None:
        return binary, _BINARY_PARSERS[binary](content)
    decoded = decode(content)
    text, misreadings = undone(decoded.text)
    media_type = text_type(name, text)
    draft = _TEXT_PARSERS[media_type](text)
    if decoded.encoding != UTF_8:
        draft.metadata = {**draft.metadata, "encoding": decoded.encoding}
    if misreadings:
        draft.misread = ", ".join(map(str, misreadings))
    return media_type, draft
