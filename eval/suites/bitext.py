"""Pairs of sentences, as Tatoeba's: line n of one file asks for line n of the other among all of its lines.

Files are called `<pair>.<language>`, such as `bel-eng.bel` and `bel-eng.eng`. Of `--languages be,en` the first asks and
the second is searched; recall@1 is the usual accuracy.
"""

from pathlib import Path

from eval.errors import EvalError
from eval.reading import read_text
from eval.suites.selection import Selection, text_source
from eval.task import Gold, Question, Task
from qa_service.types import Language

_ISO_639_3 = {
    "ar": "ara", "be": "bel", "de": "deu", "en": "eng", "es": "spa", "fr": "fra", "he": "heb", "it": "ita", "ja": "jpn",
    "kk": "kaz", "ko": "kor", "lt": "lit", "lv": "lav", "pl": "pol", "pt": "por", "ru": "rus", "uk": "ukr", "zh": "cmn",
}  # fmt: skip
_PAIR = 2


def read(selection: Selection) -> Task:
    """Return the sentences of the second language as documents, those of the first as questions. Raises EvalError."""
    folder, languages = selection.folder(), selection.languages
    if len(languages) != _PAIR:
        reason = "bitext needs two languages, such as --languages be,en: the first asks, the second is searched"
        raise EvalError(reason)
    asking, searched = languages
    asked_path, searched_path = _files(folder, asking, searched)
    questions, documents = _sentences(asked_path), _sentences(searched_path)
    if len(questions) != len(documents):
        reason = f"has {len(documents)} lines, and {asked_path.name} has {len(questions)}"
        raise EvalError(reason, searched_path)
    return Task(
        "bitext",
        "document",
        tuple(text_source(str(number), number, text, searched) for number, text in enumerate(documents)),
        tuple(
            Question(f"{asking}:{number}", asking, text, (Gold(str(number)),)) for number, text in enumerate(questions)
        ),
    )


def _files(folder: Path, asking: Language, searched: Language) -> tuple[Path, Path]:
    one, other = _ISO_639_3.get(asking, asking), _ISO_639_3.get(searched, searched)
    for pair in (f"{one}-{other}", f"{other}-{one}"):
        if (folder / f"{pair}.{one}").is_file() and (folder / f"{pair}.{other}").is_file():
            return folder / f"{pair}.{one}", folder / f"{pair}.{other}"
    reason = f"there are no files {one}-{other}.{one} and {one}-{other}.{other} in this folder"
    raise EvalError(reason, folder)


def _sentences(path: Path) -> list[str]:
    return read_text(path).rstrip("\n").split("\n")
