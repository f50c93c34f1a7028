"""HTML: the main text of a page without its furniture (menus, sidebars, footers).

A page's own `<article>` or `<main>` is believed. For a page without one trafilatura finds the main text; where that is
hardly anything, and for a short page, it is the text outside of elements that are furniture by name.
"""

import re

from lxml import etree, html
from trafilatura import bare_extraction

from qa_service.parsers.draft import Draft
from qa_service.parsers.elements import write_element

_TOO_LITTLE = 0.3
"""Below this share of the text outside of furniture, a main text is not the main text."""

_SHORT = 1_000
"""Characters; trafilatura makes one paragraph of a page this short."""

_CUT_SHORT = re.compile(r"\x00|</(?:html|body)\s*>", re.IGNORECASE)
"""What libxml2 stops at, though pages have text behind it."""

_MAIN_ELEMENTS = ("//article[not(ancestor::article)]", "//main | //*[@role='main']")


def parse_html(text: str) -> Draft:
    """Return the page's main text with headings, and its title. Raises UnreadableDocumentError."""
    page = _page(text)
    if page is None:
        return Draft()
    draft = _main_text(page, text)
    draft.title = _title(page, draft)
    return draft


def write_fragment(text: str, draft: Draft) -> None:
    """Write a piece of HTML that stands in another format, such as Markdown."""
    page = _page(text)
    if page is not None:
        write_element(page, draft, with_furniture=True)


def _page(text: str) -> html.HtmlElement | None:
    """Parse however broken the page is; None where there is nothing in it."""
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(_CUT_SHORT.sub("", text).encode(), parser=parser)
    except etree.ParserError:
        return None
    except etree.XMLSyntaxError as error:
        raise MemoryError from error  # libxml2 mends whatever it reads, and fails only where memory ends


def _body(page: html.HtmlElement) -> html.HtmlElement:
    body = page.find("body")
    return page if body is None else body


def _main_text(page: html.HtmlElement, text: str) -> Draft:
    whole = _written(_body(page))
    least = max(1.0, _TOO_LITTLE * len(whole.text))
    for path in _MAIN_ELEMENTS:
        elements = page.xpath(path)
        marked = _written(elements[0]) if len(elements) == 1 else None
        if marked is not None and len(marked.text) >= least:
            return marked
    extracted = _extracted(text) if len(whole.text) > _SHORT else None
    if extracted is not None and len(extracted.text) >= least:
        return extracted
    return whole if whole.text else _written(_body(page), with_furniture=True)


def _extracted(text: str) -> Draft | None:
    found = bare_extraction(_page(text), include_comments=False, include_tables=True, favor_recall=True)
    if found is None or found.body is None:
        return None
    draft = _written(found.body, with_furniture=True)
    draft.places.clear()  # trafilatura's elements are its own, without lines
    return draft


def _written(element: etree._Element, *, with_furniture: bool = False) -> Draft:
    draft = Draft()
    write_element(element, draft, with_furniture=with_furniture)
    return draft


def _title(page: html.HtmlElement, draft: Draft) -> str | None:
    """Return the first heading where `<title>` is that and the site's name, else `<title>`."""
    title = " ".join((page.findtext("head/title") or "").split())
    heading = draft.headings[0].title if draft.headings else _first_heading(page)
    if heading and heading in title:
        before, _, after = title.partition(heading)
        is_joined = before.strip()[-1:].isalnum() or after.strip()[:1].isalnum()
        return title if is_joined else heading
    return title or heading or None


def _first_heading(page: html.HtmlElement) -> str:
    heading = page.find(".//h1")
    return "" if heading is None else " ".join("".join(heading.itertext()).split())
