"""Which files under the named paths are read, and why the others are not."""

import os
from pathlib import Path

import pytest

from qa_service.errors import DocumentTooLargeError, UnreadableDocumentError
from qa_service.sources import FoundFile, PassedOver, find_files

LEADS_OUT = "a link that leads out of the folder"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def written(path: Path, content: str = "text") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def found(*paths: Path) -> list[str]:
    return [item.uri for item in find_files(paths) if isinstance(item, FoundFile)]


def passed_over(*paths: Path) -> list[tuple[str, str, bool]]:
    return [(item.uri, item.reason, item.is_failure) for item in find_files(paths) if isinstance(item, PassedOver)]


def test_a_folder_is_read_in_order_with_what_is_nested_in_it(folder: Path) -> None:
    for name in ("b.md", "a.txt", "B/x.html", "a/deep/deeper/y.MD", "a/z.htm", "README"):
        written(folder / name)
    assert found(folder) == [
        f"folder/{name}" for name in ("README", "a.txt", "b.md", "B/x.html", "a/z.htm", "a/deep/deeper/y.MD")
    ]
    assert passed_over(folder) == []
    first = find_files([folder])[0]
    assert isinstance(first, FoundFile)
    assert (first.path, first.size, first.read(4).content) == (folder / "README", 4, b"text")


def test_hidden_files_are_left_out_of_folders_and_read_when_named(folder: Path) -> None:
    hidden = [written(folder / ".secret.md"), written(folder / ".git" / "config.txt")]
    assert find_files([folder]) == []
    assert found(*hidden) == [".secret.md", "config.txt"]
    assert found(hidden[1].parent) == [".git/config.txt"]


def test_an_empty_folder_and_no_paths_at_all(folder: Path) -> None:
    assert find_files([folder]) == find_files([]) == []


def test_a_file_named_twice_is_read_once(folder: Path) -> None:
    path = written(folder / "a.md")
    link = folder / "b.md"
    link.symlink_to(path)
    roundabout = folder / ".." / "folder" / "a.md"
    assert found(path, path, folder, link, roundabout) == ["a.md"]
    assert {item.origin for item in find_files([link]) if isinstance(item, FoundFile)} == {f"file:{path}"}


def test_relative_paths_and_absolute_ones_are_one_document(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(folder / "a.md")
    monkeypatch.chdir(folder)
    assert find_files([Path("a.md")]) == find_files([path])
    assert found(Path()) == ["folder/a.md"]


def test_links_that_lead_out_of_the_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = written(tmp_path / "outside" / "secret.md")
    (folder / "file.md").symlink_to(secret)
    (folder / "nested").mkdir()
    (folder / "nested" / "folder").symlink_to(secret.parent)
    (folder / "nested" / "up.md").symlink_to("../../outside/secret.md")
    (folder / "sibling.md").symlink_to(written(tmp_path / "folder2" / "a.md"))
    assert found(folder) == []
    assert sorted(passed_over(folder)) == [
        (f"folder/{name}", LEADS_OUT, False) for name in ("file.md", "nested/folder", "nested/up.md", "sibling.md")
    ]


def test_a_link_that_is_named_is_followed(folder: Path, tmp_path: Path) -> None:
    written(tmp_path / "real" / "a.md")
    (folder / "link").symlink_to(tmp_path / "real")
    assert found(folder / "link") == ["real/a.md"]


def test_links_inside_the_folder_lead_to_what_is_read_anyway(folder: Path) -> None:
    written(folder / "a" / "x.md")
    (folder / "again").symlink_to(folder / "a")
    (folder / "circle").symlink_to(folder)
    (folder / "z.md").symlink_to(folder / "a" / "x.md")
    assert found(folder) == ["folder/a/x.md"]
    assert passed_over(folder) == []


def test_a_link_that_leads_nowhere_or_to_itself_does_not_stop_the_rest(folder: Path) -> None:
    (folder / "circle.md").symlink_to("round.md")
    (folder / "round.md").symlink_to("circle.md")
    (folder / "gone.md").symlink_to("nothing.md")
    written(folder / "z.md")
    assert found(folder) == ["folder/z.md"]
    failures = {uri: (reason, is_failure) for uri, reason, is_failure in passed_over(folder)}
    assert failures["folder/gone.md"] == ("cannot be read: No such file or directory", True)
    assert failures["folder/circle.md"][1]
    assert "loop" in failures["folder/round.md"][0].lower()
    assert passed_over(folder / "circle.md")[0][2]


def test_a_kind_that_no_parser_takes_is_told_by_its_start_in_folders_and_left_to_the_parser_when_named(
    folder: Path,
) -> None:
    photo = folder / "photo.md"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100_000))
    (in_folder,), (named,) = find_files([folder]), find_files([photo])
    assert isinstance(in_folder, FoundFile)
    assert isinstance(named, FoundFile)
    reading = in_folder.read(100)  # less than it has: its kind is told before its length
    assert (reading.content, reading.stamp) == (b"", in_folder.stamp)
    assert "PNG" in str(reading.refusal)
    assert named.read(200_000).content == photo.read_bytes()


