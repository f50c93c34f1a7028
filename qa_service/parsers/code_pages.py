"""Which code page a text of one byte a letter is in, told by how usual its letters are.

Read in the wrong page a text is a soup of rare letters, capitals in the middle of words and signs between letters: each
page that may be meant gets the mean cost of its characters beyond ASCII. All that is known of a language is its letters
in the order of how often they come, so that it can be read and corrected.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice

from qa_service.parsers.alphabets import FUNCTION_WORDS, LETTERS, PAGES

_OPENING, _CLOSING = frozenset("«“„‘‹"), frozenset("»”’›…–—")
_APART_FROM_WORDS = frozenset("±¶×¹²³¼½¾µ")
_SIGNS = frozenset("§°№•€£©®™¿¡·\xa0\xad") | _OPENING | _CLOSING | _APART_FROM_WORDS
_INSIDE_WORDS = frozenset("’\xa0\xad–—")
_BOXES = frozenset(map(chr, range(0x2500, 0x25A0)))
_VOWELS = frozenset("аеёіоуыэюяАЕЁІОУЫЭЮЯ")
_PAGES_WITHOUT_I = ("cp866", "koi8-r")
"""Belarusian and Ukrainian texts in them have the Latin letter for і."""

_RAREST = 20
_LEAST_IN_LATIN = 4
_SIGN = 9.0
_BOX = 22.0
_MISPLACED = 30.0
_STRANGE = 50.0
_LETTER_MISSING = 150.0
_CAPITAL_INSIDE = 20.0
_BESIDE_OTHER_SCRIPT = 25.0
_ACCENTS_IN_A_ROW = 7.0
_OTHER_LANGUAGE = 8.0
"""What a character costs: a letter its rank among its language's, and what makes it unlikely on top."""

_RARITY: Mapping[str, float] = {
    "mac-cyrillic": 60, "cp1125": 25, "cp1250": 3, "iso-8859-2": 5, "cp1254": 12, "cp1257": 12, "cp850": 15,
    "cp852": 15,
}  # fmt: skip
"""What all characters together cost more in pages that few files are in."""

_MOST_WORDS = 2_000
_WORD = re.compile(rb"[A-Za-z0-9'\x80-\xff]*[\x80-\xff][A-Za-z0-9'\x80-\xff]*")
_PLAIN_WORD = re.compile(rb"(?<![a-z\x80-\xff])[a-z]+(?![a-z\x80-\xff])")
_BEGINNING = 65_536


@dataclass(frozen=True, slots=True)
class Guess:
    """A code page and the mean cost of a character beyond ASCII: 4 to 12 in the page a text is in."""

    encoding: str
    cost: float
    characters: int
    """How many characters that is the mean of."""

    def lead(self, other: "Guess") -> float:
        """Return by how much another page costs more, of all characters together."""
        return other.cost * other.characters - self.cost * self.characters


def likely_pages(content: bytes) -> list[Guess]:
    """Return the code pages that have all bytes of a text, the likeliest first."""
    sample = b"\n".join(match.group() for match in islice(_WORD.finditer(content), _MOST_WORDS))
    handicaps = _handicaps(content[:_BEGINNING].lower())
    guesses = []
    for encoding in PAGES:
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        guesses.append(_guess(text, encoding, handicaps))
    return sorted(guesses, key=lambda guess: guess.cost)


def _handicaps(text: bytes) -> dict[str, float]:
    """Return what a letter costs more in each language, by whose function words the text has."""
    words = _PLAIN_WORD.findall(text)
    counts = {language: sum(word in own for word in words) for language, own in FUNCTION_WORDS.items()}
    most = max(counts.values())
    if most == 0:
        return {}
    weight = _OTHER_LANGUAGE if most > 1 else _OTHER_LANGUAGE / 2
    return {language: weight * (1 - counts.get(language, 0) / most) for language in LETTERS["Latin"]}


@cache
def _letter_costs(script: str) -> dict[str, dict[str, float]]:
    """Return by language what each letter costs, small and capital."""
    least = _LEAST_IN_LATIN if script == "Latin" else 0
    return {
        language: {
            form: least + float(min(rank, _RAREST))
            for rank, letter in enumerate(letters)
            for form in (letter, letter.upper())
        }
        for language, letters in LETTERS[script].items()
    }


def _guess(text: str, encoding: str, handicaps: Mapping[str, float]) -> Guess:
    script = PAGES[encoding]
    counts: Counter[str] = Counter()
    signs = row = 0
    surcharges = 0.0
    for before, character, after in zip("\n" + text, text, text[1:] + "\n", strict=False):
        row = row + 1 if character >= "\x80" and character.isalpha() else 0
        if row:
            counts[character] += 1
            surcharges += _ACCENTS_IN_A_ROW * (row - 1) if script == "Latin" else 0.0
            surcharges += _letter_surcharge(before, character, after, encoding)
        elif character >= "\x80" and character != before:
            signs += 1
            surcharges += _sign_cost(before, character, after)
    letters = min(
        sum((costs.get(letter, _STRANGE) + handicaps.get(language, 0.0)) * count for letter, count in counts.items())
        for language, costs in _letter_costs(script).items()
    )
    characters = max(counts.total() + signs, 1)
    return Guess(encoding, (letters + surcharges + _RARITY.get(encoding, 0.0)) / characters, characters)


def _letter_surcharge(before: str, letter: str, after: str, encoding: str) -> float:
    """Return what makes a letter unlikely where it stands."""
    cost = 0.0
    if (letter.isupper() and before.islower()) or (letter.islower() and after.isupper()):
        cost += _CAPITAL_INSIDE
    if PAGES[encoding] != "Latin":
        allowed = "iI" if encoding in _PAGES_WITHOUT_I else ""
        cost += _BESIDE_OTHER_SCRIPT * sum(
            each.isascii() and each.isalpha() and each not in allowed for each in (before, after)
        )
    if letter == "ў" and (after in _VOWELS or (before.isalpha() and before not in _VOWELS)):
        cost += _MISPLACED  # it follows a vowel and precedes a consonant
    return cost + _SIGN if before.isdigit() or after.isdigit() else cost


def _sign_cost(before: str, sign: str, after: str) -> float:
    letters = before.isalpha() + after.isalpha()
    if sign in _BOXES:
        is_drawing = before in _BOXES or after in _BOXES
        return _LETTER_MISSING if letters == 2 else _BOX if is_drawing and not letters else _STRANGE
    if sign not in _SIGNS:
        return _STRANGE
    if sign in _APART_FROM_WORDS:
        return _MISPLACED if letters else _SIGN
    begins_word = sign in _CLOSING and before.isspace() and after.isalpha()
    return _MISPLACED if begins_word or (letters == 2 and sign not in _INSIDE_WORDS) else _SIGN
