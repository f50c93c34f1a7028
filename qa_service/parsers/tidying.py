"""Clean-up of a plain text: paragraphs made whole, without what their pages put between their lines.

Running titles and page numbers go, footnotes follow the paragraph they were printed in, lines that a column broke are
one again, and so are the halves of a sentence that a page's end, or a footnote, cut. Everything else stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from qa_service.parsers.draft import RawPage, RawPlace
from qa_service.parsers.footnotes import Note, find_notes
from qa_service.parsers.halves import Paragraph, whole
from qa_service.parsers.hyphens import Vocabulary, joint
from qa_service.parsers.running_lines import find_furniture
from qa_service.parsers.text_lines import Line, blocks_of, split_lines
from qa_service.parsers.wrapping import Column
from qa_service.text import OffsetMap, Piece, rearranged

_PARAGRAPH_END = "\n\n"


@dataclass(frozen=True, slots=True)
class Tidied:
    """A text made clean, the map that leads back, and where its pages and lines stood."""

    text: str
    offsets: OffsetMap
    pages: tuple[RawPage, ...]
    places: tuple[RawPlace, ...]


def tidy(raw: str) -> Tidied:
    """Clean a text up. What is clean already stays as it is."""
    lines = list(split_lines(raw))
    notes = find_notes(list(blocks_of(lines)))
    index = {line.number: number for number, line in enumerate(lines)}
    noted = {index[line.number] for note in notes for line in note.lines}
    furniture = find_furniture(lines, noted)
    body = [[line for line in block if index[line.number] not in furniture] for block in blocks_of(lines)]
    column = Column.of([block for block in body if block])
    paragraphs = whole(_paragraphs(lines, furniture, noted, notes, column), column)
    is_joined = any(len(each.lines) > 1 for paragraph in paragraphs for each in (paragraph, *paragraph.notes))
    vocabulary = Vocabulary(line.text for line in lines if is_joined)
    return _Writer(raw, index, vocabulary).written(paragraphs)


def _paragraphs(
    lines: Sequence[Line], furniture: set[int], noted: set[int], notes: Sequence[Note], column: Column
) -> list[Paragraph]:
    """Return the paragraphs as they were printed, halves of some, each with the notes behind it."""
    of_line = {note.lines[0].number: note for note in notes}
    found: list[Paragraph] = []
    block: list[Line] = []
    before = Paragraph([])  # what stands between the last block and the next
    for number, line in enumerate(lines):
        is_between = number in furniture or number in noted
        if block and (is_between or line.is_after_blank):
            found += _split(block, before, column)
            before = Paragraph([], is_after_turn=line.page != block[-1].page)
            block = []
        if not is_between:
            block.append(line)
            continue
        before.is_after_turn |= number in furniture
        before.is_after_note |= number in noted
        if line.number in of_line:
            if not found:
                found.append(Paragraph([]))
            found[-1].notes += _of_note(of_line[line.number], column)
    return found + _split(block, before, column)


def _of_note(note: Note, column: Column) -> list[Paragraph]:
    """Return the paragraphs of a footnote; what it has at the foot of another page goes on in mid-paragraph."""
    first, *rest = [_split(block, Paragraph([]), column) for block in blocks_of(note.lines)]
    for going_on in rest:
        first[-1].lines += going_on[0].lines
        first += going_on[1:]
    return first


def _split(block: Sequence[Line], before: Paragraph, column: Column) -> list[Paragraph]:
    """Return the paragraphs of lines that nothing parts: as many as there are lines where no column broke them."""
    joints = column.joints(block)
    is_column = any(joints)
    found: list[Paragraph] = []
    for number, line in enumerate(block):
        if number and joints[number - 1]:
            found[-1].lines.append(line)
        elif number:
            is_indented = is_column and line.indent > block[number - 1].indent
            found.append(Paragraph([line], is_next_line=True, is_indented=is_indented))
        else:
            found.append(Paragraph([line], is_after_turn=before.is_after_turn, is_after_note=before.is_after_note))
    return found


@dataclass(slots=True)
class _Writer:
    """Puts paragraphs together; what stands between two that were neighbours stays as it was."""

    raw: str
    index: dict[int, int]
    vocabulary: Vocabulary
    pieces: list[Piece] = field(default_factory=list)
    length: int = 0
    places: list[RawPlace] = field(default_factory=list)
    pages: list[RawPage] = field(default_factory=list)
    last: Line | None = None

    def written(self, paragraphs: Sequence[Paragraph]) -> Tidied:
        """Write every paragraph with its notes behind it."""
        for paragraph in paragraphs:
            self._write(paragraph)
            for note in paragraph.notes:
                self._write(note)
        if self.last is not None and self.index[self.last.number] == len(self.index) - 1:
            self._put((self.last.end, len(self.raw)))
        has_pages = any(page.number > 1 for page in self.pages)
        text, offsets = rearranged(self.raw, self.pieces)
        return Tidied(text, offsets, tuple(self.pages) if has_pages else (), tuple(self.places))

    def _write(self, paragraph: Paragraph) -> None:
        for number, line in enumerate(paragraph.lines):
            if number == 0:
                self._part(paragraph)
            if not self.pages or self.pages[-1].number != line.page + 1:
                self.pages.append(RawPage(self.length, line.page + 1))
            self.places.append(RawPlace(self.length, line=line.number, offset=line.start))
            following = paragraph.lines[number + 1] if number + 1 < len(paragraph.lines) else None
            dropped, added = joint(line.text, following.text, self.vocabulary) if following else (0, "")
            self._put((line.start, line.end - dropped))
            self._put(added)
            self.last = line

    def _part(self, paragraph: Paragraph) -> None:
        """Put what parts a paragraph from what is written already."""
        line = paragraph.lines[0]
        shown = line.start
        if len(paragraph.lines) > 1 and line.indent > paragraph.lines[1].indent:
            shown -= line.indent  # the first line of a paragraph that was set in; an empty line parts it now
        if self.last is None:
            self._put((line.start - line.indent, shown))
        elif self.index[line.number] != self.index[self.last.number] + 1 or paragraph.is_indented:
            self._put(_PARAGRAPH_END)
        else:
            self._put((self.last.end, shown))

    def _put(self, piece: Piece) -> None:
        self.length += len(piece) if isinstance(piece, str) else piece[1] - piece[0]
        last = self.pieces[-1] if self.pieces else ""
        if isinstance(piece, tuple) and isinstance(last, tuple) and last[1] == piece[0]:
            self.pieces[-1] = last[0], piece[1]
        elif piece:
            self.pieces.append(piece)
