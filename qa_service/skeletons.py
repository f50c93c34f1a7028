"""The bridge between scripts: names, numbers and loan words written in one form, so that they meet across languages.

A word is romanised, folded to a rough sound skeleton and cut into four-letter pieces, the first of which is marked as
the word's start. What meets need not be the same word: pieces are evidence to be weighed, by how rare they are.
"""

import re
from collections import Counter
from collections.abc import Collection
from functools import lru_cache

from anyascii import anyascii

from qa_service.tokens import readings

GRAM = 4
"""Letters in a piece."""

_START = "^"
_CACHED = 2**14

_BEFORE = str.maketrans({"ў": "в"})
_NOT_SOUND = re.compile(r"[^a-z0-9]")
_SOUNDS = (
    ("shch szcz schtsch stch", "s"),
    ("tsch tch cz ch", "c"),
    ("sch sh sz zh", "s"),
    ("dzh dsch", "i"),
    ("dz", "d"),
    ("ts tz", "t"),
    ("kh gh", "h"),
    ("ph", "f"),
    ("th", "t"),
    ("ck qu", "k"),
    ("x", "ks"),
    ("au", "av"),
    ("eu", "iv"),
    ("ou oo", "u"),
    ("w", "v"),
    ("z", "s"),
    ("q", "k"),
    ("g", "h"),
    ("y j e", "i"),
    ("o", "a"),
)
_SOUND = {written: sound for spellings, sound in _SOUNDS for written in spellings.split()}
_LONGEST_FIRST = sorted(_SOUND, key=len, reverse=True)
_SPELLING = re.compile("|".join(["(?P<soft>c(?=[eiy]))", "(?P<hard>c(?![hkz]))", *_LONGEST_FIRST]))
_C = {"soft": "s", "hard": "k"}
_TWICE = re.compile(r"([a-z])\1+")


def skeleton(word: str) -> str:
    """Return the rough sound of `word` in Latin letters and digits; empty where nothing of it can be said."""
    romanised = _NOT_SOUND.sub("", anyascii(word.lower().translate(_BEFORE)).lower())
    return _TWICE.sub(r"\1", _SPELLING.sub(_sound, romanised))


def _sound(match: re.Match[str]) -> str:
    return _C[match.lastgroup] if match.lastgroup else _SOUND[match.group()]


def skeleton_grams(text: str) -> dict[str, int]:
    """Return how often each piece occurs in `text`. A number is a piece as it is; so is a word of three letters."""
    counts: Counter[str] = Counter()
    for _, _, exact in readings(text):
        counts.update(_grams(exact))
    return dict(counts)


def has_grams(text: str, wanted: Collection[str]) -> frozenset[str]:
    """Return which of these pieces occur in `text`."""
    return frozenset(gram for _, _, exact in readings(text) for gram in _grams(exact) if gram in wanted)


@lru_cache(_CACHED)
def _grams(exact: str) -> tuple[str, ...]:
    if exact[0].isdigit() and not any(map(str.isalpha, exact)):
        return (exact,)
    marked = _START + skeleton(exact)
    return tuple(marked[at : at + GRAM] for at in range(max(1, len(marked) - GRAM + 1))) if len(marked) > 1 else ()
