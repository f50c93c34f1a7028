"""Origins of web pages, as browsers send them: scheme, host, and a port that is not the scheme's own."""

import re
from urllib.parse import urlsplit

from qa_service.errors import InvalidRequestError

_OWN_PORTS = {"http": 80, "https": 443}
_SUBDOMAINS = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_ADVICE = "give scheme and host as the browser shows them, such as https://example.org or https://*.example.org"


def parse_origin(text: str) -> str:
    """Return an origin, or a pattern for every subdomain (`https://*.example.org`), in the form browsers send.

    Names in other letters become what stands for them in the network: пример.рф is xn--e1afmkfd.xn--p1ai. Raises
    InvalidRequestError.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _wrong(text, str(error)) from error
    if parts.scheme not in _OWN_PORTS:
        raise _wrong(text, "only pages over http and https have an origin that can be told apart")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise _wrong(text, "an origin has no path, no query and no user")
    shown = f":{port}" if port not in (None, _OWN_PORTS[parts.scheme]) else ""
    return f"{parts.scheme}://{_network_name(text, host)}{shown}"


def is_match(pattern: str, origin: str) -> bool:
    """Whether an origin, as a browser sends it, is the one of `pattern` or one of its subdomains."""
    before, star, after = pattern.partition("*")
    if not star:
        return origin == pattern
    is_around = origin.startswith(before) and origin.endswith(after) and len(origin) > len(before) + len(after)
    return is_around and _SUBDOMAINS.fullmatch(origin[len(before) : -len(after)]) is not None


def _network_name(text: str, host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    is_pattern = host.startswith("*.")
    try:
        name = host.removeprefix("*.").encode("idna").decode()
    except UnicodeError as error:
        raise _wrong(text, "its host is no name") from error
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise _wrong(text, "its host is no name")
    if is_pattern and (len(labels) < 2 or labels[-1].isdigit()):
        raise _wrong(text, "a star stands for the subdomains of a name with a dot in it, no others")
    return f"*.{name}" if is_pattern else name


def _wrong(text: str, reason: str) -> InvalidRequestError:
    return InvalidRequestError(f"{text[:100]!r} is no origin: {reason}; {_ADVICE}")
