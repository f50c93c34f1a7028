"""Numbers as they are written, brought to one form: thousands joined, a point before decimals, Roman ones counted.

`1 234,5`, `1,234.5`, `1.234,5` and `1234,5` all give `1234.5`. A lone group of three, `1,234` or `1.234`, is thousands
in one language and decimals in another, so it gives both: `1234` and `1.234`.
"""

import re

_SPACES = " \xa0\u2007\u2009\u202f"
_BREAKING = " "
_POINTS = ".,'’"

NUMBER = rf"(?:\d{{1,3}}(?:[{_SPACES}]\d{{3}}(?!\d))++(?:[.,]\d++)?+|\d++(?:[{_POINTS}]\d++)*+)"
"""A pattern for a number with whatever stands inside it. It does not match in the middle of another."""

_GROUPED = re.compile(rf"\d{{1,3}}([{_POINTS}])\d{{3}}(?:\1\d{{3}})*(?:(?!\1)([.,])\d+)?")
_SPACED = re.compile(rf"\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:[.,]\d+)?")
_DECIMAL = re.compile(r"\d+[.,]\d+")
_DIGITS = re.compile(r"\d+")
_GROUP = re.compile(r"[\d.,]+")

_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_CYRILLIC_ROMAN = str.maketrans("ІХСМ", "IXCM")
_SMALL_ROMAN = frozenset("IVXL")
_LONG_ROMAN = 4

Reading = tuple[int, int, str]
"""Start and end inside what was read, and the form."""


def number_readings(written: str) -> list[Reading]:
    """Return the forms of a number that `NUMBER` matched, digits in ASCII, the whole first.

    What is no single number (a date, a version, `1,2,3`) gives its numbers, after the whole where points join them.
    Groups parted by ordinary spaces may be neighbours in a table, so they are given too.
    """
    whole = (0, len(written))
    parts = [(part.start(), part.end(), part.group()) for part in _DIGITS.finditer(written)]
    if len(parts) == 1:
        return [(*whole, written)]
    if _SPACED.fullmatch(written):
        groups = [(part.start(), part.end(), part.group().replace(",", ".")) for part in _GROUP.finditer(written)]
        number = "".join(group for _, _, group in groups)
        return [(*whole, number), *(groups if _BREAKING in written else ())]
    if grouped := _GROUPED.fullmatch(written):
        return [(*whole, number) for number in _grouped(written, grouped[1], grouped[2])]
    if _DECIMAL.fullmatch(written):
        return [(*whole, written.replace(",", "."))]
    return [(*whole, written), *parts] if set(written) <= set("0123456789.") else parts


def _grouped(written: str, separator: str, decimal: str | None) -> list[str]:
    joined = written.replace(separator, "").replace(",", ".")
    is_ambiguous = decimal is None and separator in ".," and written.count(separator) == 1
    if not is_ambiguous:
        return [joined]
    as_decimal = written.replace(separator, ".")
    return [as_decimal] if written.startswith("0") else [joined, as_decimal]


def roman_value(word: str) -> int | None:
    """Return what a Roman number in capitals counts, its letters Latin or their Cyrillic look-alikes; else None.

    Only what is hardly ever anything else: letters I, V, X and L, or four letters and more. `I`, `C`, `CD`, `MM`, `CV`
    and a Cyrillic letter alone are no numbers.
    """
    letters = word.translate(_CYRILLIC_ROMAN)
    is_lone = len(word) == 1 and word not in "VX"
    is_likely = len(word) >= _LONG_ROMAN or set(letters) <= _SMALL_ROMAN
    if is_lone or not is_likely or not letters or not _ROMAN.fullmatch(letters):
        return None
    values = [_VALUES[letter] for letter in letters]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))
