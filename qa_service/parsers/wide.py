"""Text in units of 2 or 4 bytes: told by its first bytes, or by what it says where it does not begin with them."""

import codecs
from collections.abc import Mapping

_MARKS: Mapping[bytes, str] = {  # UTF-32 first: its little-endian mark begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_UNMARKED = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_CONTROLS = frozenset(range(9))
"""Bytes that text of 8-bit units does not have, and the upper halves of most alphabets are."""

_SAMPLE = 8_192
_SHARE = 0.9
"""Share of characters that have to be of an alphabet, a space or punctuation: chance gives a hundredth."""

_EAST_ASIAN_SHARE = 0.97
"""Half of all 16-bit numbers are Chinese or Korean characters."""


def marked_encoding(content: bytes) -> str | None:
    """Return the encoding that a byte order mark of UTF-16 or UTF-32 tells; None without one."""
    return next((encoding for mark, encoding in _MARKS.items() if content.startswith(mark)), None)


def unmarked_encoding(content: bytes) -> str | None:
    """Return which of UTF-16 and UTF-32 without a byte order mark the first bytes are; None for anything else."""
    sample = content[:_SAMPLE]
    if len(sample) < 4 or _CONTROLS.isdisjoint(sample):
        return None
    return next((encoding for encoding in _UNMARKED if _is_readable(sample, encoding)), None)


def _is_readable(sample: bytes, encoding: str) -> bool:
    width = 4 if "32" in encoding else 2
    if len(sample) % width:
        return False
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    plain = sum(_is_plain(character) for character in text)
    marks = sum("\u2010" <= character <= "\u2122" for character in text)
    if plain > marks and plain + marks >= _SHARE * len(text):
        return True
    east = sum(_is_east_asian(character) for character in text)
    return b"\0" in sample and plain > 0 and plain + east >= _EAST_ASIAN_SHARE * len(text)


def _is_plain(character: str) -> bool:
    """Return whether it is of an alphabet between Latin and Arabic, or among ASCII's printed characters and spaces."""
    return "\x20" <= character <= "\x7e" or "\xa0" <= character <= "\u06ff" or character in "\t\n\r"


def _is_east_asian(character: str) -> bool:
    return (
        "\u3000" <= character <= "\u30ff"
        or "\u4e00" <= character <= "\u9fff"
        or "\uac00" <= character <= "\ud7a3"
        or "\uff00" <= character <= "\uffef"
    )
