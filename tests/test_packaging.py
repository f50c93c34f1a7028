"""What a fresh clone relies on: the lock, the container, the README's commands."""

import re
import tomllib

import pytest

from tests.conftest import ROOT

LOCKS = ("constraints.txt", "constraints-torch.txt", "constraints-dev.txt")


def normalised(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name.group()).lower()


def locked(*files: str) -> dict[str, list[str]]:
    """Return the hashes of every locked name."""
    entries = "".join((ROOT / file).read_text(encoding="utf-8") for file in files).replace("\\\n", "").splitlines()
    return {normalised(entry): re.findall(r"--hash=sha256:([0-9a-f]{64})", entry) for entry in entries if entry}


@pytest.mark.parametrize("file", LOCKS)
def test_the_lock_holds_names_versions_and_hashes_and_no_addresses(file: str) -> None:
    content = (ROOT / file).read_text(encoding="utf-8")
    assert "://" not in content
    assert all(re.match(r"\S+==\S+ ", line) for line in content.splitlines() if not line.startswith(" "))
    assert all(locked(file).values())


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    run = locked("constraints.txt", "constraints-torch.txt")
    groups = project["dependency-groups"]
    assert {normalised(name) for name in project["project"]["dependencies"]} <= set(run)
    assert {normalised(name) for name in groups["build"]} <= set(run)
    assert {normalised(name) for name in groups["dev"]} <= set(locked("constraints-dev.txt"))


def test_development_runs_on_the_versions_of_production() -> None:
    pattern = re.compile(r"^(\S+==\S+)", re.M)
    run = set(pattern.findall((ROOT / "constraints.txt").read_text(encoding="utf-8")))
    assert run <= set(pattern.findall((ROOT / "constraints-dev.txt").read_text(encoding="utf-8")))


def test_the_readme_names_only_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = set(re.findall(r"\bmake ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert {"run", "test", "lint", "bench", "eval"} <= named <= targets


def test_the_container_is_not_root_and_tells_its_health() -> None:
    instructions = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER (?!root)", instructions, re.M)
    assert {"HEALTHCHECK", "VOLUME", "EXPOSE"} <= set(re.findall(r"^([A-Z]+)", instructions, re.M))
