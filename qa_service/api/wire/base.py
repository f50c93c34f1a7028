"""What every body has in common."""

from pydantic import BaseModel, ConfigDict


def whole(value: object) -> object:
    """JSON has one kind of number: 5.0 is 5, though 5.5 and "5" are not."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Received(BaseModel):
    """A body that comes in. Nothing is converted or passed over: "5" is no number, and a misspelt field is an error."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Sent(BaseModel):
    """A body that goes out. It is made of the service's own values, field by field."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
