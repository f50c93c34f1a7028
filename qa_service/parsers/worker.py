"""The child process that parses: reads files from standard input, writes what it made of them to standard output.

Before the first file it gives up what parsing has no use for; `frames.py` says what goes in and out.
"""

import faulthandler
import json
import logging
import os
import sys
from typing import IO

from qa_service.errors import ParserFailedError, UnreadableDocumentError
from qa_service.parsers.confinement import bound_memory, bound_processor_time, confine
from qa_service.parsers.documents import parse_document
from qa_service.parsers.frames import Answer, Limits, read_frame, write_frame


def _answer(name: bytes, content: bytes, limits: Limits) -> Answer:
    try:
        return Answer.of(parse_document(name.decode(), content), limits)
    except UnreadableDocumentError as error:
        return Answer.failed(type(error), str(error))
    except MemoryError:
        reason = f"parsing it takes more memory than {limits.memory_bytes:,} bytes (QA_PARSER_MEMORY_BYTES)"
        return Answer.failed(ParserFailedError, reason)
    except Exception as error:  # the boundary of the process: whatever a file provokes is that file's failure
        return Answer.failed(ParserFailedError, f"the parser failed with {type(error).__name__}: {error}")


def _standard_streams() -> tuple[IO[bytes], IO[bytes]]:
    """Return where files come from and where answers go. What a library prints goes to standard error.

    The service reads that between files only: a library that has much to say loses some of it, and does not wait.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.set_blocking(2, False)
    logging.disable()
    faulthandler.enable()
    return sys.stdin.buffer, answers


def main() -> None:
    """Serve until standard input ends."""
    limits = Limits.from_json(sys.argv[1])
    files, answers = _standard_streams()
    holds = ["memory"] if bound_memory(limits.memory_bytes) else []
    write_frame(answers, json.dumps({"holds": [*holds, *confine()]}).encode())
    while (name := read_frame(files)) is not None and (content := read_frame(files)) is not None:
        bound_processor_time(limits.seconds)
        answer = _answer(name, content, limits)
        write_frame(answers, answer.head)
        write_frame(answers, answer.text)


if __name__ == "__main__":
    main()
