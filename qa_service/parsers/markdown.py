"""Markdown: CommonMark with tables and front matter, as the text a reader would see."""

import re
from collections.abc import Mapping

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from qa_service.parsers.draft import Draft
from qa_service.parsers.html import write_fragment

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_NOTHING = frozenset({"", "~", "null"})
_DEEPEST = 100
"""Lists and quotations inside each other; what lies deeper is lost."""

_PARSER = MarkdownIt("commonmark", {"maxNesting": 2 * _DEEPEST}).enable(["table", "strikethrough"])


def parse_markdown(text: str) -> Draft:
    """Return the visible text with headings; front matter becomes metadata, its `title` the title."""
    metadata, body = _split_front_matter(text)
    before = text[: len(text) - len(body)].count("\n")
    draft = Draft(title=metadata.pop("title", None), metadata=metadata)
    _Writer(draft, before).write(_PARSER.parse(body))
    if draft.title is None and draft.headings:
        draft.title = draft.headings[0].title
    return draft


def _split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return metadata and body. Front matter that is not a YAML mapping stays part of the body."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    try:
        content = yaml.load(match.group(1), Loader=yaml.BaseLoader)  # every scalar stays the string it was written as
    except (yaml.YAMLError, RecursionError):
        return {}, text
    if not isinstance(content, Mapping):
        return {}, text
    return _flat(content), text[match.end() :]


def _flat(content: Mapping[str, object]) -> dict[str, str]:
    """Keep scalars, and lists of them joined by commas; deeper structures say nothing a search could use."""
    flat = {key.lower(): _as_text(value) for key, value in content.items()}
    return {key: value for key, value in flat.items() if value not in _NOTHING}


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return ""


class _Writer:
    """Walks block tokens in order and writes their text into a draft."""

    def __init__(self, draft: Draft, lines_before: int) -> None:
        self._draft = draft
        self._lines_before = lines_before
        self._heading: int | None = None
        self._marker = ""
        self._cells: list[str] | None = None
        self._is_first_row = True

    def write(self, tokens: list[Token]) -> None:
        """Write every token."""
        for token in tokens:
            if token.map is not None:
                self._draft.stand_at(line=self._lines_before + token.map[0] + 1)
            handle = getattr(self, f"_{token.type}", None)
            if handle is not None:
                handle(token)

    def _heading_open(self, token: Token) -> None:
        self._heading = int(token.tag[1:])

    def _heading_close(self, _token: Token) -> None:
        self._heading = None

    def _list_item_open(self, token: Token) -> None:
        self._marker = f"{token.info}{token.markup} " if token.info else "• "

    def _list_item_close(self, _token: Token) -> None:
        self._marker = ""

    def _table_open(self, _token: Token) -> None:
        self._is_first_row = True

    def _tr_open(self, _token: Token) -> None:
        self._cells = []

    def _tr_close(self, _token: Token) -> None:
        if self._draft.add_row(self._cells or [], is_first=self._is_first_row):
            self._is_first_row = False
        self._cells = None

    def _inline(self, token: Token) -> None:
        text = _inline_text(token.children or [])
        if self._heading is not None:
            self._draft.add_heading(self._heading, text)
        elif self._cells is not None:
            self._cells.append(" ".join(text.split()))
        else:
            self._add_block(text)

    def _fence(self, token: Token) -> None:
        self._add_block(token.content.rstrip("\n"))

    _code_block = _fence

    def _html_block(self, token: Token) -> None:
        write_fragment(token.content, self._draft)

    def _add_block(self, text: str) -> None:
        self._draft.add_block(self._marker + text, is_next_line=bool(self._marker))
        self._marker = ""


def _inline_text(tokens: list[Token]) -> str:
    pieces = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            pieces.append(token.content)
        elif token.type == "softbreak":
            pieces.append(" ")
        elif token.type == "hardbreak":
            pieces.append("\n")
        elif token.type == "image":
            pieces.append(_inline_text(token.children or []))
        elif token.type == "html_inline":
            pieces.append("\n" if token.content.lower().startswith("<br") else "")
    return "".join(pieces)
