"""What a figure was measured with: commit, machine, versions."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("qa-service", "numpy", "faiss-cpu", "apsw", "torch", "sentence-transformers", "onnxruntime")


def commit() -> str | None:
    """Return the commit of the checkout this code lies in; None outside of one."""
    command = ["git", "rev-parse", "HEAD"]
    try:
        found = subprocess.run(
            command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False, timeout=10
        )
    except OSError:
        return None
    return found.stdout.strip() if found.returncode == 0 else None


def machine() -> str:
    """Return the processor, its cores and the memory, in words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that figures hang on, as far as they are installed."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()
