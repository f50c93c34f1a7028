"""What of a suite is wanted."""

from dataclasses import dataclass
from pathlib import Path

from eval.errors import EvalError
from eval.task import Half, Source
from qa_service.types import Language


@dataclass(frozen=True, slots=True)
class Selection:
    """Where the data lies, which languages to take (none stands for all; the order can matter), and which half."""

    data: Path | None = None
    languages: tuple[Language, ...] = ()
    half: Half | None = None

    def folder(self) -> Path:
        """Return the data folder. Raises EvalError where none is given or it is not there."""
        if self.data is None:
            reason = "this suite needs --data FOLDER"
            raise EvalError(reason)
        if not self.data.is_dir():
            reason = "there is no such folder"
            raise EvalError(reason, self.data)
        return self.data


def text_source(name: str, number: int, text: str, language: Language | None) -> Source:
    """Return a plain-text document; its file is named by number, since a name from outside is no path."""
    return Source(name, f"{number:06}.txt", text.encode("utf-8", "replace"), language)
