"""Files that are either whole or as they were."""

import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by `content`: write beside it, flush, rename, flush the folder. Raises OSError."""
    with whole_file(path) as file:
        file.write(content)


@contextmanager
def whole_file(path: Path, *, replaces: bool = True) -> Iterator[IO[bytes]]:
    """Give a file to write that comes to be at `path` when the block ends, and nowhere where the block raises.

    Raises OSError; FileExistsError where there is a file already and it is not to be replaced.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replaces:
            beside.replace(path)
        else:
            path.hardlink_to(beside)  # unlike renaming, it replaces nothing
            beside.unlink()
    except BaseException:  # even an interrupt must not leave half a file behind; it goes on its way
        beside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def drop_unfinished(path: Path) -> None:
    """Remove what processes that were killed had written of `path`."""
    for beside in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        process = beside.name.removesuffix(".tmp").rpartition(".")[2]
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            beside.unlink(missing_ok=True)
        except (ValueError, OSError):
            continue  # not of our making, or another user's
