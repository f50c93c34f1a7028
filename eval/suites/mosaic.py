"""The mosaic: translations of one SQuAD file, where each paragraph is kept in one language only.

Paragraph i stands in `languages[i % len(languages)]`, and every question is asked in every language. A collection that
holds a paragraph in every language hides that a model prefers the question's own; here there is nothing to prefer.
"""

from eval.errors import EvalError
from eval.suites.selection import Selection, text_source
from eval.suites.squad import Asked, Paragraph, read_paragraphs
from eval.task import Gold, Question, Task
from qa_service.types import Language

_FEWEST = 2


def read(selection: Selection) -> Task:
    """Return the mosaic of at least two languages, in the order given. Raises EvalError."""
    folder, languages = selection.folder(), selection.languages
    if len(languages) < _FEWEST:
        reason = "the mosaic needs two languages or more, such as --languages en,ru"
        raise EvalError(reason)
    files = {language: read_paragraphs(folder / f"{language}.json") for language in languages}
    first, *others = languages
    for language in others:
        if _ids(files[language]) != _ids(files[first]):
            reason = f"does not hold the same questions about the same paragraphs as {first}.json"
            raise EvalError(reason, folder / f"{language}.json")
    kept = [languages[number % len(languages)] for number in range(len(files[first]))]
    documents = (
        text_source(str(number), number, files[language][number].text, language) for number, language in enumerate(kept)
    )
    questions = (
        _question(language, number, asked, version)
        for language in languages
        for number, paragraph in enumerate(files[language])
        for asked, version in zip(paragraph.asked, files[kept[number]][number].asked, strict=True)
    )
    return Task("mosaic", "document", tuple(documents), tuple(questions))


def _ids(paragraphs: list[Paragraph]) -> list[list[str]]:
    return [[asked.id for asked in paragraph.asked] for paragraph in paragraphs]


def _question(language: Language, number: int, asked: Asked, version: Asked) -> Question:
    """Ask in one language; the answers are strings of the language the paragraph is kept in."""
    golds = (Gold(str(number)),) if version.answers else ()
    kind = "question" if golds else "impossible"
    return Question(f"{language}:{asked.id}", language, asked.text, golds, kind, version.answers)
