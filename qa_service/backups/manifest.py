"""What an archive says it holds."""

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 1
"""Raised by one when archives change so that the versions before cannot read them."""


class ModelRecord(BaseModel):
    """The model whose vectors an archive holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    fingerprint: str
    dimension: int = Field(ge=1)


class TableRecord(BaseModel):
    """What an archive holds of a table; `sha256` is that of its member, unpacked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern="^[a-z_]+$")
    columns: tuple[str, ...] = Field(min_length=1)
    rows: int = Field(ge=0)
    sha256: str


class Manifest(BaseModel):
    """What an archive holds. `last_passage_id` is the highest that was ever given away."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    service: str
    created_at: str
    schema_version: int = Field(ge=1)
    generation: int = Field(ge=0)
    last_passage_id: int = Field(ge=0)
    model: ModelRecord | None
    documents: int = Field(ge=0)
    passages: int = Field(ge=0)
    tables: tuple[TableRecord, ...]
    calibration_sha256: str | None

    def table(self, name: str) -> TableRecord | None:
        """Return the record of a table; None where the archive has no such table."""
        return next((table for table in self.tables if table.name == name), None)
