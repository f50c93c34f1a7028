"""Questions on the command line. No server is needed: they are answered from the data folder."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

import typer
from pydantic import ValidationError

from qa_service.api import wire
from qa_service.cli import console, printing
from qa_service.cli.exits import Exit
from qa_service.cli.options import (
    After,
    AsJson,
    Data,
    DatedFrom,
    DatedTo,
    Documents,
    Explain,
    Languages,
    Metadata,
    Question,
    TopK,
    opened_service,
)
from qa_service.errors import InvalidRequestError

_Request = TypeVar("_Request", bound=wire.SearchRequest)


def ask(
    question: Question,
    data: Data = None,
    top_k: TopK = 5,
    after: After = None,
    language: Languages = None,
    document: Documents = None,
    metadata: Metadata = None,
    dated_from: DatedFrom = None,
    dated_to: DatedTo = None,
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """Answer a question with cited passages."""
    fields = _filter_fields(language, document, metadata, dated_from, dated_to)
    request = _checked(wire.AskRequest, question=question, top_k=top_k, history=_history(after), **fields)
    with opened_service(data) as (service, _):
        result = service.ask(request.question, request.top_k, request.filter, request.turns)
        explanations = service.explain(result) if explain else None
    if as_json:
        console.print_json(wire.AskResponse.of(result, explanations))
    else:
        printing.print_answer(result, explanations)
    if result.status == "not_found":
        raise typer.Exit(Exit.NOTHING_FOUND)


def search(
    question: Question,
    data: Data = None,
    top_k: TopK = 10,
    after: After = None,
    language: Languages = None,
    document: Documents = None,
    metadata: Metadata = None,
    dated_from: DatedFrom = None,
    dated_to: DatedTo = None,
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """Find passages for a question, without an answer."""
    fields = _filter_fields(language, document, metadata, dated_from, dated_to)
    request = _checked(wire.SearchRequest, question=question, top_k=top_k, history=_history(after), **fields)
    with opened_service(data) as (service, _):
        result = service.search(request.question, request.top_k, request.filter, request.turns)
        explanations = service.explain(result) if explain else None
    if as_json:
        console.print_json(wire.SearchResponse.of(result, explanations))
    else:
        printing.print_searched(result.question)
        printing.print_hits(result.hits, explanations)
    if not result.hits:
        raise typer.Exit(Exit.NOTHING_FOUND)


def _filter_fields(
    languages: Sequence[str] | None,
    documents: Sequence[str] | None,
    metadata: Sequence[str] | None,
    dated_from: str | None,
    dated_to: str | None,
) -> dict[str, object]:
    """Return the fields of a request that say where to look. Raises InvalidRequestError for metadata without a `=`."""
    return {
        "languages": languages,
        "documents": documents,
        "metadata": None if metadata is None else _by_key(metadata),
        "dated_from": dated_from,
        "dated_to": dated_to,
    }


def _by_key(pairs: Sequence[str]) -> dict[str, list[str]]:
    values: defaultdict[str, list[str]] = defaultdict(list)
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign:
            message = f"--metadata is {pair!r}; it must be KEY=VALUE, such as kind=news"
            raise InvalidRequestError(message)
        values[key].append(value)
    return dict(values)


def _history(questions: Sequence[str] | None) -> list[dict[str, str]]:
    return [{"question": question} for question in questions or ()]


def _checked(kind: type[_Request], **fields: object) -> _Request:
    """Check a request as the HTTP side does, before a model is loaded for nothing. Raises InvalidRequestError."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        problems = wire.field_problems(error.errors())
    message = "; ".join(problem.message for problem in problems)
    raise InvalidRequestError(message)
