"""Why a passage was found, in a form to show to people: its evidence, and the words and names it shares."""

from qa_service.analysis import analyse, analyse_question
from qa_service.skeletons import skeleton
from qa_service.tokens import tokens
from qa_service.types import Explanation, Hit

_SHORTEST_NAME = 4
"""Sounds that a word needs to be shown as the same in another spelling; numbers need none."""


def explain_hit(question: str, hit: Hit) -> Explanation:
    """Return where a hit's score came from. Words are given as the passage writes them, each once, in its order."""
    passage = hit.passage
    asked = {term.text for term in analyse_question(question, passage.language)}
    shared = [term.span.of(passage.text) for term in analyse(passage.text, passage.language) if term.text in asked]
    sounds = {_sound(token.exact) for token in tokens(question)} - {""}
    alike = [token.span.of(passage.text) for token in tokens(passage.text) if _sound(token.exact) in sounds]
    return Explanation(hit.evidence, tuple(dict.fromkeys(shared)), tuple(dict.fromkeys(alike)))


def _sound(exact: str) -> str:
    sound = skeleton(exact)
    return sound if len(sound) >= _SHORTEST_NAME or sound.isdigit() else ""
