"""How often something may be done: so many times in so many seconds."""

import re
from dataclasses import dataclass

_PATTERN = re.compile(r"\s*([0-9]{1,7})\s*/\s*(second|minute|hour|day)s?\s*")
_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` times within any `unit` ("second", "minute", "hour" or "day")."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """Read what `str` gives, such as 30/minute. Raises ValueError."""
        found = _PATTERN.fullmatch(text)
        if found is None or int(found[1]) == 0:
            message = f"is {text[:40]!r}; it must be a number from 1 on and a unit, such as 30/minute or 2000/day"
            raise ValueError(message)
        return cls(int(found[1]), found[2])

    @property
    def seconds(self) -> int:
        """How long the unit is."""
        return _SECONDS[self.unit]

    def __str__(self) -> str:
        return f"{self.count}/{self.unit}"
