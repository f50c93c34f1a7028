"""Settings: every one is an environment variable with the prefix `QA_`. There is no global instance."""

import difflib
import hashlib
from collections.abc import Mapping
from functools import cached_property
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from embeddings import DEFAULT_MODEL, Runtime
from qa_service.errors import ConfigurationError
from qa_service.sites.rates import Rate
from qa_service.validation import describe

MAX_QUESTION_CHARACTERS = 2_000
MAX_TOP_K = 50
MAX_HISTORY = 20
"""Most earlier turns that a question may come with."""

MAX_PAGE = 500
MAX_UPLOADED_FILES = 100
"""Most files of one upload."""

MAX_WAITING_FILES = 10_000
_PREFIX = "QA_"
_SHORTEST_KEY = 16

Names = Annotated[tuple[str, ...], NoDecode]
"""A comma-separated list in the environment."""


class Settings(BaseSettings):
    """What an operator can set. Raises ConfigurationError (through `load_settings`) on a wrong value."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    data: Path = Field(Path("data"), description="Folder that holds everything stored; the one to back up.")
    host: str = Field("127.0.0.1", description="Address to serve on. Anything but loopback needs QA_API_KEYS.")
    port: int = Field(8000, ge=0, le=65535, description="Port to serve on; 0 takes a free one.")
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description=f"Comma-separated keys, {_SHORTEST_KEY} characters or more each, that may change documents."
    )
    allowed_hosts: Names = Field(
        (), description="Comma-separated host names the service answers to, beside loopback names; * for any."
    )
    ask_rate: str | None = Field(
        None,
        description="How often each address may ask without a site key, such as 60/minute; by default any.",
    )
    trusted_proxies: Names = Field(
        (), description="Comma-separated addresses or networks of proxies whose X-Forwarded-For is believed."
    )
    model: str = Field(DEFAULT_MODEL, description="A known model's name, a local folder, or a model on a hub.")
    model_cache: Path | None = Field(None, description="Folder for built models; the user's cache folder by default.")
    model_runtime: Runtime = Field(
        "onnx", description="onnx, where the model is exported to it, or sentence-transformers."
    )
    model_question_prefix: str | None = Field(None, description="Text put before every question; for unknown models.")
    model_passage_prefix: str | None = Field(None, description="Text put before every passage; for unknown models.")
    languages: Names = Field(
        ("be", "ru", "en", "uk", "pl", "lt", "lv", "kk", "de", "fr", "es", "it", "pt", "zh", "ja", "ko", "ar", "he"),
        description="Comma-separated ISO 639-1 codes of the languages to tell apart.",
    )
    passage_characters: int = Field(1_200, ge=100, le=1_000_000, description="Longest passage, in characters.")
    max_document_bytes: int = Field(32 * 2**20, ge=1, description="Largest file taken in, in bytes.")
    max_upload_bytes: int = Field(256 * 2**20, ge=1, description="Largest upload of one or several files, in bytes.")
    max_waiting_bytes: int = Field(2**30, ge=1, description="Most bytes of uploads that wait to be taken in.")
    parser_seconds: float = Field(60, gt=0, description="Longest time one file may take to parse.")
    parser_memory_bytes: int = Field(2 * 2**30, ge=2**28, description="Most memory a parser may use, in bytes.")
    parser_processes: int = Field(2, ge=1, le=64, description="Most files parsed at once, each in its own process.")
    max_text_characters: int = Field(2**25, ge=1, le=2**29, description="Longest text taken in, in characters.")
    log_format: Literal["console", "json"] = Field("console", description="console, or json for one object a line.")

    @field_validator("data", "model_cache", "host", "model", "ask_rate", mode="before")
    @classmethod
    def _not_empty(cls, value: object) -> object:
        if value == "":
            message = "is empty; unset it or give it a value"
            raise ValueError(message)
        return value

    @field_validator("data", "model_cache")
    @classmethod
    def _with_home(cls, folder: Path | None) -> Path | None:
        return None if folder is None else folder.expanduser()

    @field_validator("api_keys", "languages", "allowed_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("api_keys")
    @classmethod
    def _long_enough(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < _SHORTEST_KEY for key in keys):
            message = f"has a key that is too short: every key needs {_SHORTEST_KEY} characters or more"
            raise ValueError(message)
        return keys

    @field_validator("ask_rate")
    @classmethod
    def _is_rate(cls, rate: str | None) -> str | None:
        return None if rate is None else str(Rate.parse(rate))

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            try:
                ip_network(proxy, strict=False)
            except ValueError as error:
                message = f"has {proxy[:40]!r}; give addresses or networks, such as 127.0.0.1 or 10.0.0.0/8"
                raise ValueError(message) from error
        return proxies

    @field_validator("allowed_hosts")
    @classmethod
    def _lower_case(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(host.lower() for host in hosts)

    @cached_property
    def api_key_digests(self) -> tuple[bytes, ...]:
        """Sha256 of each API key, for comparison in constant time."""
        return tuple(hashlib.sha256(key.get_secret_value().encode()).digest() for key in self.api_keys)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach `host`."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Return whether `host` names this machine's loopback interface."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment; an override that is None is left out.

    Raises ConfigurationError that names every wrong variable, and never shows a key.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = "; ".join(_problem(item) for item in error.errors())
    # raised out here: as a cause, pydantic's error would carry the values along, keys among them
    message = f"wrong setting: {problems}"
    raise ConfigurationError(message)


def _problem(item: Mapping[str, Any]) -> str:
    name = str(item["loc"][0])
    if name == "api_keys":
        item = {key: value for key, value in item.items() if key != "input"}
    return describe(item, _PREFIX + name.upper())


def unknown_variables(environment: Mapping[str, str]) -> dict[str, str | None]:
    """Return the variables that look like settings and are none, each with the setting it may have been meant for."""
    known = [_PREFIX + name.upper() for name in Settings.model_fields]
    unknown = sorted(name for name in environment if name.startswith(_PREFIX) and name not in known)
    return {name: next(iter(difflib.get_close_matches(name, known, 1)), None) for name in unknown}


def require_safe_to_serve(settings: Settings) -> None:
    """Raise ConfigurationError where serving would let anyone on the network change documents."""
    if settings.api_keys or (settings.is_loopback and not settings.allowed_hosts):
        return
    where = f"on {settings.host}" if not settings.is_loopback else f"as {', '.join(settings.allowed_hosts)}"
    message = (
        f"refusing to serve {where} without API keys: anyone who can reach it could change your documents. "
        f"Set QA_API_KEYS to one or more keys of {_SHORTEST_KEY}+ characters (for example the output of "
        "`python3 -c 'import secrets; print(secrets.token_urlsafe(32))'`), or serve on 127.0.0.1"
    )
    raise ConfigurationError(message)
