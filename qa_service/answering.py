"""From hits to an answer in the documents' own words."""

from collections.abc import Sequence

from qa_service import fusion
from qa_service.types import Answer, Citation, Hit


def extract_answer(hits: Sequence[Hit]) -> Answer | None:
    """Return the best passage's best sentence as an exact quote; None where there are no hits.

    The sentence is never cut. Its confidence is None: nothing here is calibrated.
    """
    for hit in hits:
        index = fusion.best_sentence(hit.passage, hit.sentence_scores)
        if index is not None:
            return _answer(hit, index)
    return None


def _answer(hit: Hit, index: int) -> Answer:
    passage = hit.passage
    span = passage.sentences[index]
    quote = span.of(passage.text)
    citation = Citation(1, passage.id, passage.document.id, span.shifted(passage.span.start), quote)
    return Answer(quote, passage.language, None, (citation,))
