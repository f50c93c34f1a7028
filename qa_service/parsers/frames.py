"""What passes between the service and its parser: frames of a 4-byte big-endian length and that many bytes."""

import struct
from typing import IO


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Return the next frame; None at the end of the stream or where it breaks off."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (size,) = struct.unpack(">I", head)
    content = stream.read(size)
    return content if len(content) == size else None


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Write one frame and flush it."""
    stream.write(struct.pack(">I", len(content)) + content)
    stream.flush()
