"""The API reference: what the OpenAPI document says, in words."""

import re

import httpx2

from qa_service.api import reference

_DOCUMENT = {
    "info": {"title": "t", "version": "1.2", "description": "About `it`."},
    "paths": {
        "/things/{id}": {
            "put": {
                "tags": ["things"],
                "summary": "Put Thing",
                "description": "Put a thing.\n\nIt stays.",
                "parameters": [
                    {
                        "name": "id",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string"},
                        "description": "Its id.",
                    },
                    {"name": "deep", "in": "query", "schema": {"type": "boolean", "default": False}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {
                    "200": {
                        "description": "Done",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    },
                    "204": {"description": "Nothing"},
                },
            }
        },
        "/ping": {"get": {"summary": "Ping", "responses": {}}},
    },
    "components": {
        "schemas": {
            "Thing": {
                "description": "A thing.",
                "required": ["size"],
                "properties": {
                    "size": {"type": "integer", "default": 5},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                    "kind": {"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]},
                    "notes": {"type": "object", "additionalProperties": {"type": "number"}},
                    "any": {},
                },
            },
            "Body_form": {"properties": {"file": {"type": "string"}}},
        }
    },
}
_THING = (
    reference.Field("size", "integer", (), True, "", "5"),
    reference.Field("parts", "list of Thing", ("Thing",), False, "", None),
    reference.Field("kind", '"a" or "b" or null', (), False, "", None),
    reference.Field("notes", "object of number", (), False, "", None),
    reference.Field("any", "anything", (), False, "", None),
)


def test_a_document_is_read_in_words() -> None:
    parameters = (
        reference.Field("id", "text", (), True, "Its id.", None, "path"),
        reference.Field("deep", "true or false", (), False, "", "false", "query"),
    )
    answers = (("200", "Done", ("Thing",)), ("204", "Nothing", ()))
    put = reference.Operation(
        "PUT", "/things/{id}", "Put a thing.", "It stays.", parameters + _THING, "application/json", answers
    )
    ping = reference.Operation("GET", "/ping", "Ping", "", (), None, ())
    assert reference.read(_DOCUMENT) == reference.Reference(
        "1.2", "About `it`.", {"things": (put,), "more": (ping,)}, (reference.Body("Thing", "A thing.", _THING),)
    )


def test_the_page_names_everything_that_the_document_has(hashing_server: str) -> None:
    document = httpx2.get(f"{hashing_server}/openapi.json").json()
    page = httpx2.get(f"{hashing_server}/api").text
    identifiers = set(re.findall(r'id="([^"]+)"', page))
    for path, methods in document["paths"].items():
        assert {f"{method.upper()}{path}" for method in methods} <= identifiers
    fields = {name for schema in document["components"]["schemas"].values() for name in schema.get("properties", {})}
    assert {name for name in fields if f"<code>{name}</code>" not in page} == set()
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets
    assert targets <= identifiers


def test_no_script_of_the_page_comes_from_elsewhere(hashing_server: str) -> None:
    response = httpx2.get(f"{hashing_server}/api")
    assert "script-src 'self'" in response.headers["content-security-policy"]
    assert re.findall(r'src="([^"]+)"', response.text) == ["/assets/reference.js", "/assets/icon.svg"]
