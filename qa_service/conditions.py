"""What a filter is in SQL: a condition on passages `p`, and the values bound to it."""

import json

from qa_service.filters import Filter

_IN_LANGUAGE = "p.language IN (SELECT value FROM json_each(:languages))"
_IN_DOCUMENT = "p.document_id IN (SELECT value FROM json_each(:documents))"
_WITH_METADATA = """p.document_id IN (
    SELECT d.id FROM documents d WHERE NOT EXISTS (
        SELECT 1 FROM json_each(:metadata) wanted WHERE NOT EXISTS (
            SELECT 1 FROM json_each(d.metadata) m
            WHERE m.key = wanted.key AND m.value IN (SELECT value FROM json_each(wanted.value))
        )
    )
)"""
_DATED = """p.document_id IN (
    SELECT id FROM (
        SELECT d.id, iif(substr(m.value, 11, 1) IN ('T', ' '), substr(m.value, 1, 10), m.value) AS dated
        FROM documents d, json_each(d.metadata) m WHERE m.key = 'date'
    )
    WHERE length(dated) IN (4, 7, 10)
    AND date(dated || substr('-01-01', length(dated) - 3)) IS dated || substr('-01-01', length(dated) - 3)
    AND (:dated_from IS NULL OR substr(dated, 1, length(:dated_from)) >= substr(:dated_from, 1, length(dated)))
    AND (:dated_to IS NULL OR substr(dated, 1, length(:dated_to)) <= substr(:dated_to, 1, length(dated)))
)"""
"""SQLite's calendar tells what is a date; for that, a year or a month is completed to its first day."""


_NOT_LEFT_OUT = "p.id NOT IN (SELECT value FROM json_each(:without_passages))"


def conditions(filter: Filter) -> tuple[str, dict[str, str | None]]:
    """Return a condition that holds for exactly the passages `filter` lets through, and its parameters by name."""
    given = {
        _IN_LANGUAGE: filter.languages is not None,
        _IN_DOCUMENT: filter.documents is not None,
        _WITH_METADATA: filter.metadata is not None,
        _DATED: filter.dated_from is not None or filter.dated_to is not None,
        _NOT_LEFT_OUT: bool(filter.without_passages),
    }
    values = {
        "languages": json.dumps(list(filter.languages or ())),
        "documents": json.dumps(list(filter.documents or ())),
        "metadata": json.dumps({key: list(allowed) for key, allowed in (filter.metadata or {}).items()}),
        "without_passages": json.dumps(list(filter.without_passages)),
        "dated_from": filter.dated_from,
        "dated_to": filter.dated_to,
    }
    return " AND ".join(condition for condition, is_given in given.items() if is_given) or "TRUE", values
