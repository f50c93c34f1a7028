"""The lines of a plain text, and what their two ends tell: whether a sentence is over, and whether one goes on."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_LINE = re.compile(r"(.*?)(\r\n?|[\n\v\f\x85\u2028\u2029]|\Z)", re.DOTALL)
_FORM_FEED = "\f"
_ITEM = re.compile(r"(?:[-–—*+•◦▪‣·●>|#]|\(?\d{1,3}[.)]|\(?[^\W\d_][.)]|\[\d{1,3}\]|§)(?:\s|\Z)|[•◦▪‣●]|\|")
_SUPERSCRIPTS = "⁰¹²³⁴-⁹"
_MARK_AT_END = re.compile(rf"(?:\s?(?:[{_SUPERSCRIPTS}]{{1,3}}|\[\d[\d,;\s–-]{{0,20}}\]))+\Z")
_OVER = re.compile(r"[.!?…:;。！？][\"»”“’'‘)\]*_]*\Z")
_END_LENGTH = 40
_OPENING = "\"'«„“‘([*_"
_COLUMNS = re.compile(r"\S(?: {3,}|\t+)\S|\s\|\s")
_CODE = re.compile(r"(?:[{}]|[)\]=]\s*;|=.*;)\Z|\A(?:[{}]|//|/\*|\$ |>>> )")


@dataclass(frozen=True, slots=True)
class Line:
    """A line with words in it: where it stands in the raw text without white space around it, and its words.

    `number` counts all lines from 1, `page` counts the form feeds before it from 0, `indent` the white space before
    its words; `is_after_blank` tells whether an empty line, a form feed or nothing stands before it.
    """

    start: int
    end: int
    text: str
    number: int
    page: int
    indent: int
    is_after_blank: bool

    @property
    def width(self) -> int:
        """The column its last word reaches."""
        return self.indent + len(self.text)


def split_lines(raw: str) -> Iterator[Line]:
    """Yield the lines that have anything in them."""
    page = 0
    is_after_blank = True
    for number, match in enumerate(_LINE.finditer(raw), start=1):
        text = match.group(1).strip()
        if text:
            indent = len(match.group(1)) - len(match.group(1).lstrip())
            start = match.start() + indent
            yield Line(start, start + len(text), text, number, page, indent, is_after_blank)
        is_after_blank = not text
        if match.group(2) == _FORM_FEED:
            page += 1
            is_after_blank = True
        if match.end() == len(raw):
            return


def blocks_of(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the lines that no empty line and no form feed parts."""
    block: list[Line] = []
    for line in lines:
        if line.is_after_blank and block:
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def is_over(text: str) -> bool:
    """Return whether a sentence may end with this line: it ends in a full stop or the like, marks of notes aside."""
    if _OVER.search(text, len(text) - _END_LENGTH if len(text) > _END_LENGTH else 0):
        return True
    bare = _MARK_AT_END.sub("", text) if text[-1] == "]" or not text[-1].isalpha() else text
    return bare is not text and _OVER.search(bare) is not None


def goes_on_small(text: str) -> bool:
    """Return whether a line begins with a small letter, as one does that goes on with the line before."""
    return text.lstrip(_OPENING)[:1].islower() and not is_item(text)


def is_item(text: str) -> bool:
    """Return whether a line begins as an item of a list, a heading or a quotation of a letter is marked."""
    return _ITEM.match(text) is not None


def is_layout(text: str) -> bool:
    """Return whether a line is laid out in columns, is code, or holds no letter: it is never joined to another."""
    return _COLUMNS.search(text) is not None or _CODE.search(text) is not None or not any(map(str.isalpha, text))


def first_word(text: str) -> str:
    """Return what a line begins with, up to the first white space."""
    return text.split(maxsplit=1)[0]
