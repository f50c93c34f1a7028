"""What passes between the service and a parser's process: frames of a 4-byte big-endian length and that many bytes.

A reader states the longest frame it takes, since the other end may have been taken over by a file. The process begins
with one frame of JSON, `{"holds": [...]}`. A file goes to it as two frames, name and content; the answer is a frame of
JSON, `{"error": kind, "message": …}` or what was parsed without its text, and then the text in UTF-8.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any, Self

from qa_service.errors import ParserFailedError, UnreadableDocumentError, UnsupportedDocumentError
from qa_service.outline import Outline, Parsed

MOST_MARKS = 1_000_000
"""Most headings, pages and places of one document; the service keeps them all in memory for a while."""

MOST_HEAD_BYTES = 64 * 2**20
"""Longest frame of JSON: what a document is beside its text."""

_MOST_FILE_BYTES = 2**32 - 1
_LONGEST_REASON = 500
_KINDS: Mapping[str, type[UnreadableDocumentError]] = {
    kind.__name__: kind for kind in (UnreadableDocumentError, UnsupportedDocumentError, ParserFailedError)
}
_UTF8_BYTES = 4
"""Bytes that a character takes at most."""


class FrameTooLongError(Exception):
    """The other end announced a frame that is longer than any it may send."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: seconds of the clock and of a processor, bytes of memory, characters of text."""

    seconds: float
    memory_bytes: int
    text_characters: int

    @property
    def text_bytes(self) -> int:
        """The longest frame that carries a text."""
        return self.text_characters * _UTF8_BYTES

    def to_json(self) -> str:
        """Return them as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))


def read_frame(stream: IO[bytes], most: int = _MOST_FILE_BYTES) -> bytes | None:
    """Return the next frame; None at the end of the stream or where it breaks off. Raises FrameTooLongError."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (size,) = struct.unpack(">I", head)
    if size > most:
        message = f"a frame of {size:,} bytes, more than {most:,}"
        raise FrameTooLongError(message)
    content = stream.read(size)
    return content if len(content) == size else None


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Write one frame and flush it."""
    stream.write(struct.pack(">I", len(content)))
    stream.write(content)
    stream.flush()


@dataclass(frozen=True, slots=True)
class Answer:
    """The two frames that answer a file; a failure has no text."""

    head: bytes
    text: bytes = b""

    @classmethod
    def of(cls, parsed: Parsed, limits: Limits) -> Self:
        """Pack what was parsed. Raises UnreadableDocumentError where it is out of bounds."""
        _require_bounded(parsed, limits)
        about = {"media_type": parsed.media_type, "title": parsed.title, "metadata": dict(parsed.metadata)}
        head = json.dumps(about | {"outline": parsed.outline.to_json()}).encode()
        if len(head) > MOST_HEAD_BYTES:
            message = (
                f"its headings, metadata and places take {len(head):,} bytes, more than the {MOST_HEAD_BYTES:,} of a "
                "document; split the file"
            )
            raise UnreadableDocumentError(message)
        return cls(head, parsed.text.encode("utf-8", "surrogatepass"))

    @classmethod
    def failed(cls, kind: type[UnreadableDocumentError], message: str) -> Self:
        """Tell why there is nothing."""
        return cls(json.dumps({"error": kind.__name__, "message": message[:_LONGEST_REASON]}).encode())

    def parsed(self) -> Parsed:
        """Return what was parsed. Raises what it failed with; ParserFailedError where nothing packed this answer."""
        try:
            about = json.loads(self.head)
            if "error" not in about:
                return _parsed(about, self.text)
            kind, reason = _KINDS[about["error"]], str(about["message"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            message = f"the parser's answer makes no sense: {type(error).__name__}"
            raise ParserFailedError(message) from error
        raise kind(reason)


def _require_bounded(parsed: Parsed, limits: Limits) -> None:
    length, marks = len(parsed.text), len(parsed.headings) + len(parsed.pages) + len(parsed.places)
    if length > limits.text_characters:
        message = (
            f"its text has {length:,} characters, more than the {limits.text_characters:,} that are taken in; "
            "split the file or raise QA_MAX_TEXT_CHARACTERS"
        )
        raise UnreadableDocumentError(message)
    if marks > MOST_MARKS:
        message = f"it has {marks:,} headings, pages and places, more than {MOST_MARKS:,}; split the file"
        raise UnreadableDocumentError(message)


def _parsed(about: dict[str, Any], text: bytes) -> Parsed:
    outline = Outline.from_json(about["outline"])
    return Parsed(
        text.decode("utf-8", "surrogatepass"),
        about["media_type"],
        about["title"],
        outline.headings,
        about["metadata"],
        outline.pages,
        outline.places,
        outline.marks,
        outline.flaws,
    )
