"""How a stored document was made of its file; one whose recipe is another than today's is taken in again."""

from qa_service.chunking import VERSION as SPLITTER_VERSION
from qa_service.parsers.formats import VERSION as PARSER_VERSION

NO_RECIPE = ""
"""Marks what no present parser makes, so that the same content is parsed when it comes again."""


def recipe_for(passage_characters: int) -> str:
    """Return the recipe of today, for passages of this length."""
    return f"parser {PARSER_VERSION}, splitter {SPLITTER_VERSION}, {passage_characters} characters"
