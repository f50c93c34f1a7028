"""The markers of list items in a DOCX file, which are counted and not written there."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from docx.document import Document
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from lxml import etree

_BULLET = "• "
_DEEPEST = 9
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    """How items of one level are marked: `pattern` holds `%1` for the number of level 1."""

    kind: str
    pattern: str
    start: int


class ListMarkers:
    """Counts the items of every list of a document."""

    def __init__(self, document: Document) -> None:
        self._lists = _lists(document)
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)

    def next(self, paragraph: Paragraph) -> str:
        """Return what stands before a paragraph, such as "2. "; nothing where it is no item."""
        number, depth = _membership(paragraph)
        levels = self._lists.get(number, {})
        level = levels.get(depth)
        if level is None or level.kind == "none":
            return ""
        if level.kind == "bullet":
            return _BULLET
        counts = self._counts[number]
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [each for each in counts if each > depth]:
            del counts[deeper]
        marker = level.pattern
        for each in range(depth + 1):
            usual = levels[each].start if each in levels else 1
            marker = marker.replace(f"%{each + 1}", _written(counts.get(each, usual), levels.get(each, level).kind))
        return f"{marker.strip()} " if marker.strip() else ""


def _membership(paragraph: Paragraph) -> tuple[str, int]:
    """Return the list an item belongs to and its depth there, which its style may say."""
    number, depth = "", 0
    for properties in _properties(paragraph):
        own = properties.find(qn("w:numPr")) if properties is not None else None
        if own is None:
            continue
        identifier, level = own.find(qn("w:numId")), own.find(qn("w:ilvl"))
        depth = depth or int(_value(level, "0"))
        number = number or _value(identifier, "")
        if number:
            break
    return number, min(depth, _DEEPEST - 1)


def _properties(paragraph: Paragraph) -> list[Any]:
    found, style = [paragraph._p.pPr], paragraph.style
    while style is not None and len(found) < _DEEPEST:
        found.append(style.element.find(qn("w:pPr")))
        style = style.base_style
    return found


def _lists(document: Document) -> dict[str, dict[int, _Level]]:
    """Return the levels of every list by its id."""
    try:
        root = document.part.numbering_part.element
    except (KeyError, NotImplementedError):
        return {}
    abstract = {each.get(qn("w:abstractNumId")): _levels(each) for each in root.iter(qn("w:abstractNum"))}
    return {
        each.get(qn("w:numId"), ""): abstract.get(_value(each.find(qn("w:abstractNumId")), ""), {}) | _levels(each)
        for each in root.iter(qn("w:num"))
    }


def _levels(definition: etree._Element) -> dict[int, _Level]:
    return {
        int(level.get(qn("w:ilvl"), "0")): _Level(
            _value(level.find(qn("w:numFmt")), "decimal"),
            _value(level.find(qn("w:lvlText")), ""),
            int(_value(level.find(qn("w:start")), "1")),
        )
        for level in definition.iter(qn("w:lvl"))
    }


def _value(element: etree._Element | None, usual: str) -> str:
    return usual if element is None else element.get(qn("w:val"), usual)


def _written(number: int, kind: str) -> str:
    """Return a number as a list writes it."""
    if kind in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % 26)
        return letter if kind == "lowerLetter" else letter.upper()
    if kind in ("lowerRoman", "upperRoman"):
        return _roman(number) if kind == "lowerRoman" else _roman(number).upper()
    return str(number)


def _roman(number: int) -> str:
    written = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        written += letters * min(count, _DEEPEST)
    return written
