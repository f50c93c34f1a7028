"""The house: which room a module stands in, and that arrows between rooms point one way only.

`LAYERS` is the plan, top first. A module may import what stands in a line below its own; modules of one line do not
import each other unless they belong to the same room.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

import embeddings
from tests.conftest import ROOT

LAYERS: tuple[tuple[str, ...], ...] = (
    ("qa_service.cli",),
    ("qa_service.api", "eval"),
    ("qa_service.assembly",),
    ("qa_service.folders.syncing", "qa_service.folders.watching", "qa_service.uploads.runner"),
    ("qa_service.service", "qa_service.folders.run"),
    ("qa_service.folders.plan",),
    (
        "qa_service.ingestion",
        "qa_service.retrieval",
        "qa_service.answering",
        "qa_service.followups",
        "qa_service.questions",
        "qa_service.backups.restoring",
    ),
    ("qa_service.backups.exporting", "qa_service.backups.filling"),
    ("qa_service.hits", "qa_service.preparing"),
    ("qa_service.scoring",),
    ("qa_service.dense", "qa_service.lexical", "qa_service.centring", "qa_service.folders.records"),
    ("qa_service.fusion", "qa_service.duplicates", "qa_service.explaining", "qa_service.calibration"),
    (
        "qa_service.derived_index",
        "qa_service.outcomes",
        "qa_service.shelf",
        "qa_service.recipes",
        "qa_service.sites.feedback",
    ),
    (
        "qa_service.store",
        "qa_service.postings",
        "qa_service.index_cache",
        "qa_service.chunking",
        "qa_service.parsers",
        "qa_service.sources",
        "qa_service.catalogue",
        "qa_service.uploads.table",
    ),
    (
        "qa_service.vectors",
        "qa_service.writes",
        "qa_service.flaws",
        "qa_service.backups.archive",
        "qa_service.sites.keys",
    ),
    ("qa_service.sums",),
    (
        "qa_service.database",
        "qa_service.records",
        "qa_service.conditions",
        "qa_service.prose",
        "qa_service.mojibake",
        "qa_service.sentences",
        "qa_service.language",
        "qa_service.analysis",
        "qa_service.skeletons",
        "qa_service.files",
        "qa_service.workspace",
        "qa_service.uploads.records",
    ),
    ("qa_service.words", "qa_service.packing", "qa_service.names"),
    (
        "qa_service.tokens",
        "qa_service.belarusian",
        "qa_service.stop_words",
        "qa_service.migrations",
        "qa_service.sites.origins",
        "qa_service.backups.tables",
        "qa_service.backups.manifest",
        "qa_service.text",
        "qa_service.config",
        "qa_service.filters",
        "qa_service.blocks",
        "qa_service.folders.patterns",
    ),
    ("qa_service.outline",),
    ("qa_service.types", "qa_service.errors", "qa_service.validation", "qa_service.numerals", "qa_service.sites.rates"),
    ("qa_service", "qa_service.folders", "qa_service.backups", "qa_service.uploads", "qa_service.sites"),
    ("embeddings",),
)
"""A room is a module, or a package with everything inside it."""

LOWER_ROOM_READS = {("qa_service.sources", "qa_service.parsers")}
"""Arrows inside a line that are meant: which files are taken in is the parsers' to say."""

ONLY_HERE = {
    "sentence_transformers": {"embeddings.transformer"},
    "torch": {"embeddings.transformer"},
    "onnx": {"embeddings.bert_graph", "embeddings.exporting", "embeddings.products"},
    "onnxruntime": {"embeddings.onnx", "embeddings.exporting", "embeddings.products"},
    "faiss": {"qa_service.vectors", "eval.peers.llamaindex"},
    "tantivy": {"qa_service.postings"},
    "apsw": {
        "qa_service.database",
        "qa_service.writes",
        "qa_service.sums",
        "qa_service.backups.filling",
        "qa_service.folders.records",
        "qa_service.uploads.table",
    },
    "pathspec": {"qa_service.folders.patterns"},
    "watchfiles": {"qa_service.folders.watching"},
    "fastapi": {"qa_service.api", "eval.peers.serving"},
    "typer": {"qa_service.cli"},
    "limits": {"qa_service.api"},
    "razdel": {"qa_service.sentences"},
    "py3langid": {"qa_service.language"},
    "langchain_text_splitters": {"qa_service.chunking"},
    "trafilatura": {"qa_service.parsers"},
    "charset_normalizer": {"qa_service.parsers"},
    "ir_measures": {"eval"},
    "Stemmer": {"qa_service.analysis"},
    "anyascii": {"qa_service.skeletons"},
}
"""Libraries that one room alone knows."""

LONGEST = 300
PACKAGES = ("embeddings", "qa_service", "eval")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Return every module that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports name their module in full"
            assert node.module is not None
            modules = {f"{node.module}.{alias.name}" for alias in node.names}
            found.update(name if is_module(name) else node.module for name in modules)
    return frozenset(found)


def is_module(name: str) -> bool:
    path = ROOT / Path(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def room_of(module: str) -> str | None:
    """Return the longest name in the plan that `module` stands in; the bare package is its `__init__` alone."""
    rooms = [room for line in LAYERS for room in line]
    inside = [room for room in rooms if module == room or (room != "qa_service" and module.startswith(f"{room}."))]
    return max(inside, key=len, default=None)


def line_of(room: str) -> int:
    return next(number for number, line in enumerate(LAYERS) if room in line)


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_arrows_point_down(path: Path) -> None:
    room = room_of(module_of(path))
    assert room is not None, f"{module_of(path)} stands in no room: give it a place in LAYERS"
    wrong = []
    for imported in imports_of(path):
        if imported.split(".")[0] not in PACKAGES:
            continue
        other = room_of(imported)
        assert other is not None, f"{imported} stands in no room"
        is_meant = room == other or line_of(other) > line_of(room) or (room, other) in LOWER_ROOM_READS
        if not is_meant:
            wrong.append(imported)
    assert not wrong, f"{module_of(path)} must not import {wrong}"


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_a_library_is_known_to_one_room(path: Path) -> None:
    room = room_of(module_of(path))
    for imported in imports_of(path):
        allowed = ONLY_HERE.get(imported.split(".")[0])
        assert allowed is None or {room, module_of(path)} & allowed, f"{imported} belongs in {allowed}"


def test_every_room_of_the_plan_exists() -> None:
    assert [room for line in LAYERS for room in line if not is_module(room)] == []


def test_only_assembly_picks_concrete_classes() -> None:
    picked = {
        "load_encoder",
        "ParserProcess",
        "DenseIndex",
        "LexicalIndex",
        "Retriever",
        "Ingester",
        "LanguageDetector",
        "QAService",
    }
    for path in SOURCES:
        if module_of(path) == "qa_service.assembly" or not module_of(path).startswith("qa_service"):
            continue
        calls = {
            node.func.id
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not calls & picked, module_of(path)


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_a_file_holds_one_idea(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_the_public_surface_of_embeddings_is_what_it_says() -> None:
    public = {name for name in vars(embeddings) if not name.startswith("_")}
    assert public - {path.stem for path in (ROOT / "embeddings").glob("*.py")} == set(embeddings.__all__)
