"""The model cache: folders that are either whole or absent."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from filelock import FileLock


def build_once(target: Path, write: Callable[[Path], None]) -> Path:
    """Return `target`, letting `write` fill it first where it does not exist.

    `write` gets an empty folder beside `target`, which is flushed to disk and renamed when it is complete: a kill
    leaves no half folder, and of several processes one builds while the others wait for it.
    """
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_name(f"{target.name}.lock")):
        for leftover in target.parent.glob(f"{target.name}.building-*"):
            shutil.rmtree(leftover)
        if not target.is_dir():
            building = Path(mkdtemp(prefix=f"{target.name}.building-", dir=target.parent))
            write(building)
            _flush(building)
            building.rename(target)
            _flush_folder(target.parent)
    return target


def _flush(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            _flush_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
