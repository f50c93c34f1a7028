"""Follow-ups: a question that leans on those before it is searched together with what it leaves out.

No model takes part. What makes a question lean is in `_CUES`; a language without a row there goes by length alone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa_service.analysis import stem, tokens
from qa_service.stop_words import STOP_WORDS
from qa_service.types import Language, Turn

_FEW = 3
"""Words of a question that leans, in a language without cues."""

_AFTER_OPENER = 5
_WITH_ANAPHOR = 6
"""Most content words of a question that leans because of how it begins, or of what it points back to."""

_SHORT_ANSWER = 6
"""Content words of an answer that names what is spoken of. A longer one speaks of much else and leads astray."""

_CARRIED = 24
"""Most words taken over, so that the new question is not drowned."""


@dataclass(frozen=True, slots=True)
class _Cues:
    """Words, folded as tokens are, that show how a question hangs on another; `light` ones are no content."""

    openers: frozenset[str]
    anaphora: frozenset[str]
    prepositions: frozenset[str]
    joiners: frozenset[str]
    light: frozenset[str]


def _cues(openers: str, anaphora: str, prepositions: str, joiners: str, light: str) -> _Cues:
    return _Cues(*(frozenset(words.split()) for words in (openers, anaphora, prepositions, joiners, light)))


_CUES: Mapping[Language, _Cues] = {
    "be": _cues(
        "а і й ды дык але",
        """
        ен яна яно яны яго яе ей ею яму ім імі іх там тады туды адтуль гэта гэтага гэтай гэтаму гэтая гэтую гэты гэтым
        гэтымі гэтых гэтыя той тая тое тую тыя таго тых тымі
        """,
        "у ў на за пра пад каля з са ад да для",
        "і й ды або але",
        "потым затым цяпер зараз раней пазней пазьней далей менавіта",
    ),
    "en": _cues(
        "and but so",
        "it its they them their theirs he him his she her hers this that these those there then",
        "in at on near from for to of about under during since until by with",
        "and or but",
        "now later earlier next again else further really exactly",
    ),
    "ru": _cues(
        "а и но так",
        """
        он она оно они его ее ему ей им ими их нем ней нее него нему ним ними них там тогда туда оттуда это этого этой
        этом этому эта эти этим этих этот эту тот той том ту те тех
        """,
        "в во на за про под около у с со от до для о об",
        "и или но",
        "потом затем теперь сейчас раньше позже дальше далее именно",
    ),
}
_TWO_WORD_OPENERS = frozenset({("what", "about"), ("how", "about"), ("what", "of")})
_EXPLETIVE = re.compile(
    r"\b(?:is|was) it \w+ (?:to|that|if)\b|\bis it true\b|\b(?:does|did|will|would) it (?:take|cost)\b|\bit takes\b"
    r"|\b(?:is|are|was|were) there\b|\bthere (?:is|are|was|were)\b",
    re.IGNORECASE,
)
"""English words that stand for nothing said before."""

_THAT_POINTS_AFTER = frozenset({"is", "was", "are", "were", "about", "after", "before", "did", "does", "has", "do"})
"""Elsewhere *that* joins two clauses."""

_CLAUSE_ENDS = re.compile(r"[,;:()—–]|[.?!](?=\s)")
_YEAR = re.compile(r"1\d\d\d|20\d\d")
_ORDINAL = re.compile(
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)"
    r"|(?:перв|втор|трет|четверт|пят|шест|седьм|восьм|девят|десят)(?:ый|ой|ая|ое|ые|ого|ому|ую|ым|ом|ых|ий|ь[еюя]|ь?ей|ьего)"
    r"|(?:перш|друг|трэц|чацверт|пят|шост|сем|восьм|дзевят|дзесят)(?:ы|і|ая|яя|ое|яе|ыя|ога|яга|аму|яму|ую|юю|ой|яй|ым|ім|ых)"
)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as written and folded, and what a later one of the same kind would replace it as."""

    written: str
    exact: str
    start: int
    end: int
    is_content: bool
    kind: str | None


