"""Exit codes."""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended; 0 is success."""

    FAILED = 1
    WRONG_USAGE = 2
    NOTHING_FOUND = 3
