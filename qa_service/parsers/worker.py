"""The child process that parses: reads files from standard input, writes what it made of them to standard output.

A file comes as two frames, its name and its content; the answer is one frame of JSON, `{"parsed": …}` or
`{"error": kind, "message": …}`.
"""

import json
import os
import resource
import signal
import sys
from dataclasses import asdict

from qa_service.errors import ParserFailedError, UnreadableDocumentError
from qa_service.parsers.documents import parse_document
from qa_service.parsers.frames import read_frame, write_frame


def _answer(name: bytes, content: bytes) -> bytes:
    try:
        return json.dumps({"parsed": asdict(parse_document(name.decode(), content))}).encode()
    except UnreadableDocumentError as error:
        return _failure(type(error), str(error))
    except MemoryError:
        return _failure(ParserFailedError, "parsing it takes more memory than QA_PARSER_MEMORY_BYTES allows")
    except Exception as error:  # the boundary of the process: whatever a file provokes is that file's failure
        return _failure(ParserFailedError, f"the parser failed with {type(error).__name__}: {error}"[:500])


def _failure(kind: type[UnreadableDocumentError], message: str) -> bytes:
    return json.dumps({"error": kind.__name__, "message": message}).encode()


def main() -> None:
    """Serve until standard input ends."""
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not break the frames
    files = sys.stdin.buffer
    while (name := read_frame(files)) is not None and (content := read_frame(files)) is not None:
        write_frame(answers, _answer(name, content))


if __name__ == "__main__":
    main()
