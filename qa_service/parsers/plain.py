"""Plain text: cleaned of what its pages put between its lines. A short first line is its title."""

from qa_service.parsers.draft import Draft
from qa_service.parsers.tidying import tidy

_LONGEST_TITLE = 120


def parse_plain(text: str) -> Draft:
    """Return the cleaned text as one block, with the lines of the original that it came from."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    tidied = tidy(text)
    draft = Draft(title=first if 0 < len(first) <= _LONGEST_TITLE else None)
    draft.add_block(tidied.text)
    draft.pages.extend(tidied.pages)
    draft.places.extend(tidied.places)
    return draft
