"""Plain text: taken as it is. A short first line is its title."""

from qa_service.parsers.draft import Draft

_LONGEST_TITLE = 120


def parse_plain(text: str) -> Draft:
    """Return the text as one block."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    draft = Draft(title=first if 0 < len(first) <= _LONGEST_TITLE else None)
    draft.add_block(text)
    return draft
