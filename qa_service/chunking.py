"""From a canonical text to passages with exact spans, by langchain-text-splitters.

The splitter runs on a shadow of the text: the same length, with a private-use mark in place of the character that
ends a sentence, a line or a paragraph, to split behind. Its pieces join back to the shadow exactly, so spans are
running sums, and no sentence is cut unless it alone is longer than a passage.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from qa_service.outline import Heading, Page
from qa_service.prose import apparatus_bounds, prose_share
from qa_service.sentences import split_sentences
from qa_service.text import joins_previous, trimmed
from qa_service.types import Chunk, Language, Span

VERSION = 4
"""Raised when passages or their sentences are cut differently, so that files are split again."""

_PARAGRAPH, _LINE, _SENTENCE = "\ue0f0", "\ue0f1", "\ue0f2"
_BREAK = re.compile(r"\n+")
_BLANK_LINE = re.compile(r"\n\n+")
_MOST_MARKS = 10_000
"""Most marks of one letter that a passage is lengthened by: a file may hold millions, and no model wants those."""

_SHORT = 6
"""A piece shorter than a passage divided by this is joined to its neighbour."""


def split_passages(
    text: str,
    headings: Sequence[Heading],
    longest: int,
    detect: Callable[[Sequence[str]], Sequence[Language]],
    pages: Sequence[Page] = (),
    *,
    is_table: bool = False,
) -> list[Chunk]:
    """Return the passages of `text`, in order: trimmed, not overlapping, not empty, about `longest` characters at most.

    A passage does not cross a heading unless the section before it is very short. Every character that is not white
    space is in exactly one passage. `detect` gives each of the document's passages its language; `pages` give each the
    lowest and the highest it stands on. `is_table` tells that each paragraph is a row: it is a passage of its own,
    however short, or several where it is long.
    """
    sentences = split_sentences(text)
    sections = (
        _paragraphs(text) if is_table else _sections(_section_starts(text, headings), len(text), longest // _SHORT)
    )
    bounds = _between_characters(text, _bounds(_shadow(text, sentences), sections, longest))
    spans = [Span(*trimmed(text, start, end)) for start, end in pairwise(bounds)]
    spans = [span for span in spans if span.start < span.end]
    passages = [span.of(text) for span in spans]
    described = zip(
        spans,
        passages,
        _sentences_inside(sentences, spans),
        detect(passages),
        _heading_paths(text, headings, spans),
        *_page_numbers(pages, spans),
        map(prose_share, passages),
        strict=True,
    )
    return [Chunk(*fields) for fields in described]


def with_context(chunk: Chunk, title: str | None) -> Chunk:
    """Return the passage with what it stands under. A title that is only the file's name says nothing."""
    lines = dict.fromkeys([*([title] if title else ()), *chunk.headings])
    inside = chunk.text.split("\n", 1)[0]
    above = " — ".join(line for line in lines if line != inside)
    return replace(chunk, context=f"{above}\n" if above else "")


def _shadow(text: str, sentences: Sequence[Span]) -> str:
    characters = [" " if character.isspace() else character for character in text]
    for sentence in sentences:
        has_space = sentence.end < len(text) and text[sentence.end].isspace()
        characters[sentence.end if has_space else sentence.end - 1] = _SENTENCE
    for match in _BREAK.finditer(text):
        if len(match.group()) > 1:
            characters[match.end() - 1] = _PARAGRAPH
        elif characters[match.start()] == _SENTENCE:
            characters[match.start()] = _LINE
    return "".join(characters)


def _section_starts(text: str, headings: Sequence[Heading]) -> list[int]:
    """Return where sections begin: under headings, and where a list of literature or the like begins and ends."""
    return sorted({heading.start for heading in headings} | set(apparatus_bounds(text)))


def _bounds(shadow: str, sections: Iterable[tuple[int, int]], longest: int) -> Iterator[int]:
    """Yield where pieces of the sections, of about `longest` characters, end, the start of the text first."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # a tenth of a second, and answers need it not

    splitter = RecursiveCharacterTextSplitter(
        separators=[_PARAGRAPH, _LINE, _SENTENCE, " ", ""],
        chunk_size=longest,
        chunk_overlap=0,
        keep_separator="end",
        strip_whitespace=False,
    )
    yield 0
    for start, end in sections:
        if end - start <= longest:
            yield end
            continue
        for piece in _joined(splitter.split_text(shadow[start:end]), longest):
            start += len(piece)
            yield start


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches of paragraphs with what parts them from the next."""
    start = 0
    for match in _BLANK_LINE.finditer(text):
        yield start, match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _sections(starts: Sequence[int], length: int, shortest: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches between starts; a very short one goes with the next."""
    start = 0
    for following in starts:
        if following - start >= max(shortest, 1):
            yield start, following
            start = following
    if start < length:
        yield start, length


def _joined(pieces: Sequence[str], longest: int) -> list[str]:
    """Join every very short piece to the rest of its paragraph, or else to what follows, as a heading wants it.

    The last one, which nothing follows, goes with the piece before it.
    """
    joined: list[str] = []
    for number, piece in enumerate(pieces, start=1):
        before = joined[-1] if joined else ""
        is_rest = len(piece) * _SHORT < longest and (not before.endswith(_PARAGRAPH) or number == len(pieces))
        fits = len(before) + len(piece) <= longest * 5 // 4
        if joined and fits and (is_rest or len(before) * _SHORT < longest):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def _between_characters(text: str, bounds: Iterator[int]) -> Iterator[int]:
    """Move every bound that lies before a mark of the letter on its left to behind the last such mark."""
    reached = 0
    for bound in bounds:
        reached = max(reached, bound)
        while joins_previous(text, reached) and reached < bound + _MOST_MARKS:
            reached += 1
        yield reached


def _sentences_inside(sentences: Sequence[Span], spans: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """Yield each passage's sentences, by offsets inside the passage; a sentence longer than it gives a part."""
    ends = [sentence.end for sentence in sentences]
    for span in spans:
        first, last = bisect_right(ends, span.start), bisect_right(ends, span.end - 1)
        yield tuple(
            Span(max(sentence.start - span.start, 0), min(sentence.end, span.end) - span.start)
            for sentence in sentences[first : last + 1]
        )


def _heading_paths(text: str, headings: Sequence[Heading], spans: Sequence[Span]) -> Iterator[tuple[str, ...]]:
    """Yield the titles of the headings, highest first, that each passage's first words below a heading stand under."""
    path: list[Heading] = []
    passed = 0
    for span in spans:
        position = span.start
        while passed < len(headings) and headings[passed].start <= position:
            heading = headings[passed]
            path = [*(above for above in path if above.level < heading.level), heading]
            if heading.start == position:
                position, _ = trimmed(text, position + len(heading.title), span.end)
            passed += 1
        yield tuple(heading.title for heading in path)


def _page_numbers(pages: Sequence[Page], spans: Sequence[Span]) -> tuple[list[int | None], list[int | None]]:
    """Return each passage's lowest page and its highest; None for what stands before the first page."""
    starts = [page.start for page in pages]
    first = [max(bisect_right(starts, span.start) - 1, 0) for span in spans]
    last = [bisect_right(starts, span.end - 1) for span in spans]
    numbers = [[page.number for page in pages[begin:end]] for begin, end in zip(first, last, strict=True)]
    return [min(each, default=None) for each in numbers], [max(each, default=None) for each in numbers]
