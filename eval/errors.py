"""What is wrong with a question set, and where."""

from pathlib import Path

from qa_service.errors import QAError


class EvalError(QAError):
    """A question set, or a request for a benchmark, cannot be used. The message names file and line, if any."""

    def __init__(self, reason: str, path: Path | None = None, line: int | None = None) -> None:
        place = "" if path is None else f"{path}: " if line is None else f"{path}:{line}: "
        super().__init__(place + reason)
        self.reason = reason
        self.path = path
        self.line = line
