"""MHTML: a page that a browser saved as one file, with all that belongs to it; the page itself is read."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from qa_service.errors import UnreadableDocumentError
from qa_service.parsers.draft import Draft
from qa_service.parsers.encodings import UTF_8, decode
from qa_service.parsers.html import parse_html


def parse_mhtml(content: bytes) -> Draft:
    """Return the page's main text. Raises UnreadableDocumentError where there is no page in the file."""
    message = message_from_bytes(content, policy=policy.default)
    page = message.get_body(("html",)) if isinstance(message, EmailMessage) else None
    source = page.get_payload(decode=True) if page is not None and page.get_content_type() == "text/html" else None
    if not isinstance(source, bytes) or not source.strip():
        message_text = "the saved page (MHTML) is damaged or incomplete: there is no HTML in it; save the page anew"
        raise UnreadableDocumentError(message_text)
    assert page is not None
    decoded = decode(source, page.get_content_charset())
    draft = parse_html(decoded.text)
    draft.title = draft.title or str(message["Subject"] or "").strip() or None
    if decoded.encoding != UTF_8:
        draft.metadata = {**draft.metadata, "encoding": decoded.encoding}
    return draft
