"""Running headers, footers and page numbers of a PDF: lines at a page's edge that come back on other pages."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

from qa_service.parsers.pdf_lines import Line
from qa_service.parsers.running_titles import enough_pages, titles_of

_DEEPEST = 3
"""Lines a header or footer may have."""

_TOLERANCE = 6.0
"""Points that the same line may stand higher or lower on another page."""


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the pages' lines without what repeats at their edges, unless that is all there is."""
    kept = [list(lines) for lines in pages]
    for is_top in (True, False):
        for _ in range(_DEEPEST):
            repeated = _repeated([_edge(lines, is_top=is_top) for lines in kept])
            if not repeated:
                break
            kept = [[line for line in lines if line not in repeated] for lines in kept]
    return kept if any(kept) else [list(lines) for lines in pages]


def _edge(lines: Sequence[Line], *, is_top: bool) -> list[Line]:
    """Return the highest or lowest line with those beside it, from left to right."""
    if not lines:
        return []
    outermost = (max if is_top else min)(lines, key=lambda line: line.baseline)
    return sorted((line for line in lines if line.is_beside(outermost)), key=lambda line: line.left)


def _repeated(edges: Sequence[Sequence[Line]]) -> set[Line]:
    seen: Counter[Hashable] = Counter()
    for number, edge in enumerate(edges):
        seen.update(set(_marks(edge, number, spread=1)))
    enough = enough_pages(len(edges))
    return {
        line
        for number, edge in enumerate(edges)
        if _is_own_number(edge, number) or any(seen[mark] >= enough for mark in _marks(edge, number))
        for line in edge
    }


def _marks(edge: Sequence[Line], page: int, *, spread: int = 0) -> Iterator[Hashable]:
    """Yield what two pages share where they have the same running title at the same height."""
    if not edge:
        return
    height = round(edge[0].baseline / _TOLERANCE)
    for title in titles_of(" ".join(line.text for line in edge), page):
        for near in range(height - spread, height + spread + 1):
            yield title, near


def _is_own_number(edge: Sequence[Line], page: int) -> bool:
    """Return whether a line is nothing but its page's number."""
    return len(edge) == 1 and edge[0].text.strip("-–— ") == str(page + 1)
