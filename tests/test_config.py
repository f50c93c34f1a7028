"""Settings: read from the environment, refused in words, and never showing a key."""

import re
import traceback
from pathlib import Path

import pytest

from embeddings import DEFAULT_MODEL
from qa_service.config import Settings, is_loopback, load_settings, require_safe_to_serve, unknown_variables
from qa_service.errors import ConfigurationError
from tests.conftest import ROOT

KEY = "a-key-of-some-length"


def test_defaults_are_safe_and_local() -> None:
    settings = load_settings()
    assert (settings.data, settings.host, settings.port) == (Path("data"), "127.0.0.1", 8000)
    assert (settings.model, settings.api_keys, settings.allowed_hosts) == (DEFAULT_MODEL, (), ())
    require_safe_to_serve(settings)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("QA_DATA", "/srv/qa", Path("/srv/qa")),
        ("QA_DATA", "~/qa", Path.home() / "qa"),
        ("QA_HOST", "::1", "::1"),
        ("QA_PORT", "0", 0),
        ("QA_PORT", " 8080 ", 8080),
        ("QA_ALLOWED_HOSTS", " QA.example , docs.example,", ("qa.example", "docs.example")),
        ("QA_MODEL", "BAAI/bge-m3", "BAAI/bge-m3"),
        ("QA_MODEL_CACHE", "~/models", Path.home() / "models"),
        ("QA_MODEL_QUESTION_PREFIX", "query: ", "query: "),
        ("QA_MODEL_PASSAGE_PREFIX", "", ""),
        ("QA_LANGUAGES", "be,ru", ("be", "ru")),
        ("QA_PASSAGE_CHARACTERS", "100", 100),
        ("QA_MAX_DOCUMENT_BYTES", "1", 1),
        ("QA_PARSER_SECONDS", "0.5", 0.5),
        ("QA_PARSER_MEMORY_BYTES", "268435456", 2**28),
        ("QA_LOG_FORMAT", "json", "json"),
        ("qa_port", "81", 81),
    ],
)
def test_every_setting_is_an_environment_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: object
) -> None:
    monkeypatch.setenv(variable, value)
    name = variable.lower().removeprefix("qa_")
    assert getattr(load_settings(), name) == expected


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_override_wins_over_the_environment_and_none_is_no_override(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_PORT", "81")
    assert load_settings(port=82).port == 82
    assert load_settings(port=None).port == 81


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("QA_PORT", "eight", ["QA_PORT", "valid integer", '"eight"']),
        ("QA_PORT", "65536", ["QA_PORT", "65535", '"65536"']),
        ("QA_PORT", "-1", ["QA_PORT", "greater than or equal to 0"]),
        ("QA_DATA", "", ["QA_DATA is empty"]),
        ("QA_HOST", "", ["QA_HOST is empty"]),
        ("QA_MODEL", "", ["QA_MODEL is empty"]),
        ("QA_MODEL_CACHE", "", ["QA_MODEL_CACHE is empty"]),
        ("QA_API_KEYS", "short-one", ["QA_API_KEYS", "16 characters"]),
        ("QA_API_KEYS", f"{KEY},short-one", ["QA_API_KEYS", "16 characters"]),
        ("QA_PASSAGE_CHARACTERS", "99", ["QA_PASSAGE_CHARACTERS", "100"]),
        ("QA_PASSAGE_CHARACTERS", "1000001", ["QA_PASSAGE_CHARACTERS", "1000000"]),
        ("QA_MAX_DOCUMENT_BYTES", "0", ["QA_MAX_DOCUMENT_BYTES", "1"]),
        ("QA_PARSER_SECONDS", "0", ["QA_PARSER_SECONDS", "greater than 0"]),
        ("QA_PARSER_MEMORY_BYTES", "1", ["QA_PARSER_MEMORY_BYTES", "268435456"]),
        ("QA_LOG_FORMAT", "xml", ["QA_LOG_FORMAT", "'console' or 'json'", '"xml"']),
    ],
)
def test_wrong_value_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: list[str]
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=r"^wrong setting: ") as raised:
        load_settings()
    assert [word for word in words if word not in str(raised.value)] == []


def test_every_wrong_value_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_PORT", "eight")
    monkeypatch.setenv("QA_LOG_FORMAT", "xml")
    with pytest.raises(ConfigurationError, match=r"QA_PORT.*; QA_LOG_FORMAT"):
        load_settings()


def test_override_of_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="QA_PROT is not known"):
        load_settings(prot=80)


def test_keys_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_API_KEYS", f"{KEY}, second-{KEY}")
    settings = load_settings()
    assert len(settings.api_keys) == len(settings.api_key_digests) == 2
    shown = [repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())]
    monkeypatch.setenv("QA_API_KEYS", f"{KEY},short-one")
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    shown += traceback.format_exception(raised.value)
    assert not [text for text in shown if KEY in text or "short-one" in text]


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().port = 81


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "[::1]", "localhost", "LocalHost"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.0.1", "::ffff:10.0.0.1", "", "localhost.example", "127.0.0.1.example", "127.1"]
)
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("host", "allowed_hosts", "keys", "is_safe"),
    [
        ("127.0.0.1", None, None, True),
        ("::1", None, None, True),
        ("0.0.0.0", None, None, False),
        ("::", None, None, False),
        ("qa.example", None, None, False),
        ("127.0.0.1", "qa.example", None, False),
        ("127.0.0.1", "*", None, False),
        ("0.0.0.0", None, KEY, True),
        ("127.0.0.1", "qa.example", KEY, True),
    ],
)
def test_serving_to_others_needs_keys(host: str, allowed_hosts: str | None, keys: str | None, is_safe: bool) -> None:
    settings = load_settings(host=host, allowed_hosts=allowed_hosts, api_keys=keys)
    if is_safe:
        require_safe_to_serve(settings)
        return
    with pytest.raises(ConfigurationError, match=r"refusing to serve .* Set QA_API_KEYS"):
        require_safe_to_serve(settings)


def test_variables_without_effect_are_found_with_what_may_be_meant() -> None:
    environment = {"QA_APIKEYS": "x", "QA_PORT": "80", "QA_ZZZ": "1", "PATH": "/bin", "QA_SERVICE_PORT_8000_TCP": "x"}
    assert unknown_variables(environment) == {
        "QA_APIKEYS": "QA_API_KEYS",
        "QA_SERVICE_PORT_8000_TCP": None,
        "QA_ZZZ": None,
    }


def test_readme_names_every_setting_and_no_other() -> None:
    named = set(re.findall(r"\bQA_[A-Z_]+\b", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named == {f"QA_{name.upper()}" for name in Settings.model_fields}
