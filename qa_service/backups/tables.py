"""What a backup does with each table: whoever adds one decides it here, and a test tells where nobody has."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Carried:
    """A table whose rows go along: which of them, in which order, and which columns stay behind."""

    rows: str
    """What follows `SELECT columns FROM`; the table's columns are called `t`'s."""

    left_out: tuple[str, ...] = ()
    """Columns that the import fills: from another member, or as they are in the folder it fills."""

    document: str | None = None
    """The column with the id of the document that a row belongs to: it comes only where that document does."""

    is_dense: bool = False
    """Whether its rows do not get smaller when they are compressed."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A table that a backup does without."""

    reason: str


TABLES: Mapping[str, Carried | LeftOut] = {
    "documents": Carried("documents t ORDER BY t.created_at, t.id", document="id"),
    "contents": Carried("contents t ORDER BY t.document_id", left_out=("original",), document="document_id"),
    "passages": Carried("passages t ORDER BY t.id", left_out=("generation",), document="document_id"),
    "vectors": Carried(
        "vectors t WHERE t.model_id = (SELECT model_id FROM state) AND t.digest IN (SELECT digest FROM passages) "
        "ORDER BY t.digest",
        left_out=("model_id",),
        is_dense=True,
    ),
    "document_names": Carried("document_names t ORDER BY t.id", document="id"),
    "site_keys": Carried("site_keys t ORDER BY t.created_at, t.key"),
    "feedback": Carried("feedback t ORDER BY t.created_at, t.answer_id"),
    "models": LeftOut("the manifest names the model"),
    "state": LeftOut("the manifest has the generation, and the import sets it"),
    "synced_folders": LeftOut("folders are this machine's; the next sync finds its documents by their paths"),
    "synced_files": LeftOut("files are this machine's; the next sync looks at each of them once"),
    "jobs": LeftOut("uploads under way belong to the server that they were sent to"),
    "job_files": LeftOut("uploads under way belong to the server that they were sent to"),
    "job_contents": LeftOut("uploads under way belong to the server that they were sent to"),
    "language_sums": LeftOut("the import counts them anew, which gives the same"),
}
"""In the order of an import: a row's references come before it.

A table that is not about documents goes along as it is. Where an import meets rows of the same key, the folder's own
stay.
"""

CARRIED: Mapping[str, Carried] = {name: table for name, table in TABLES.items() if isinstance(table, Carried)}
