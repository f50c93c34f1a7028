"""What a parser writes into: a text with the places of its headings and pages, before clean-up."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from qa_service.text import canonicalise


@dataclass(frozen=True, slots=True)
class RawHeading:
    """A heading at an offset of the raw text."""

    start: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class RawPage:
    """A page of the original that begins at an offset of the raw text."""

    start: int
    number: int


@dataclass(frozen=True, slots=True)
class RawPlace:
    """Where the raw text from `start` on, up to the next place, stood in the original: fields as of `outline.Place`."""

    start: int
    part: str | None = None
    page: int | None = None
    top: float | None = None
    line: int | None = None
    offset: int | None = None


@dataclass(slots=True)
class Draft:
    """A raw text that grows block by block, blocks being separated by a blank line."""

    title: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    headings: list[RawHeading] = field(default_factory=list)
    pages: list[RawPage] = field(default_factory=list)
    places: list[RawPlace] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    length: int = 0
    block_start: int = 0
    """Where the last block begins."""

    pages_without_text: int = 0
    """Pages that are pictures."""

    misread: str | None = None
    """In which encodings the text had been read wrong, where that was undone."""
    _next_place: RawPlace | None = None

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._pieces)

    def add_block(self, text: str, *, is_next_line: bool = False) -> None:
        """Append a paragraph, or a line that belongs to the block before it. Text without a word adds nothing."""
        if not text.strip():
            return
        if self._pieces:
            self._append("\n" if is_next_line else "\n\n")
        self.block_start = self.length
        self._append(text)
        if self._next_place is not None:
            self.places.append(replace(self._next_place, start=self.block_start))
            self._next_place = None

    def stand_at(self, *, line: int | None = None, part: str | None = None) -> None:
        """Tell where the next block stands in the original."""
        self._next_place = RawPlace(0, part=part, line=line)

    def add_row(self, cells: list[str], *, is_first: bool) -> bool:
        """Append a row of a table, without the empty cells at its end. Returns whether there was anything in it."""
        filled = max((number for number, cell in enumerate(cells, start=1) if cell), default=0)
        self.add_block(" | ".join(cells[:filled]), is_next_line=not is_first)
        return filled > 0

    def add_heading(self, level: int, title: str) -> None:
        """Append a heading; its words, in canonical form on one line, are part of the text."""
        words = canonicalise(" ".join(title.split())).text.strip()
        if words:
            self.add_block(words)
            self.headings.append(RawHeading(self.block_start, level, words))

    def append(self, other: "Draft") -> None:
        """Append another draft's blocks, headings and places."""
        self.add_block(other.text)
        self.headings += [RawHeading(self.block_start + each.start, each.level, each.title) for each in other.headings]
        self.places += [replace(each, start=self.block_start + each.start) for each in other.places]

    def begin_page(self, number: int, start: int) -> None:
        """Tell that what stands from `start` on is of this page; the same page again changes nothing."""
        last = self.pages[-1] if self.pages else None
        if last is None or (last.number != number and last.start <= start):
            self.pages.append(RawPage(start, number))

    def _append(self, piece: str) -> None:
        self._pieces.append(piece)
        self.length += len(piece)