def test_a_pipe_is_never_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.md")
    assert passed_over(folder) == [("folder/pipe.md", "not a regular file", False)]
    assert passed_over(folder / "pipe.md") == [("pipe.md", "not a regular file", True)]


@pytest.mark.parametrize("name", ["missing", "missing/deeper.md", "x" * 300, "a\0b"], ids=ascii)
def test_a_path_that_cannot_be_is_a_failure_and_the_others_are_read(folder: Path, name: str) -> None:
    there = written(folder / "there.md")
    assert found(folder / name, there) == ["there.md"]
    ((_, reason, is_failure),) = passed_over(folder / name, there)
    assert reason.startswith("cannot be read: ")
    assert is_failure


@pytest.mark.skipif(os.geteuid() == 0, reason="the root user reads everything")
def test_an_unreadable_folder_or_file_is_a_failure(folder: Path) -> None:
    written(folder / "closed" / "a.md")
    (folder / "closed").chmod(0)
    try:
        assert passed_over(folder) == [("folder/closed", "cannot be read: Permission denied", True)]
    finally:
        (folder / "closed").chmod(0o700)


def test_a_folder_that_vanishes_while_it_is_listed_is_a_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(folder / "a.md")
    (folder / "sub").mkdir()
    scandir = os.scandir

    def scan(path: str | Path) -> object:
        if Path(path).name == "sub":
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)
    assert found(folder) == ["folder/a.md"]
    assert passed_over(folder) == [("folder/sub", "cannot be read: No such file or directory", True)]


def test_names_that_are_not_utf_8(folder: Path) -> None:
    lost = "\N{REPLACEMENT CHARACTER}" * 3
    for name in (b"\xef\xf0\xe8.md", b"\xef\xf0\xe9.md"):
        (Path(os.fsdecode(os.fsencode(folder) + b"/" + name))).write_text("text")
    items = [item for item in find_files([folder]) if isinstance(item, FoundFile)]
    assert [item.uri for item in items] == [f"folder/{lost}.md"] * 2
    assert len({item.origin for item in items}) == 2
    assert all(item.origin.encode("utf-8") and item.read(10).content == b"text" for item in items)
    assert find_files([items[0].path])[0].uri == f"{lost}.md"


def test_reading_is_bounded(folder: Path) -> None:
    path = written(folder / "a.md", "12345")
    (item,) = find_files([path])
    assert isinstance(item, FoundFile)
    assert item.read(5).content == b"12345"
    with pytest.raises(DocumentTooLargeError, match="5 bytes exceeds the bound of 4 bytes"):
        item.read(4)
    path.write_text("123456")
    with pytest.raises(DocumentTooLargeError, match="exceeds the bound of 5 bytes"):
        item.read(5)


def test_a_file_that_is_gone_when_it_is_read(folder: Path) -> None:
    path = written(folder / "a.md")
    (item,) = find_files([path])
    assert isinstance(item, FoundFile)
    path.unlink()
    with pytest.raises(UnreadableDocumentError, match="cannot be read: No such file"):
        item.read(10)
