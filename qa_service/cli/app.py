"""The commands put together, and what becomes of the errors they raise."""

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from embeddings import EncoderError
from qa_service import __version__
from qa_service.cli import (
    asking,
    backup,
    console,
    documents,
    evaluation,
    feedback,
    keys,
    models,
    serving,
    syncing,
    upkeep,
)
from qa_service.cli.exits import Exit
from qa_service.errors import InvalidRequestError, QAError

_HELP = """Answer questions from your documents, in any language, with exact citations.

Every setting is an environment variable with the prefix QA_, such as QA_DATA (the data folder, ./data by default),
QA_MODEL, QA_HOST, QA_PORT and QA_API_KEYS.

Exit codes: 0 done; 1 something failed, and the message says what; 2 wrong usage; 3 nothing found.
"""

app = typer.Typer(
    help=_HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
for _command in (
    serving.serve,
    documents.ingest,
    syncing.sync,
    asking.ask,
    asking.search,
    documents.documents,
    documents.delete,
    upkeep.rebuild,
    upkeep.doctor,
    backup.export,
):
    app.command()(_command)
app.command("import")(backup.import_)
app.add_typer(evaluation.app, name="eval")
app.add_typer(keys.app, name="keys")
app.command("feedback")(feedback.list_feedback)
app.add_typer(models.app, name="models")


def main() -> None:
    """Run the command line; errors made on purpose become one message and an exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter still gets the others
    try:
        app(prog_name="qa-service")
    except InvalidRequestError as error:
        console.print_error(str(error))
        sys.exit(Exit.WRONG_USAGE)
    except (QAError, EncoderError) as error:
        console.print_error(str(error))
        sys.exit(Exit.FAILED)
    except OSError as error:  # a folder that a setting names, such as QA_MODEL_CACHE
        place = f" {error.filename}" if error.filename else ""
        console.print_error(f"cannot use{place}: {error.strerror or error}; check that it exists and can be written to")
        sys.exit(Exit.FAILED)


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        console.out.print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass
