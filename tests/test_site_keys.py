"""Site keys: which origins they are for, how they are kept, and how often is often enough."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.database import Database
from qa_service.errors import InvalidRequestError, SiteKeyNotFoundError
from qa_service.sites.keys import USUAL_RATE, SiteKeys
from qa_service.sites.origins import is_match, parse_origin
from qa_service.sites.rates import Rate


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "store.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def keys(database: Database) -> SiteKeys:
    return SiteKeys(database)


# --- origins ---


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://example.org", "https://example.org"),
        ("  HTTPS://Example.ORG/  ", "https://example.org"),
        ("https://example.org:443", "https://example.org"),
        ("http://example.org:80", "http://example.org"),
        ("http://example.org:443", "http://example.org:443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("http://[::1]:8001", "http://[::1]:8001"),
        ("https://*.example.org", "https://*.example.org"),
        ("https://*.docs.example.org:8443", "https://*.docs.example.org:8443"),
        ("https://пример.бел", "https://xn--e1afmkfd.xn--90ais"),
        ("https://*.пример.бел", "https://*.xn--e1afmkfd.xn--90ais"),
    ],
)
def test_origins_are_kept_as_browsers_send_them(given: str, expected: str) -> None:
    assert parse_origin(given) == expected


@pytest.mark.parametrize(
    "given",
    [
        *("", "null", "*", "example.org", "//example.org", "file:///home/me/page.html", "file://", "about:blank"),
        *(
            "chrome-extension://abcdefgh",
            "javascript://x",
            "https://",
            "https://*",
            "https://*.org",
            "https://*.1.2.3.4",
        ),
        *("https://example.org/docs", "https://example.org?x", "https://example.org#x", "https://me@example.org"),
        *("https://a.*.example.org", "https://exa*mple.org", "https://-", "https://example..org", "https://[::1"),
        *("https://example.org:99999", "https://example.org:x", "https://exa mple.org", "https://*.*.example.org"),
    ],
)
def test_what_is_no_origin_is_refused(given: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"is no origin: .*such as https://example\.org"):
        parse_origin(given)


@pytest.mark.parametrize(
    ("pattern", "origin", "expected"),
    [
        ("https://example.org", "https://example.org", True),
        ("https://example.org", "http://example.org", False),
        ("https://example.org", "https://example.org:8443", False),
        ("https://example.org", "https://example.org.evil.example", False),
        ("https://example.org", "null", False),
        ("https://*.example.org", "https://docs.example.org", True),
        ("https://*.example.org", "https://a.b.example.org", True),
        ("https://*.example.org", "https://example.org", False),
        ("https://*.example.org", "https://.example.org", False),
        ("https://*.example.org", "https://evilexample.org", False),
        ("https://*.example.org", "https://evil.example/.example.org", False),
        ("https://*.example.org", "https://evil.example#.example.org", False),
        ("https://*.example.org", "https://me@a.example.org", False),
        ("https://*.example.org", "https://a.example.org:444", False),
        ("https://*.example.org:444", "https://a.example.org:444", True),
        ("https://*.example.org", "https://*.example.org", False),
        ("https://*.example.org", "", False),
    ],
)
def test_which_pages_a_pattern_is_for(pattern: str, origin: str, expected: bool) -> None:
    assert is_match(pattern, origin) is expected


@given(st.text(max_size=30))
def test_any_text_is_an_origin_that_stays_or_a_clear_error(text: str) -> None:
    try:
        parsed = parse_origin(text)
    except InvalidRequestError:
        return
    assert parse_origin(parsed) == parsed
    assert "*" in parsed or is_match(parsed, parsed)


# --- rates ---


@pytest.mark.parametrize(
    ("text", "count", "seconds"),
    [("30/minute", 30, 60), (" 5 / seconds ", 5, 1), ("2000/day", 2000, 86_400), ("1/hour", 1, 3_600)],
)
def test_rates(text: str, count: int, seconds: int) -> None:
    rate = Rate.parse(text)
    assert (rate.count, rate.seconds) == (count, seconds)
    assert Rate.parse(str(rate)) == rate


@pytest.mark.parametrize(
    "text", ["", "30", "0/minute", "-1/minute", "1.5/minute", "30/week", "many/minute", "٣/minute"]
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as 30/minute"):
        Rate.parse(text)


# --- keys ---


def test_key_is_kept_until_it_is_revoked_and_is_still_listed_then(keys: SiteKeys, database: Database) -> None:
    key = keys.create("  Дакументы\n«Зубр» ", ["https://example.org", "https://example.org/", "https://*.a.org"])
    assert key.key.startswith("pk_")
    assert len(key.key) == 3 + 24
    assert (key.name, key.rate) == ("Дакументы «Зубр»", USUAL_RATE)
    assert key.origins == ("https://example.org", "https://*.a.org")
    other = SiteKeys(database)
    assert other.find(key.key) == key
    assert other.is_listed("https://b.a.org")
    revoked = keys.revoke(key.key)
    assert revoked.revoked_at is not None
    assert keys.revoke(key.key) == revoked, "the time of the first revocation stays"
    assert not other.is_listed("https://b.a.org")
    assert other.all() == [revoked]
    assert other.find("pk_other") is None
    with pytest.raises(SiteKeyNotFoundError, match=r"'pk_other'.*keys list"):
        keys.revoke("pk_other")


@pytest.mark.parametrize(
    ("name", "origins", "words"),
    [(" \n", ["https://a.org"], "the name has 0"), ("x" * 201, ["https://a.org"], "201"), ("x", [], "no origin")],
)
def test_key_that_cannot_be_made(keys: SiteKeys, name: str, origins: list[str], words: str) -> None:
    with pytest.raises(InvalidRequestError, match=words):
        keys.create(name, origins)
    assert keys.all() == []
