"""From hits to an answer in the documents' own words."""

from collections.abc import Sequence

from qa_service import fusion
from qa_service.types import Answer, Citation, Hit, Span

_NEAR_BEFORE = 0.03
_NEAR_BEHIND = 0.05
"""A neighbouring sentence whose score comes this near to the best one's is quoted with it: sooner the one behind it,
since what is asked for often follows what is asked about."""


def extract_answer(hits: Sequence[Hit], confidence: float | None = None) -> Answer | None:
    """Return the sentence of the best passage that answers, or two that stand side by side; None without hits.

    The quote is exact, and no sentence is cut.
    """
    for hit in hits:
        best = fusion.best_sentence(hit.passage, hit.sentence_scores)
        if best is not None:
            return _answer(hit, _with_neighbour(hit, best), confidence)
    return None


def _with_neighbour(hit: Hit, best: int) -> Span:
    """Return the best sentence's span, and where the sentence beside it says as much, that of both."""
    scores, sentences = hit.sentence_scores, hit.passage.sentences
    beside = [
        number
        for number, bound in ((best - 1, _NEAR_BEFORE), (best + 1, _NEAR_BEHIND))
        if 0 <= number < len(scores)
        and scores[number] >= scores[best] - bound
        and fusion.says_something(hit.passage, number)
    ]
    if not beside:
        return sentences[best]
    near = max(beside, key=scores.__getitem__)
    return Span(min(sentences[best].start, sentences[near].start), max(sentences[best].end, sentences[near].end))


def _answer(hit: Hit, span: Span, confidence: float | None) -> Answer:
    passage = hit.passage
    quote = span.of(passage.text)
    citation = Citation(1, passage.id, passage.document.id, span.shifted(passage.span.start), quote)
    return Answer(quote, passage.language, confidence, (citation,))
