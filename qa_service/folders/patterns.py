"""Which files of a folder are wanted: patterns as in .gitignore files, relative to the folder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from pathspec import GitIgnoreSpec

from qa_service.errors import InvalidRequestError

UNFINISHED = ("~$*", "*~", r"\#*#", "*.tmp", "*.part", "*.crdownload")
"""What office programs, editors and browsers leave beside the file they are at work on."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """A file is wanted where `include` is empty or matches it, and `exclude` does not.

    Raises InvalidRequestError for a pattern that is none.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    _included: GitIgnoreSpec = field(init=False, repr=False, compare=False)
    _excluded: GitIgnoreSpec = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_included", _spec("--include", self.include))
        object.__setattr__(self, "_excluded", _spec("--exclude", (*UNFINISHED, *self.exclude)))

    def want_file(self, path: str) -> bool:
        """Return whether the file at `path`, relative to the folder, is wanted."""
        return (not self.include or self._included.match_file(path)) and not self._excluded.match_file(path)

    def want(self, path: PurePath) -> bool:
        """Return whether a file is wanted, and every folder that it lies in; hidden ones never are."""
        folders = [str(parent) for parent in path.parents[:-1]]
        is_hidden = any(part.startswith(".") for part in path.parts)
        return not is_hidden and all(map(self.want_folder, folders)) and self.want_file(str(path))

    def want_folder(self, path: str) -> bool:
        """Return whether anything under the folder at `path` may be wanted."""
        return not self._excluded.match_file(f"{path}/")


def _spec(option: str, patterns: Sequence[str]) -> GitIgnoreSpec:
    for pattern in patterns:
        try:
            is_one = any(each.include is not None for each in GitIgnoreSpec.from_lines([pattern]).patterns)
        except ValueError:
            is_one = False
        if not is_one:
            message = f"{option} is {pattern!r}; it must be a pattern as in .gitignore files, such as *.md or drafts/"
            raise InvalidRequestError(message)
    return GitIgnoreSpec.from_lines(patterns)


EVERY_FILE = Patterns()
