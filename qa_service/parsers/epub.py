"""EPUB: the chapters in reading order, each a page of XHTML; titles from the contents where a chapter bears none."""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from lxml import etree

from qa_service.errors import UnreadableDocumentError
from qa_service.parsers.archive import damage_reported, parse_xml, require_bounded
from qa_service.parsers.draft import Draft
from qa_service.parsers.encodings import decode
from qa_service.parsers.html import write_fragment

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
_CONTENTS = "application/x-dtbncx+xml"
_FIELDS = {"creator": "author", "date": "date", "language": "language", "subject": "subject"}
_DAY = re.compile(r"\d{4}(?:-\d\d){0,2}")


@dataclass(frozen=True, slots=True)
class _Item:
    """A file of the book: its name in the archive."""

    name: str
    media_type: str
    properties: frozenset[str]


def parse_epub(content: bytes) -> Draft:
    """Return the chapters' text with headings; the package's metadata becomes title and metadata.

    Raises UnreadableDocumentError for a file that is damaged or locked by a shop.
    """
    with damage_reported("EPUB"), zipfile.ZipFile(io.BytesIO(content)) as archive:
        require_bounded(archive)
        book = _Book(archive)
        draft = Draft(metadata=book.metadata())
        for item in book.chapters():
            draft.stand_at(part=item.name)
            _write_chapter(item.name, book.text(item), book.chapter_titles.get(item.name, ""), draft)
        draft.title = book.title() or (draft.headings[0].title if draft.headings else None)
    return draft


def _write_chapter(name: str, text: str, title: str, draft: Draft) -> None:
    chapter = Draft()
    write_fragment(text, chapter)
    if not chapter.text:
        return
    if title and not chapter.headings:
        draft.add_heading(1, title)
    chapter.places = [replace(place, part=name) for place in chapter.places]
    draft.append(chapter)


class _Book:
    """The package of an EPUB file."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._members = {name.casefold(): name for name in reversed(archive.namelist())}
        self._path = self._package_path()
        self._package = parse_xml(archive.read(self._path))
        self._items = {
            element.get("id", ""): _Item(
                _member(self._path, element.get("href", "")),
                element.get("media-type", ""),
                frozenset(element.get("properties", "").split()),
            )
            for element in _all(self._package, "item")
        }
        self.chapter_titles: Mapping[str, str] = dict(self._titles())

    def title(self) -> str:
        """Return the book's title."""
        return next(filter(None, map(_words, _all(self._package, "title"))), "")

    def metadata(self) -> dict[str, str]:
        """Return what the package says of the book; several authors are joined by commas."""
        found = {
            name: ", ".join(filter(None, map(_words, _all(self._package, field)))) for field, name in _FIELDS.items()
        }
        day = _DAY.match(found["date"])
        found["date"] = day.group() if day else found["date"]
        return {name: value for name, value in found.items() if value}

    def chapters(self) -> Iterator[_Item]:
        """Yield the pages in reading order, the table of contents left out. Raises UnreadableDocumentError."""
        locked = self._locked()
        for name in dict.fromkeys(reference.get("idref", "") for reference in _all(self._package, "itemref")):
            item = self._items.get(name)
            if item is None or item.media_type not in _PAGES or "nav" in item.properties:
                continue
            if item.name in locked:
                message = "the book is locked by the shop that sold it (DRM) and cannot be read"
                raise UnreadableDocumentError(message)
            yield item

    def text(self, item: _Item) -> str:
        """Return the source of a page."""
        content = self._read(item.name)
        try:
            return decode(content).text
        except UnreadableDocumentError:
            return content.decode("utf-8", "replace")  # a page with a damaged letter does not spoil the book

    def _read(self, name: str) -> bytes:
        return self._archive.read(self._members.get(name.casefold(), name))

    def _package_path(self) -> str:
        container = parse_xml(self._archive.read(_CONTAINER))
        paths = [root.get("full-path", "") for root in _all(container, "rootfile")]
        if not paths:
            message = "the EPUB file is damaged: its container names no package"
            raise UnreadableDocumentError(message)
        return paths[0]

    def _locked(self) -> frozenset[str]:
        """Return the names of encrypted members; pages are among them where a shop locked the book."""
        if _ENCRYPTION not in self._archive.namelist():
            return frozenset()
        references = _all(parse_xml(self._archive.read(_ENCRYPTION)), "CipherReference")
        return frozenset(_member("", reference.get("URI", "")) for reference in references)

    def _titles(self) -> Iterator[tuple[str, str]]:
        """Yield the titles of pages by the table of contents, the first of each page last, as a mapping wants it."""
        found: list[tuple[str, str]] = []
        for item in self._items.values():
            if item.media_type == _CONTENTS:
                found += _old_contents(item.name, parse_xml(self._read(item.name)))
            elif "nav" in item.properties:
                found += _contents(item.name, parse_xml(self._read(item.name)))
        return reversed(found)


def _contents(name: str, page: etree._Element) -> Iterator[tuple[str, str]]:
    for navigation in _all(page, "nav"):
        kind = navigation.get("{http://www.idpf.org/2007/ops}type", "toc")
        for link in _all(navigation, "a") if kind == "toc" else ():
            yield _member(name, link.get("href", "")), _words(link)


def _old_contents(name: str, contents: etree._Element) -> Iterator[tuple[str, str]]:
    for point in _all(contents, "navPoint"):
        label, target = next(_all(point, "text"), None), next(_all(point, "content"), None)
        if label is not None and target is not None:
            yield _member(name, target.get("src", "")), _words(label)


def _all(root: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield every element of a name, whichever namespace it is in."""
    return root.iter(f"{{*}}{name}")


def _words(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def _member(base: str, reference: str) -> str:
    """Return the name in the archive that a link in `base` leads to; one that leads out of it names nothing there."""
    path = unquote(urlsplit(reference).path)
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), path)).lstrip("/")
