"""Questions on the command line. No server is needed: they are answered from the data folder."""

from typing import TypeVar

import typer
from pydantic import ValidationError

from qa_service.api import wire
from qa_service.cli import console, printing
from qa_service.cli.exits import Exit
from qa_service.cli.options import AsJson, Data, Documents, Languages, Question, TopK, opened_service
from qa_service.errors import InvalidRequestError

_Request = TypeVar("_Request", bound=wire.SearchRequest)


def ask(
    question: Question,
    data: Data = None,
    top_k: TopK = 5,
    language: Languages = None,
    document: Documents = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question with cited passages."""
    request = _checked(wire.AskRequest, question=question, top_k=top_k, languages=language, documents=document)
    with opened_service(data) as (service, _):
        result = service.ask(request.question, request.top_k, request.languages, request.documents)
    if as_json:
        console.print_json(wire.AskResponse.of(result))
    else:
        printing.print_answer(result)
    if result.status == "not_found":
        raise typer.Exit(Exit.NOTHING_FOUND)


def search(
    question: Question,
    data: Data = None,
    top_k: TopK = 10,
    language: Languages = None,
    document: Documents = None,
    as_json: AsJson = False,
) -> None:
    """Find passages for a question, without an answer."""
    request = _checked(wire.SearchRequest, question=question, top_k=top_k, languages=language, documents=document)
    with opened_service(data) as (service, _):
        result = service.search(request.question, request.top_k, request.languages, request.documents)
    if as_json:
        console.print_json(wire.SearchResponse.of(result))
    else:
        printing.print_hits(result.hits)
    if not result.hits:
        raise typer.Exit(Exit.NOTHING_FOUND)


def _checked(kind: type[_Request], **fields: object) -> _Request:
    """Check a request as the HTTP side does, before a model is loaded for nothing. Raises InvalidRequestError."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        problems = wire.field_problems(error.errors())
    message = "; ".join(problem.message for problem in problems)
    raise InvalidRequestError(message)
