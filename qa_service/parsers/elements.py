"""From a tree of HTML elements to blocks of text, in document order.

trafilatura's names for its own trees (head, list, item, row, cell, lb) stand beside HTML's.
"""

from lxml import etree

from qa_service.errors import UnreadableDocumentError
from qa_service.parsers.draft import Draft

_NOT_TEXT = """
audio button canvas datalist head iframe noscript object script select style svg template textarea video
"""
_FURNITURE = frozenset({"nav", "aside", "form", "dialog"})
_PAGE_ENDS = frozenset({"header", "footer"})
_SECTIONS = ("article", "main", "section")

_BLOCK = """
address article aside blockquote body caption center cell dd details dialog dir div dl dt fieldset figcaption figure
footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html item legend li list main menu nav ol p pre quote row section
summary table tbody td tfoot th thead tr ul
"""
"""Any other element is part of the running text, as in a browser."""

_HIDDEN, _BLOCKS = frozenset(_NOT_TEXT.split()), frozenset(_BLOCK.split())
_LINE_BREAKS = frozenset({"br", "lb"})
_LISTS = frozenset({"ol", "ul", "menu", "dir", "list"})
_ITEMS = frozenset({"li", "item"})
_ROWS = frozenset({"tr", "row"})
_CELLS = frozenset({"td", "th", "cell"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}

_DEEPEST = 2_000
"""libxml2 drops what lies deeper than 2,048 elements, without a word."""

_BREAK = "\x1e"
"""Stands for a line break in running text, where a newline is only white space."""


def write_element(root: etree._Element, draft: Draft, *, with_furniture: bool) -> None:
    """Write what is inside `root`. Raises UnreadableDocumentError where elements are nested too deep."""
    writer = _Writer(draft)
    walk = etree.iterwalk(root, events=("start", "end"))
    skipped: etree._Element | None = None
    depth = 0
    for event, element in walk:
        name = str(element.tag).rpartition("}")[2].lower()
        if event == "start":
            depth += 1
            if depth > _DEEPEST:
                message = f"the page nests its elements more than {_DEEPEST:,} deep; repair it, end tags are missing"
                raise UnreadableDocumentError(message)
            if element is root or _is_shown(element, name, with_furniture=with_furniture):
                writer.start(name, element)
            else:
                skipped = element
                walk.skip_subtree()
        else:
            depth -= 1
            if element is skipped:
                writer.pass_over(name)
            else:
                writer.end(name, element)
            writer.add(None if element is root else element.tail)
    writer.flush()


def _is_shown(element: etree._Element, name: str, *, with_furniture: bool) -> bool:
    if name in _HIDDEN and not (name == "head" and element.get("rend")):
        return False
    if with_furniture:
        return True
    is_page_end = name in _PAGE_ENDS and next(element.iterancestors(*_SECTIONS), None) is None
    return not (is_page_end or name in _FURNITURE)


class _Writer:
    """Gathers running text and writes it as a block wherever an element that is not inline begins or ends."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._run: list[str] = []
        self._marker = ""
        self._lists: list[int | None] = []
        self._cells: list[str] | None = None
        self._is_first_row = True
        self._preformatted = 0

    def add(self, text: str | None) -> None:
        """Add running text."""
        self._run.append((text or "").replace("\n", _BREAK if self._preformatted else " "))

    def start(self, name: str, element: etree._Element) -> None:
        """Open an element and go on with its text."""
        if name in _BLOCKS:
            self._break_off()
            if isinstance(element.sourceline, int) and self._cells is None:
                self._draft.stand_at(line=element.sourceline)
        if name in _LINE_BREAKS:
            self._run.append(_BREAK)
        elif name in _LISTS:
            is_ordered = name == "ol" or element.get("rend") == "ol"
            self._lists.append(_number(element.get("start")) if is_ordered else None)
        elif name in _ITEMS and self._cells is None:
            self._marker = self._next_marker()
        elif name == "table":
            self._is_first_row = True
        elif name in _ROWS and not _is_layout(element):
            self._cells = []
        elif name == "pre":
            self._preformatted += 1
        self.add(element.text)

    def end(self, name: str, element: etree._Element) -> None:
        """Close an element."""
        if name in _CELLS and self._cells is not None:
            self._cells.append(" ".join(self._taken().split()))
        elif name in _ROWS and self._cells is not None:
            self._end_row(self._cells)
        elif (name in _HEADINGS or name == "head") and self._cells is None:
            self._draft.add_heading(_HEADINGS.get(element.get("rend") or name, 2), self._taken())
        elif name in _BLOCKS:
            self._break_off()
        if name in _LISTS:
            self._lists.pop()
        elif name in _ITEMS:
            self._marker = ""
        elif name == "pre":
            self._preformatted -= 1

    def pass_over(self, name: str) -> None:
        """Leave an element out."""
        if name in _BLOCKS:
            self._break_off()

    def flush(self) -> None:
        """Write the running text as a block."""
        words = self._taken()
        if words:
            self._draft.add_block(self._marker + words, is_next_line=bool(self._marker))
            self._marker = ""

    def _break_off(self) -> None:
        if self._cells is None:
            self.flush()
        else:
            self._run.append(" ")

    def _end_row(self, cells: list[str]) -> None:
        cells.append(self._taken())
        if self._draft.add_row(cells, is_first=self._is_first_row):
            self._is_first_row = False
        self._cells = None

    def _next_marker(self) -> str:
        number = self._lists[-1] if self._lists else None
        if number is None:
            return "• "
        self._lists[-1] = number + 1
        return f"{number}. "

    def _taken(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self._run).split(_BREAK))
        self._run.clear()
        return "\n".join(line for line in lines if line)


def _is_layout(row: etree._Element) -> bool:
    """Return whether a row holds tables of its own: such a table places things on the page, it is not one of data."""
    return next(row.iterdescendants("table"), None) is not None


def _number(start: str | None) -> int:
    return int(start) if start and start.isdecimal() and len(start) < 7 else 1
