"""From a scored candidate to a hit: its best sentence, and what its score is made of."""

from collections.abc import Sequence

from qa_service import fusion
from qa_service.fusion import Scores, Weights
from qa_service.scoring import Scored
from qa_service.types import Evidence, Hit, Passage, WordMatch
from qa_service.words import content_words


def make_hit(
    question_words: Sequence[str],
    passage: Passage,
    rank: int,
    scored: Scored,
    row: int,
    weights: Weights,
    duplicates: Sequence[Passage] = (),
) -> Hit:
    """Return the hit of a row of `scored`."""
    found, matches = scored.candidates, scored.matches.of(row)
    cosines = scored.sentences.of(row)[0].tolist()
    words = content_words(passage.text)
    scores = fusion.sentence_scores(cosines, passage.sentences, words, matches, weights)
    best = fusion.best_sentence(passage, scores)
    evidence = Evidence(
        raw_cosine=float(found.raw[row]),
        cosine=float(found.cosines[row]),
        best_sentence=float(found.sentences[row]),
        words=float(scored.words[row]),
        language_shift=float(scored.shift[row]),
        lexical=float(found.lexical[row]),
        names=float(found.bridge[row]),
        prose=float(found.prose[row]),
        matches=_word_matches(question_words, [word.of(passage.text) for word in words], matches),
    )
    return Hit(
        passage,
        rank,
        float(scored.scores[row]),
        evidence.cosine,
        evidence.lexical,
        scores,
        () if best is None else (passage.sentences[best],),
        evidence,
        tuple(duplicates),
    )


def _word_matches(asked: Sequence[str], own: Sequence[str], matches: Scores) -> tuple[WordMatch, ...]:
    """Return each word of the question with the passage's most similar one; words above the passage come first."""
    if not matches.size:
        return ()
    above = matches.shape[1] - len(own)
    best = matches.argmax(axis=1).tolist()
    return tuple(
        WordMatch(word, own[column - above] if column >= above else None, float(row[column]))
        for word, column, row in zip(asked, best, matches, strict=True)
    )
