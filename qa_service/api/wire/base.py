"""What every body has in common."""

from pydantic import BaseModel, ConfigDict


class Received(BaseModel):
    """A body that comes in. Nothing is converted or passed over: "5" is no number, and a misspelt field is an error."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Sent(BaseModel):
    """A body that goes out. It is made of the service's own values, field by field."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
