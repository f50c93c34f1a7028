"""How the commands speak: results on standard output, everything else on standard error, colours only on a terminal."""

import logging
import os
import sys
from typing import TextIO

import structlog
from pydantic import BaseModel
from rich.console import Console
from rich.text import Text
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

from qa_service.text import canonicalise

_UNBOUNDED = 10_000
"""Columns of a line that no terminal shows; nothing is folded for a program that reads it."""


def _console(stream: TextIO, *, is_error: bool) -> Console:
    width = None if stream.isatty() else _UNBOUNDED
    return Console(stderr=is_error, highlight=False, soft_wrap=True, markup=False, emoji=False, width=width)


out = _console(sys.stdout, is_error=False)
err = _console(sys.stderr, is_error=True)


def visible(text: str) -> str:
    """Return text from outside without what would steer a terminal: a file's name may hold anything."""
    return canonicalise(text).text


def print_json(body: BaseModel) -> None:
    """Print one JSON document, as the HTTP side would send it."""
    sys.stdout.write(body.model_dump_json(indent=2) + "\n")


def print_error(message: str) -> None:
    """Print what went wrong."""
    err.print(Text.assemble(("error: ", "bold red"), message))


class _ConsoleHandler(logging.Handler):
    """Prints through the console, which keeps log lines and progress bars out of each other's way."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one event."""
        err.print(Text.from_ansi(self.format(record)))


def configure_logs(log_format: str) -> None:
    """Send log events to standard error, the libraries' among them, as lines for people or as JSON."""
    before: list[Processor] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    if log_format == "json":
        # without local variables: a request's headers are among them, and a key among those
        before.append(ExceptionRenderer(ExceptionDictTransformer(show_locals=False)))
        renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty() and "NO_COLOR" not in os.environ,
            exception_formatter=structlog.dev.plain_traceback,
        )
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    )
    handler = _ConsoleHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("qa_service").setLevel(logging.INFO)
