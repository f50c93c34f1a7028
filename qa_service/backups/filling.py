"""The rows of an archive put into a database, inside a transaction that someone else holds, and looked through."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import apsw
import numpy as np

from qa_service.backups.archive import ArchiveReader
from qa_service.backups.manifest import ModelRecord, TableRecord
from qa_service.backups.tables import CARRIED
from qa_service.errors import BackupError
from qa_service.writes import one

_FILLED_IN: Mapping[str, tuple[str, ...]] = {
    "contents": ("original",),
    "passages": ("generation",),
    "vectors": ("model_id",),
}
_LARGEST_ID = 2**62

_UNSOUND: Mapping[str, str] = {
    "a document without its text": "SELECT 1 FROM documents WHERE id NOT IN (SELECT document_id FROM contents)",
    "a document whose metadata is no JSON": "SELECT 1 FROM documents WHERE NOT json_valid(metadata)",
    "a text whose outline is no JSON": "SELECT 1 FROM contents WHERE NOT json_valid(outline)",
    "a passage whose headings are no JSON": "SELECT 1 FROM passages WHERE NOT json_valid(headings)",
    "a passage outside its document's text": "SELECT 1 FROM passages p JOIN documents d ON d.id = p.document_id "
    "WHERE NOT (0 <= p.start AND p.start <= p.end AND p.end <= d.characters)",
    "a passage without vectors": "SELECT 1 FROM passages p LEFT JOIN vectors v ON v.digest = p.digest AND "
    "v.model_id = (SELECT model_id FROM state) WHERE v.digest IS NULL",
    "a vector of the wrong length": "SELECT 1 FROM passages p JOIN vectors v ON v.digest = p.digest JOIN models m "
    "ON m.id = v.model_id WHERE length(v.passage) <> 2 * m.dimension OR "
    "length(v.sentences) <> length(p.sentences) / 8 * 2 * m.dimension OR (length(v.words) > 0 AND "
    "(length(v.words) - 2 * m.dimension) % (6 + (m.dimension + 1) / 2) <> 0)",
    "a site key that cannot be read": "SELECT 1 FROM site_keys WHERE NOT json_valid(origins) OR "
    "rate NOT GLOB '[1-9]*/[smhd]*'",
    "feedback that cannot be read": "SELECT 1 FROM feedback WHERE NOT json_valid(citations)",
}
"""What no archive that an export wrote can bring, each with the statement that finds one."""


@dataclass(slots=True)
class Filling:
    """Takes the rows of an archive in: only the `added` documents, all else as far as there is nothing of its key."""

    connection: apsw.Connection
    archive: ArchiveReader
    added: frozenset[str]
    count: Callable[[str], None]
    generation: int = field(init=False)
    _model: int | None = field(init=False)
    _shift: int = field(init=False)
    _facts: dict[str, tuple[str, int, int]] = field(init=False, default_factory=dict)
    """Of every document that is added its sha256, its bytes and its characters."""

    def __post_init__(self) -> None:
        manifest = self.archive.manifest
        last = one(self.connection, "SELECT seq FROM sqlite_sequence WHERE name = 'passages'") or 0
        # ids that were given away here stay with what had them, and every index follows by the generation
        self._shift = last
        self.generation = max(one(self.connection, "SELECT generation FROM state") + 1, manifest.generation)
        self._model = None if manifest.model is None else _model_row(self.connection, manifest.model)

    def fill(self) -> None:
        """Insert everything. Raises BackupError where it does not fit together."""
        for table in self.archive.manifest.tables:
            try:
                self._fill_table(table)
            except (apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError) as error:
                raise self._broken(f"table {table.name}: {error}") from error
            except (TypeError, ValueError, OverflowError) as error:  # what JSON can hold and SQLite, or a row, cannot
                raise self._broken(f"table {table.name} has a value of the wrong kind") from error
        self.connection.execute(
            "UPDATE state SET generation = ?, model_id = coalesce(?, model_id)", (self.generation, self._model)
        )
        if not self._shift:
            self._keep_ids_unused()
        self.connection.execute(
            "DELETE FROM vectors WHERE model_id = ? AND digest NOT IN (SELECT digest FROM passages)", (self._model,)
        )

    def require_sound(self) -> None:
        """Raise BackupError where what was inserted is not what an export writes."""
        for what, statement in _UNSOUND.items():
            if one(self.connection, f"{statement} LIMIT 1") is not None:
                raise self._broken(f"it holds {what}")

    def _fill_table(self, table: TableRecord) -> None:
        self._require_columns(table)
        columns = [*table.columns, *_FILLED_IN.get(table.name, ())]
        values = ", ".join(f":{column}" for column in columns)
        document = CARRIED[table.name].document
        conflict = "ON CONFLICT DO NOTHING" if document is None else ""
        self.connection.executemany(
            f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({values}) {conflict}",
            self._prepared(table.name, self._rows(table, document)),
        )

    def _prepared(self, name: str, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        match name:
            case "documents":
                return map(self._noted, rows)
            case "contents":
                return map(self._with_original, rows)
            case "passages":
                return map(self._numbered, rows)
            case "vectors":
                return (row | {"model_id": self._model} for row in rows)
        return rows

    def _rows(self, table: TableRecord, document: str | None) -> Iterator[dict[str, Any]]:
        for values in self.archive.rows(table):
            row = dict(zip(table.columns, values, strict=True))
            if document is None or row[document] in self.added:
                yield row
            self.count(table.name)

    def _noted(self, row: dict[str, Any]) -> dict[str, Any]:
        self._facts[row["id"]] = row["sha256"], row["size"], row["characters"]
        return row

    def _with_original(self, row: dict[str, Any]) -> dict[str, Any]:
        identifier = row["document_id"]
        sha256, size, characters = self._facts[identifier]
        original = self.archive.original(identifier, sha256)
        if (len(original), len(row["text"])) != (size, characters):
            raise self._broken(f"document {identifier} is longer or shorter than it says")
        return row | {"original": original}

    def _numbered(self, row: dict[str, Any]) -> dict[str, Any]:
        bounds = np.frombuffer(row["sentences"], "<u4").reshape(-1, 2)
        if (bounds[:, 0] > bounds[:, 1]).any() or bounds.max(initial=0) > row["end"] - row["start"]:
            raise self._broken(f"passage {row['id']} has sentences outside of it")
        if not 0 < row["id"] < _LARGEST_ID:
            raise self._broken(f"a passage has the id {row['id']}")
        return row | {"id": row["id"] + self._shift, "generation": self.generation}

    def _keep_ids_unused(self) -> None:
        """Let no passage get an id that one had where the archive was written: it may stand in someone's link."""
        last = self.archive.manifest.last_passage_id
        self.connection.execute(
            "INSERT INTO sqlite_sequence SELECT 'passages', 0 "
            "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'passages')"
        )
        self.connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'passages'", (last,))

    def _require_columns(self, table: TableRecord) -> None:
        known = CARRIED.get(table.name)
        stored = {row[1] for row in self.connection.execute(f"PRAGMA table_info({table.name})")}
        if known is None or not stored or set(table.columns) != stored - set(known.left_out):
            raise self._broken(
                f"it has a table {table.name} that schema {self.archive.manifest.schema_version} has not"
            )

    def _broken(self, what: str) -> BackupError:
        return BackupError(f"{self.archive.path} cannot be imported: {what}; nothing was changed. Use another copy")


def empty(connection: apsw.Connection) -> None:
    """Remove everything that an archive can bring."""
    for name in reversed(list(CARRIED)):
        connection.execute(f"DELETE FROM {name}")


def _model_row(connection: apsw.Connection, model: ModelRecord) -> int:
    connection.execute(
        "INSERT INTO models (name, fingerprint, dimension) VALUES (?, ?, ?) ON CONFLICT (fingerprint) DO NOTHING",
        (model.name, model.fingerprint, model.dimension),
    )
    found = connection.execute("SELECT id, dimension FROM models WHERE fingerprint = ?", (model.fingerprint,)).get
    if found[1] != model.dimension:
        message = f"model {model.name!r} has dimension {model.dimension} in the backup, {found[1]} in the data folder"
        raise BackupError(message)
    return int(found[0])
