"""Hand-written questions over a folder of documents: those of this project, or any laid out in the same way."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from eval.errors import EvalError
from eval.questions import choose, read_questions, texts_of, to_question
from eval.suites.selection import Selection
from eval.task import Source, Task
from qa_service.types import Language

_ROOT = Path(__file__).parents[2]
"""What holds the packages, and the sample documents beside them."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where documents and questions lie."""

    documents: Path
    questions: Path

    @classmethod
    def of(cls, data: Path | None) -> Self:
        """Return `data/documents` and `data/questions`; this project's own where there is no `data`."""
        if data is None:
            return cls(_ROOT / "seeds" / "documents", _ROOT / "eval" / "questions")
        return cls(data / "documents", data / "questions")


def read(selection: Selection) -> Task:
    """Return one half of the questions and every document. Raises EvalError."""
    folders = Folders.of(selection.data)
    documents = read_documents(folders.documents)
    half = selection.half or "development"
    chosen = choose(read_questions(folders.questions), half, selection.languages)
    text_of = texts_of({source.name: source.content for source in documents})
    return Task("seeds", "quote", documents, tuple(to_question(line, text_of) for line in chosen), half)


def read_documents(folder: Path) -> tuple[Source, ...]:
    """Return every file under a folder by its path in it. Raises EvalError."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    if not paths:
        reason = "there are no documents in this folder"
        raise EvalError(reason, folder)
    names = [path.relative_to(folder).as_posix() for path in paths]
    return tuple(
        Source(name, name, path.read_bytes(), language_of(name)) for name, path in zip(names, paths, strict=True)
    )


def language_of(name: str) -> Language | None:
    """Return the code of the folder a document lies in, as `ru` in `ru/01-potash.md`; None where that is no code."""
    folder = name.split("/")[0]
    return folder if "/" in name and len(folder) == 2 else None
