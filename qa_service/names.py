"""Names of files and titles of documents: how they are shown, and the form in which they are looked for."""

import re
import unicodedata

from qa_service.text import canonicalise

LONGEST_NAME = 255
_APOSTROPHES = re.compile("['’ʼ`‘‛´′]")


def shown_name(name: str) -> str:
    """Return the last part of a name given from outside; it is shown and gives the format, and is never a path."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1].encode("utf-8", "replace").decode()
    return canonicalise(last).text.replace("\n", " ")[-LONGEST_NAME:]


def folded(text: str) -> str:
    """Return a text as names are compared: without case, marks over letters (ё is е, ў is у) and apostrophes.

    What is folded once is not changed by folding it again.
    """
    text = _APOSTROPHES.sub("", text)
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(_APOSTROPHES.sub("", letters).split())
