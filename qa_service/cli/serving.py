"""The `serve` command."""

from pathlib import Path
from typing import Annotated

import typer

from qa_service.cli.options import Data, read_settings


def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address; QA_HOST or 127.0.0.1 by default.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; QA_PORT or 8000 by default; 0 takes a free one.")] = None,
    ingest: Annotated[
        list[Path] | None, typer.Option(help="File or folder to take in before answering; may be repeated.")
    ] = None,
) -> None:
    """Serve the chat page, the reader and the HTTP endpoints."""
    # the web framework takes a while to import, and no other command needs it
    from qa_service.cli.server import run_server

    run_server(read_settings(data=data, host=host, port=port), ingest or [])
