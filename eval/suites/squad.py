"""A folder of SQuAD files, `<language>.json`: every paragraph is a document, and its questions are to find it.

Files that hold the same question ids are taken for translations of each other, as in XQuAD: then a paragraph's version
in any language is a right one, and a system that prefers the question's language loses what it leaves out.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from eval.errors import EvalError
from eval.reading import read_json
from eval.suites.selection import Selection, text_source
from eval.task import Gold, Question, Task
from qa_service.types import Language


class _Answer(BaseModel):
    text: str


class _Asked(BaseModel):
    id: str
    question: str
    answers: list[_Answer] = []
    is_impossible: bool = False


class _Paragraph(BaseModel):
    context: str
    qas: list[_Asked]


class _Article(BaseModel):
    paragraphs: list[_Paragraph]


class _File(BaseModel):
    data: list[_Article]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a paragraph, with the strings that answer it; none where the paragraph does not."""

    id: str
    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph and its questions."""

    text: str
    asked: tuple[Asked, ...]


def read_paragraphs(path: Path) -> list[Paragraph]:
    """Return the paragraphs of a SQuAD file. Raises EvalError, for a question id that comes twice among others."""
    paragraphs = [paragraph for article in read_json(path, _File).data for paragraph in article.paragraphs]
    seen: set[str] = set()
    for asked in (asked for paragraph in paragraphs for asked in paragraph.qas):
        if asked.id in seen:
            reason = f"the question id {asked.id!r} comes twice"
            raise EvalError(reason, path)
        seen.add(asked.id)
    return [Paragraph(paragraph.context, tuple(map(_asked, paragraph.qas))) for paragraph in paragraphs]


def _asked(item: _Asked) -> Asked:
    answers = () if item.is_impossible else tuple(dict.fromkeys(answer.text for answer in item.answers))
    return Asked(item.id, item.question, answers)


def read(selection: Selection) -> Task:
    """Return every paragraph and every question of the languages. Raises EvalError."""
    folder = selection.folder()
    languages: tuple[Language, ...] = selection.languages or tuple(path.stem for path in sorted(folder.glob("*.json")))
    files = {language: read_paragraphs(folder / f"{language}.json") for language in languages}
    numbered = enumerate((language, paragraph) for language, found in files.items() for paragraph in found)
    documents = {}
    holding: dict[str, list[tuple[str, Asked]]] = defaultdict(list)
    for number, (language, paragraph) in numbered:
        name = f"{language}/{number}"
        documents[name] = text_source(name, number, paragraph.text, language)
        for asked in paragraph.asked:
            holding[asked.id].append((name, asked))
    questions = (
        _question(language, asked, holding[asked.id])
        for language, paragraphs in files.items()
        for paragraph in paragraphs
        for asked in paragraph.asked
    )
    return Task("squad", "document", tuple(documents.values()), tuple(questions))


def _question(language: Language, asked: Asked, places: list[tuple[str, Asked]]) -> Question:
    golds = tuple(Gold(name) for name, version in places if version.answers)
    answers = tuple(dict.fromkeys(answer for _, version in places for answer in version.answers))
    kind = "question" if golds else "impossible"
    return Question(f"{language}:{asked.id}", language, asked.text, golds, kind, answers)
