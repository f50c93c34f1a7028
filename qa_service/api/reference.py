"""The API reference as a page shows it: the OpenAPI document, read for people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_LEAF = {"string": "text", "integer": "integer", "number": "number", "boolean": "true or false", "null": "null"}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a member of a body: `kind` is its type in words, `refers` the bodies that it names."""

    name: str
    kind: str
    refers: tuple[str, ...]
    is_required: bool
    description: str
    default: str | None
    place: str = "body"


@dataclass(frozen=True, slots=True)
class Operation:
    """What a method does at a path."""

    method: str
    path: str
    summary: str
    description: str
    fields: tuple[Field, ...]
    media_type: str | None
    answers: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Status, description and the bodies that come with it."""


@dataclass(frozen=True, slots=True)
class Body:
    """A named shape of JSON."""

    name: str
    description: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """Everything on the page."""

    version: str
    description: str
    operations: Mapping[str, tuple[Operation, ...]]
    """By tag, in the order of the document."""
    bodies: tuple[Body, ...]


def read(document: Mapping[str, Any]) -> Reference:
    """Return what an OpenAPI document says."""
    schemas = document["components"]["schemas"]
    by_tag: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = next(iter(operation.get("tags", [])), "more")
            by_tag.setdefault(tag, []).append(_operation(method, path, operation, schemas))
    return Reference(
        version=document["info"]["version"],
        description=document["info"]["description"],
        operations={tag: tuple(operations) for tag, operations in by_tag.items()},
        bodies=tuple(
            Body(name, schema.get("description", ""), tuple(_members(schema)))
            for name, schema in schemas.items()
            if "properties" in schema and not name.startswith("Body_")
        ),
    )


def _operation(method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Operation:
    summary, _, description = operation.get("description", operation["summary"]).partition("\n")
    parameters = [
        _field(one["name"], one["schema"], one.get("description"), one["in"], is_required=one.get("required", False))
        for one in operation.get("parameters", [])
    ]
    contents: Mapping[str, Any] = operation.get("requestBody", {}).get("content", {})
    media_type = next(iter(contents), None)
    schema = {} if media_type is None else contents[media_type].get("schema", {})
    body = schemas.get(_name(schema.get("$ref", "")), {})
    return Operation(
        method=method.upper(),
        path=path,
        summary=summary,
        description=description.strip(),
        fields=(*parameters, *_members(body)),
        media_type=media_type,
        answers=tuple(_answers(operation["responses"])),
    )


def _answers(responses: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for status, response in responses.items():
        contents = response.get("content", {}).values()
        names = dict.fromkeys(name for content in contents for name in _refers(content.get("schema", {})))
        yield status, response["description"], tuple(names)


def _members(schema: Mapping[str, Any]) -> Iterator[Field]:
    required = schema.get("required", [])
    for name, member in schema.get("properties", {}).items():
        yield _field(name, member, member.get("description"), "body", is_required=name in required)


def _field(name: str, schema: Mapping[str, Any], description: str | None, place: str, *, is_required: bool) -> Field:
    default = schema.get("default")
    return Field(
        name=name,
        kind=_kind(schema),
        refers=tuple(dict.fromkeys(_refers(schema))),
        is_required=is_required,
        description=description or "",
        default=None if default is None else str(default).lower() if isinstance(default, bool) else str(default),
        place=place,
    )


def _kind(schema: Mapping[str, Any]) -> str:
    """Return the type in words, such as "list of Offsets or null"."""
    if "$ref" in schema:
        return _name(schema["$ref"])
    if "const" in schema or "enum" in schema:
        return " or ".join(f'"{value}"' for value in schema.get("enum", [schema.get("const")]))
    for alternatives in ("anyOf", "oneOf", "allOf"):
        if alternatives in schema:
            return " or ".join(dict.fromkeys(_kind(one) for one in schema[alternatives]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {_kind(schema['additionalProperties'])}"
    kind = str(schema.get("type", "anything"))
    return _LEAF.get(kind, kind)


def _refers(schema: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        yield _name(schema["$ref"])
    for alternatives in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(alternatives, []):
            yield from _refers(one)
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), Mapping):
            yield from _refers(schema[inner])


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]
