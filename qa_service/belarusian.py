"""A stemmer for Belarusian, of which no library has one: an ending goes, then sounds that alternate become one.

Unstressed о, э and е sound and are written а or я (*горад, гарады; вёсны, вясна*), so these are one letter; ы is і, ю
is у, ў is в, and soft signs and apostrophes go. With that the official and the classical orthography meet wherever
they only write one sound in two ways: *свет, сьвет; план, плян; Еўропа, Эўропа; цэнтр, цэнтар; пытанне, пытаньне*.

`python -m eval.stemming` says how well it does.
"""

import re

_VOWELS = "аеёіоуыэюя"
_ENDINGS = """
    [аеёіоуыэюяьй] [аяоёеэую]ю [аяіы]я [аоя]е [аяоёеэіыую]й [аяоёеіэыу]?ў [оёеэ]м [ая]мі? [іы]мі? [ая]х [іы]х
    [аяо]га [аяо]му [аяеэіыуюо]ць [аяуюэ]ець [аяеэіыу]л[аі] [аяую]ва(?:ць|ў|л[аі]) [аяіыеуоэ]ўшы
    [аяуюэ]?(?:ю|юць|е|ем|еш|й|йце) [аяеэіы]ш [аяуюэ]еце [іы]це
"""
"""The second person plural after a consonant, *бярэце*, is not among them: in *кабінеце* it is no ending."""

_PARTS = re.compile(rf"(.*?[{_VOWELS}].+?|[^{_VOWELS}]+?)({'|'.join(_ENDINGS.split())})?")
"""Stem and ending: the longest that leaves a vowel with a sound after it, or consonants where there is nothing more."""

_SOFTENING = re.compile(r"[еёіюяь]|ы[яй]")
_SOUNDS = str.maketrans("оеёэяыюўц", "аааааіувт", "ь'")
_ALTERNATIONS = (
    (r"дз", "д"),
    (r"шч$", "ст"),  # пушчу, пусціць
    (r"дж$", "д"),  # хаджу, хадзіць
    (r"(?<=..)[аіу]+$", ""),  # акадэмі-я, акадэмі-й
    (r"([^н])\1$", r"\1"),  # соллю, солі; but веданне is not веданы
    (r"(?<=..)а(?=к$)|(?<=.[тд])а(?=р$)", ""),  # замак, замка; цэнтар, цэнтра
    (r"з$", "г"),  # кнізе, кніга
    (r"с$", "х"),  # страсе, страха
    (r"(?<=[бпмвф])л$", ""),  # раблю, рабіць
    (r"(?<=[аіу].)ав$", ""),  # Быкаў, Быкава
)
_RULES = tuple((re.compile(pattern), sound) for pattern, sound in _ALTERNATIONS)


def stem_belarusian(word: str) -> str:
    """Return the stem of a folded word: what its inflected forms share, which is no word itself."""
    word = _without_reflexive("у" + word[1:] if word.startswith("ў") else word)
    parts = _PARTS.fullmatch(word)
    if not parts:
        return word.translate(_SOUNDS)
    stem, ending = parts[1], parts[2] or ""
    if stem.endswith("ц") and not _SOFTENING.match(ending):
        stem = stem[:-1] + "к"  # руцэ is of рука, but газеце, soft, of газета
    stem = stem.translate(_SOUNDS)
    for pattern, sound in _RULES:
        stem = pattern.sub(sound, stem)
    return stem


def _without_reflexive(word: str) -> str:
    if word.endswith("цца"):
        return word[:-2] + "ь"
    return word[:-2] if word.endswith("ся") and len(word) > len("уся") + 1 else word