def carry(question: str, history: Sequence[Turn], language: Language) -> str | None:
    """Return what to search instead of a question that leans on earlier turns, oldest first; None where it does not.

    That is the content of what it leans on, without what it replaces (a year by a year, a place by a place, a number
    by a number), and the question itself. A short answer is taken over too where the question points back.
    """
    topic: list[_Word] = []
    for turn in history:
        topic = _topic_after(turn.question, topic, language)
    if not topic or not _leans(question, language):
        return None
    named = _named_by(history[-1].answer, language) if _points_back(question, language) else []
    carried = _left(topic, question, language) + _left(named, question, language)
    once = {word.exact: word.written for word in reversed(carried)}
    words = [once.pop(word.exact) for word in carried if word.exact in once]
    return " ".join([*words[:_CARRIED], question]) if words else None


def _topic_after(question: str, topic: list[_Word], language: Language) -> list[_Word]:
    """Return the content words spoken of once `question` is asked."""
    own = [word for word in _words(question, language) if word.is_content]
    return _left(topic, question, language) + own if topic and _leans(question, language) else own


def _left(topic: list[_Word], question: str, language: Language) -> list[_Word]:
    """Return the words of the topic that a question neither repeats nor replaces."""
    own = _words(question, language)
    kinds = {word.kind for word in own} - {None}
    stems = {stem(word.exact, language) for word in own}
    return [word for word in topic if word.kind not in kinds and stem(word.exact, language) not in stems]


def _named_by(answer: str | None, language: Language) -> list[_Word]:
    words = [word for word in _words(answer or "", language) if word.is_content]
    return words if len(words) <= _SHORT_ANSWER else []


def _leans(question: str, language: Language) -> bool:
    words = _words(question, language)
    cues = _CUES.get(language)
    if cues is None:
        return len(words) <= _FEW
    content = sum(word.is_content for word in words)
    if content == 0:
        return True
    first, second = words[0].exact, words[1].exact if len(words) > 1 else ""
    if first in cues.openers or (first, second) in _TWO_WORD_OPENERS:
        return content <= _AFTER_OPENER
    if first in cues.prepositions and sum(word.is_content and word.kind is None for word in words) <= 1:
        return True
    return content <= _WITH_ANAPHOR and _points_back(question, language)


def _points_back(question: str, language: Language) -> bool:
    """Return whether a word stands for something that the question does not name before it."""
    cues = _CUES.get(language)
    if cues is None:
        return False
    hollow = [match.span() for match in _EXPLETIVE.finditer(question)]
    words = _words(question, language)
    for place, word in enumerate(words):
        if _is_named_before(question, words[:place], word, cues):
            return False
        is_hollow = any(start <= word.start < end for start, end in hollow)
        if word.exact in cues.anaphora and not is_hollow and not _joins(question, words, place):
            return True
    return False


def _is_named_before(question: str, before: Sequence[_Word], word: _Word, cues: _Cues) -> bool:
    """Return whether an earlier clause has content, or a name stands before `word`."""
    if any(earlier.is_content and earlier.written[0].isupper() for earlier in before[1:]):
        return True
    content = [earlier for earlier in before if earlier.is_content]
    if not content:
        return False
    since = content[0].end
    joined = any(earlier.exact in cues.joiners for earlier in before if earlier.start >= since)
    return joined or _CLAUSE_ENDS.search(question, since, word.start) is not None


def _joins(question: str, words: Sequence[_Word], place: int) -> bool:
    """Return whether a word opens a clause, as in *той, хто* and *the castle that*, and points at nothing."""
    word = words[place]
    if question[word.end :].lstrip().startswith(","):
        return True
    is_inside = 0 < place < len(words) - 1
    points = _THAT_POINTS_AFTER | _CUES["en"].prepositions
    return word.exact == "that" and is_inside and words[place - 1].exact not in points


def _words(text: str, language: Language) -> list[_Word]:
    """Return the words of a text, each once: of a hyphenated one the whole, of a Roman number the letters."""
    cues = _CUES.get(language)
    hollow = STOP_WORDS.get(language, frozenset[str]()) | (cues.light | cues.anaphora if cues else frozenset())
    prepositions = cues.prepositions if cues else frozenset[str]()
    found: list[_Word] = []
    for token in tokens(text):
        if found and token.span.start < found[-1].end:
            continue
        written = token.span.of(text)
        is_placed = bool(found) and written[0].isupper() and found[-1].exact in prepositions
        kind = "place" if is_placed else _kind(token.exact)
        found.append(_Word(written, token.exact, token.span.start, token.span.end, token.exact not in hollow, kind))
    return found


def _kind(exact: str) -> str | None:
    if _YEAR.fullmatch(exact):
        return "year"
    if _ORDINAL.fullmatch(exact):
        return "ordinal"
    return "number" if exact[0].isdigit() else None
