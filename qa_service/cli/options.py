"""Options that several commands take, and the service or store they open."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from qa_service.assembly import build_service, open_store
from qa_service.cli.console import configure_logs
from qa_service.cli.progress import progress_bars
from qa_service.config import MAX_TOP_K, Settings, load_settings
from qa_service.outcomes import OnProgress
from qa_service.service import QAService
from qa_service.store import Store

Data = Annotated[Path | None, typer.Option("--data", help="Data folder; QA_DATA or ./data by default.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the HTTP side would send it.")]
Question = Annotated[str, typer.Argument(help="A question in any language.")]
TopK = Annotated[int, typer.Option("--top-k", min=1, max=MAX_TOP_K, help="Most passages to show.")]
Languages = Annotated[
    list[str] | None,
    typer.Option("--language", "-l", metavar="CODE", help="Look only at passages in this language; may be repeated."),
]
Documents = Annotated[
    list[str] | None,
    typer.Option("--document", "-d", metavar="ID", help="Look only at this document; may be repeated."),
]
Metadata = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE",
        help="Look only at documents whose metadata has this; several values of one key are alternatives.",
    ),
]
DatedFrom = Annotated[
    str | None,
    typer.Option("--from", metavar="DATE", help="Look only at documents dated so or later: 2024-03-31, 2024-03, 2024."),
]
DatedTo = Annotated[
    str | None, typer.Option("--to", metavar="DATE", help="Look only at documents dated so or earlier.")
]
Explain = Annotated[bool, typer.Option("--explain", help="Show of every passage where its score came from.")]
After = Annotated[
    list[str] | None,
    typer.Option(metavar="QUESTION", help="An earlier question that this one follows; may be repeated, oldest first."),
]


def read_settings(**overrides: object) -> Settings:
    """Return the settings, with log events going where they say. Raises ConfigurationError."""
    settings = load_settings(**overrides)
    configure_logs(settings.log_format)
    return settings


@contextmanager
def opened_store(data: Path | None) -> Iterator[Store]:
    """Give the store alone, for commands that need no model."""
    with closing(open_store(read_settings(data=data))) as store:
        yield store


@contextmanager
def opened_service(data: Path | None) -> Iterator[tuple[QAService, OnProgress]]:
    """Give the service on the data folder, and the callback that draws progress."""
    settings = read_settings(data=data)
    with progress_bars() as (on_build, on_ingest), closing(build_service(settings, on_build)) as service:
        yield service, on_ingest
