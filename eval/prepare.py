"""Fill in what a new question lacks: its half and its quotes' offsets. `python -m eval.prepare [DATA]`.

A half that is set stays. A new question goes to the half that has fewer of its group (document language and kind),
then to the one that has fewer of its cell (question language and document language), questions taken by id.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from eval.errors import EvalError
from eval.questions import Located, QuestionLine, read_questions, texts_of, to_question
from eval.suites.seeds import Folders, language_of, read_documents
from eval.task import HALVES, Half, Question
from qa_service.files import write_atomically


def assign_halves(lines: Sequence[QuestionLine]) -> dict[str, Half]:
    """Return each question's half by its id."""
    taken: Counter[tuple[str, ...]] = Counter()
    halves: dict[str, Half] = {}
    for line in sorted(lines, key=lambda line: (line.half is None, line.id)):
        place = (language_of(line.golds[0].document) or "und") if line.golds else "none"
        group, cell = ("group", place, str(line.kind)), ("cell", line.language, place)
        crowding: dict[Half, tuple[int, int]] = {half: (taken[half, *group], taken[half, *cell]) for half in HALVES}
        emptier = min(HALVES, key=crowding.__getitem__)
        half = line.half or emptier
        halves[line.id] = half
        taken[half, *group] += 1
        taken[half, *cell] += 1
    return halves


def prepared_line(located: Located, half: Half, text_of: Callable[[str], str | None]) -> str:
    """Return the line with its half and offsets. Raises EvalError where a quote is not found."""
    line = located.line
    golds = [
        {"document": gold.document, "quote": gold.quote, "start": gold.span.start, "end": gold.span.end}
        for gold in _question(located, text_of).golds
        if gold.span is not None
    ]
    history = [turn.model_dump() for turn in line.history]
    fields = {"id": line.id, "language": line.language, "half": half, "kind": line.kind, "question": line.question}
    return json.dumps(fields | {"answer": line.answer, "golds": golds, "history": history}, ensure_ascii=False)


def _question(located: Located, text_of: Callable[[str], str | None]) -> Question:
    """Return the question with its quotes where they stand now, which a change of the parser can move."""
    try:
        return to_question(located, text_of)
    except EvalError:
        golds = tuple(gold.model_copy(update={"start": None, "end": None}) for gold in located.line.golds)
        return to_question(replace(located, line=located.line.model_copy(update={"golds": golds})), text_of)


def prepare(folders: Folders) -> int:
    """Rewrite the question files; return the number of questions. Raises EvalError, and then writes nothing."""
    located = read_questions(folders.questions)
    halves = assign_halves([item.line for item in located])
    text_of = texts_of({source.name: source.content for source in read_documents(folders.documents)})
    files: dict[Path, list[str]] = {}
    for item in located:
        files.setdefault(item.path, []).append(prepared_line(item, halves[item.line.id], text_of))
    for path, lines in files.items():
        write_atomically(path, "".join(line + "\n" for line in lines).encode())
    return len(located)


if __name__ == "__main__":
    folders = Folders.of(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    sys.stdout.write(f"{prepare(folders)} questions in {folders.questions}\n")
