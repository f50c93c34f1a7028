"""Lexical analysis: what a text is looked up by. Every token gives itself and its stem.

Stems come from Snowball, for Belarusian from our own stemmer; in a language without either they are the tokens.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

from qa_service.belarusian import stem_belarusian
from qa_service.stop_words import STOP_WORDS
from qa_service.tokens import Token, fold, tokens
from qa_service.types import Language, Span

__all__ = ["EXACT", "Term", "Token", "analyse", "analyse_question", "fold", "stem", "tokens"]

EXACT = "="
"""Stands before an exact token, and in no stem."""

SNOWBALL: Mapping[Language, str] = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "st": "sesotho",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""Languages that Snowball has, by its name for them. One row more is one language more."""

_CACHED = 2**14
_CYRILLIC = frozenset({"be", "ru"})
_own = threading.local()


@dataclass(frozen=True, slots=True)
class Term:
    """What a passage is looked up by: an exact token with `=` before it, or a stem; and where it stands in the text."""

    text: str
    span: Span

    @property
    def is_exact(self) -> bool:
        """Whether this is the token as it stands, folded, and not its stem."""
        return self.text.startswith(EXACT)


def analyse(text: str, language: Language) -> list[Term]:
    """Return the terms of a passage: of every token, in order, the exact one and its stem."""
    return _terms(tokens(text), language)


def analyse_question(text: str, language: Language) -> list[Term]:
    """Return the terms of a question, those of stop words left out unless there is nothing else."""
    found = tokens(text)
    stop_words = STOP_WORDS.get(language, frozenset())
    return _terms([token for token in found if token.exact not in stop_words] or found, language)


@lru_cache(_CACHED)
def stem(word: str, language: Language) -> str:
    """Return the stem of a folded word; the word itself in a language without a stemmer. Safe in several threads.

    Latin letters in a Cyrillic text are stemmed as English.
    """
    if language in _CYRILLIC and word.isascii():
        language = "en"
    if language == "be":
        return stem_belarusian(word) or word
    return _snowball(language)(word) or word if language in SNOWBALL else word


def _terms(found: Sequence[Token], language: Language) -> list[Term]:
    terms = []
    for token in found:
        terms.append(Term(EXACT + token.exact, token.span))
        terms.append(Term(stem(token.exact, language), token.span))
    return terms


def _snowball(language: Language) -> Callable[[str], str]:
    """Return this thread's stemmer: one must not be used by two at once."""
    stemmers: dict[Language, Stemmer.Stemmer] = _own.__dict__
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(SNOWBALL[language], 0)
    stem_word: Callable[[str], str] = stemmers[language].stemWord
    return stem_word
