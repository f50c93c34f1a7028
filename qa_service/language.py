"""Which language a text is in, as probabilities: py3langid limited to configured languages, plus letter evidence."""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from qa_service.errors import ConfigurationError
from qa_service.types import Language

UNKNOWN: Language = "und"

_LETTER = re.compile(r"[^\W\d_\u02bc]")
"""U+02BC is an apostrophe, though Unicode has it as a letter."""

_SAMPLE = 4_000
"""Characters looked at; a passage is shorter."""

_OWN_LETTERS: Mapping[Language, str] = {
    "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюя",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "kk": "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя",
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
}
_FOREIGN_LETTER_COST = 6.0
"""Nats a letter costs a language that does not use it: one may be a borrowed name, several are not."""

_RARE_LETTERS: Mapping[Language, str] = {"be": "ў", "uk": "їєґ", "kk": "әғқңөұүһ"}
_RARE_LETTER_GAIN = 3.0
_CAP = 30.0

_STRANGER = 0.02
"""What a language that is rare in a document is still worth in it."""

_SCRIPTS: Mapping[str, frozenset[Language]] = {
    script: frozenset(languages.split())
    for script, languages in {
        "ARABIC": "ar ary arz fa ku ps sdh ug ur uzs",
        "ARMENIAN": "hy",
        "BENGALI": "as bn",
        "CJK": "ja wuu yue zh",
        "CYRILLIC": "ba be bg kk ky mk mn ru sr tg tt uk uz",
        "DEVANAGARI": "gom hi mr ne sa",
        "ETHIOPIC": "am",
        "GEORGIAN": "ka",
        "GREEK": "el grc",
        "GUJARATI": "gu",
        "GURMUKHI": "pa",
        "HANGUL": "ko",
        "HEBREW": "hbo he",
        "HIRAGANA": "ja",
        "KANNADA": "kn",
        "KATAKANA": "ja",
        "KHMER": "km",
        "LAO": "lo",
        "MALAYALAM": "ml",
        "MYANMAR": "my",
        "ORIYA": "or",
        "SINHALA": "si",
        "TAMIL": "ta",
        "TELUGU": "te",
        "THAI": "th",
        "TIBETAN": "dz",
    }.items()
}
"""By the first word of the letters' Unicode names. Every other language is written in Latin letters."""

_NOT_LATIN = frozenset[Language]().union(*_SCRIPTS.values()) - {"ku", "sr", "tt", "uz"}


class LanguageDetector:
    """Tells the configured languages apart. Safe to use from several threads."""

    def __init__(self, languages: Sequence[Language]) -> None:
        """Limit the detector to `languages`. Raises ConfigurationError for one it does not know."""
        whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=False)
        unknown = sorted(set(languages) - set(whole.labels))
        if unknown or not languages:
            known = ", ".join(sorted(whole.labels))
            message = f"QA_LANGUAGES: unknown language {', '.join(unknown) or '(none given)'}; known: {known}"
            raise ConfigurationError(message)
        whole.set_languages(list(languages))
        self._identifier = LanguageIdentifier(  # a new one, or what belongs to the other languages stays in memory
            whole.nb_ptc, whole.nb_pc, whole.nb_classes, whole.tk_nextmove, whole.tk_output, tk_row=whole.tk_row
        )

    def probabilities(self, text: str) -> dict[Language, float]:
        """Return the probability of each language the text's script allows; empty where none is possible.

        The probabilities add up to 1.
        """
        sample = text[:_SAMPLE]
        sample = sample.lower() if sample.isupper() else sample
        letters = Counter(_LETTER.findall(sample.lower()))
        script = _prevailing_script(letters)
        letters = Counter({letter: count for letter, count in letters.items() if _script(letter) == script})
        scores = {
            label: float(score) + _letter_evidence(letters, label)
            for label, score in self._identifier.rank(sample)
            if _is_written_in(label, script)
        }
        if not scores:
            return {}
        best = max(scores.values())
        weights = {label: math.exp(score - best) for label, score in scores.items()}
        total = sum(weights.values())
        return {label: weight / total for label, weight in weights.items()}

    def detect(self, text: str) -> Language:
        """Return the likeliest language, or "und" where the text has no letters of a configured language's script."""
        return likeliest(self.probabilities(text))

    def detect_passages(self, texts: Sequence[str]) -> list[Language]:
        """Return each passage's language, where a passage that says little follows the document it is part of."""
        found = [self.probabilities(text) for text in texts]
        mixture: defaultdict[Language, float] = defaultdict(float)
        for text, probabilities in zip(texts, found, strict=True):
            for language, probability in probabilities.items():
                mixture[language] += probability * len(text)
        characters = sum(mixture.values()) or 1
        weights = {language: share / characters + _STRANGER for language, share in mixture.items()}
        return [max(own, key=lambda language: own[language] * weights[language], default=UNKNOWN) for own in found]


def likeliest(probabilities: Mapping[Language, float]) -> Language:
    """Return the most probable language, "und" where there is none."""
    return max(probabilities, key=probabilities.__getitem__, default=UNKNOWN)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").split()[0]


def _is_written_in(language: Language, script: str) -> bool:
    return language not in _NOT_LATIN if script == "LATIN" else language in _SCRIPTS.get(script, ())


def _prevailing_script(letters: Counter[str]) -> str:
    """Return the script of most letters, Latin ones counting half: Latin names stand in texts of every script."""
    scripts: Counter[str] = Counter()
    for letter, count in letters.items():
        scripts[_script(letter)] += count
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > 0 and scripts["CJK"] > 0:
        return "HIRAGANA"
    return max(scripts, key=lambda script: scripts[script] / (2 if script == "LATIN" else 1), default="")


def _letter_evidence(letters: Counter[str], language: Language) -> float:
    own = _OWN_LETTERS.get(language)
    if own is None:
        return 0.0
    foreign = sum(count for letter, count in letters.items() if letter not in own)
    rare = sum(letters[letter] for letter in _RARE_LETTERS.get(language, ""))
    return min(_CAP, rare * _RARE_LETTER_GAIN) - foreign * _FOREIGN_LETTER_COST


def prevailing(languages: Sequence[tuple[Language, int]]) -> Language:
    """Return the language that covers the most characters, given (language, characters) pairs."""
    totals: Counter[Language] = Counter()
    for language, characters in languages:
        totals[language] += characters
    return totals.most_common(1)[0][0] if totals else UNKNOWN
