"""Any set in BEIR's layout: `corpus.jsonl`, `queries.jsonl` and `qrels.tsv` (or `qrels/test.tsv`).

A query without a line in the qrels is not scored. A query may say its `language` and an `answer`; a document its
`language`. What is not said is found out by the service. Layout: Thakur et al. 2021, "BEIR".
"""

from collections import defaultdict
from pathlib import Path

from pydantic import BaseModel, Field

from eval.errors import EvalError
from eval.reading import Model, read_json_lines, read_lines
from eval.suites.selection import Selection, text_source
from eval.task import Gold, Question, Task

_HEADER = "query-id"


class _Document(BaseModel):
    id: str = Field(alias="_id")
    title: str = ""
    text: str
    language: str | None = None


class _Query(BaseModel):
    id: str = Field(alias="_id")
    text: str
    language: str | None = None
    answer: str | None = None


def read(selection: Selection) -> Task:
    """Return documents and judged questions; `languages` chooses among queries that say theirs. Raises EvalError."""
    folder = selection.folder()
    corpus = _by_id(folder / "corpus.jsonl", _Document)
    queries = _by_id(folder / "queries.jsonl", _Query)
    golds = _golds(_qrels_path(folder), queries, corpus)
    documents = (
        text_source(name, number, f"{document.title}\n\n{document.text}".strip(), document.language)
        for number, (name, document) in enumerate(corpus.items())
    )
    questions = (
        Question(name, query.language, query.text, golds[name], answers=(query.answer,) if query.answer else ())
        for name, query in queries.items()
        if name in golds and (not selection.languages or query.language in selection.languages)
    )
    return Task("beir", "document", tuple(documents), tuple(questions))


def _by_id(path: Path, kind: type[Model]) -> dict[str, Model]:
    found: dict[str, Model] = {}
    for number, item in read_json_lines(path, kind):
        identifier: str = item.id  # type: ignore[attr-defined]
        if identifier in found:
            reason = f"the id {identifier!r} comes twice"
            raise EvalError(reason, path, number)
        found[identifier] = item
    return found


def _qrels_path(folder: Path) -> Path:
    nested = folder / "qrels" / "test.tsv"
    return nested if nested.is_file() else folder / "qrels.tsv"


def _golds(path: Path, queries: dict[str, _Query], corpus: dict[str, _Document]) -> dict[str, tuple[Gold, ...]]:
    """Return the golds by query; a grade of 0 says that the document does not answer."""
    golds: dict[str, list[Gold]] = defaultdict(list)
    for number, line in read_lines(path):
        if number == 1 and line.startswith(_HEADER):
            continue
        query, document, grade = _judgement(line, path, number)
        for what, name, known in (("query", query, queries), ("document", document, corpus)):
            if name not in known:
                reason = f"unknown {what} {name!r}"
                raise EvalError(reason, path, number)
        if document in (gold.document for gold in golds[query]):
            reason = f"query {query!r} and document {document!r} are judged twice"
            raise EvalError(reason, path, number)
        if grade > 0:
            golds[query].append(Gold(document, grade=grade))
    return {query: tuple(found) for query, found in golds.items() if found}


def _judgement(line: str, path: Path, number: int) -> tuple[str, str, int]:
    fields = line.split("\t")
    try:
        query, document, grade = fields
        return query, document, int(grade)
    except ValueError as error:
        reason = f"a line is query-id, corpus-id and a whole-number score, with tabs between them; it is {line[:80]!r}"
        raise EvalError(reason, path, number) from error
