"""Sentence spans. Under-splitting is the safe error: half a sentence never stands as an answer.

A text falls into blocks that no sentence crosses: paragraphs, table rows, list items, headings. razdel cuts a block
where a full stop or its like is followed by a capital; what it cuts too eagerly is joined again.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from razdel import sentenize

from qa_service.text import trimmed
from qa_service.types import Span

_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")
_ITEM = re.compile(r"\s*(?:[•◦▪‣·●*+]|\(?\d{1,2}[.)])\s")
_CELL_BORDER = " | "
_NARROWEST = 40
"""Characters; shorter lines than this are verses, addresses or words in a list, not the lines of a column of text."""

_FOOTNOTE_MARK = re.compile(r"\[\d{1,3}(?:[,;–-] ?\d{1,3})*\]")
_END_WITHOUT_SPACE = re.compile(r"[。！？｡]+(?![。！？｡」』”’）】])")
_INITIAL = re.compile(r"(?<![\w'’ʼ-])[^\W\d_]\.$")
_LAST_WORD = re.compile(r"(?<!\w)([^\W\d_]+)\.$")
_OPENING = "\"'«„“‘([{<…"
_DASHES = ("-", "–", "—")
_ITEM_OR_NOT = (*_DASHES, "[")
_ENDS = (".", "!", "?", "…", ":", ";")
_WINDOW = 40
"""Characters looked at on either side of a cut."""

_STAND_BEFORE = """
гг ст стст вв вул ул просп пл бул наб вобл обл воз оз ім им св зав дыр дир акад праф проф доц дац канд чл кор ген палк
тав гр гл см ср параўн рис рыс мал табл рэд ред изд выд вып зб сб нар пам напр тэл тел
студз лют крас чэрв ліп жн вер кастр снеж янв февр апр авг сент окт нояб дек
mr mrs ms dr prof st mt jr sr no nos vs approx ca cf fig figs vol vols ch sec pp ed eds str gen col capt lt sgt rev hon
gov sen rep jan feb mar apr jun jul aug sept sep oct nov dec
"""
"""Abbreviations that stand before what they belong to: a name, a number, a title."""

_ABBREVIATIONS = frozenset(_STAND_BEFORE.split())


def split_sentences(text: str) -> tuple[Span, ...]:
    """Return the sentences of `text` as spans, in order, without the white space around them.

    Every character that is not white space is in exactly one of them.
    """
    return tuple(
        Span(*trimmed(text, start + left, start + right))
        for start, end in _blocks(text)
        for left, right in _merged(text[start:end])
    )


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches that no sentence crosses, trimmed and not empty."""
    for paragraph in _PARAGRAPH.finditer(text):
        start = position = paragraph.start()
        lines = paragraph.group().split("\n")
        width = max(map(len, lines))
        for line, following in pairwise([*lines, ""]):
            position += len(line) + 1
            if following and _is_wrapped(line, following, width):
                continue
            left, right = trimmed(text, start, position - 1)
            if left < right:
                yield left, right
            start = position


def _is_wrapped(line: str, following: str, width: int) -> bool:
    """Return whether a line ends only because the next word did not fit into the column, or in mid-sentence."""
    if width < _NARROWEST or _CELL_BORDER in line or _CELL_BORDER in following or _is_item(line, following):
        return False
    words = following.split(maxsplit=1)
    return not words or words[0][0].islower() or len(line.rstrip()) + 1 + len(words[0]) > width


def _is_item(line: str, following: str) -> bool:
    """Return whether a list item or a footnote begins after `line`; a dash or a bracket may also go on with `line`."""
    if following.lstrip().startswith(_ITEM_OR_NOT):
        return line.rstrip().endswith(_ENDS)
    return _ITEM.match(following) is not None


def _merged(block: str) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a block, pieces that do not end or do not begin one joined to their neighbour."""
    start = 0
    for cut, following in pairwise([*_cuts(block), len(block)]):
        if not _goes_on(block[max(start, cut - _WINDOW) : cut].rstrip(), block[cut:following]):
            yield start, cut
            start = cut
    yield start, len(block)


def _cuts(block: str) -> Iterator[int]:
    """Yield where a sentence may begin, the start of the block left out."""
    masked = _FOOTNOTE_MARK.sub(lambda mark: " " * len(mark.group()), block)
    for number, sentence in enumerate(sentenize(masked)):
        if number > 0:
            yield sentence.start
        for end in _END_WITHOUT_SPACE.finditer(sentence.text):
            if end.end() < len(sentence.text):
                yield sentence.start + end.end()


def _goes_on(sentence: str, following: str) -> bool:
    """Return whether `following` belongs to the sentence before it.

    So it does after a semicolon, an abbreviation or an initial, and where it is a dash with what follows, begins in
    lower case, or holds no letter at all.
    """
    last = _LAST_WORD.search(sentence)
    return (
        sentence.endswith(";")
        or bool(_INITIAL.search(sentence))
        or (last is not None and last.group(1).lower() in _ABBREVIATIONS)
        or _is_no_beginning(following)
    )


def _is_no_beginning(following: str) -> bool:
    begin = following[:_WINDOW].lstrip(_OPENING + " \n\t")
    return begin.startswith(_DASHES) or begin[:1].islower() or not any(map(str.isalpha, following))
