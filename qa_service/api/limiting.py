"""How often who may ask, and who it is: the address that a request really comes from."""

import math
import time
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from limits import (
    RateLimitItem,
    RateLimitItemPerDay,
    RateLimitItemPerHour,
    RateLimitItemPerMinute,
    RateLimitItemPerSecond,
)
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from qa_service.errors import RateLimitedError
from qa_service.sites.rates import Rate

_ITEMS: dict[str, type[RateLimitItem]] = {
    "second": RateLimitItemPerSecond,
    "minute": RateLimitItemPerMinute,
    "hour": RateLimitItemPerHour,
    "day": RateLimitItemPerDay,
}
_ONE_HOUSEHOLD = 64
"""Bits of an IPv6 address that one visitor's addresses have in common."""


class Limits:
    """Counts requests in memory: a new process begins anew. Within any stretch of the rate's unit there are no more."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def require(self, rate: Rate, *who: str) -> None:
        """Count one more request. Raises RateLimitedError, which counts nothing, where that is too many."""
        item = _ITEMS[rate.unit](rate.count)
        if self._limiter.hit(item, *who):
            return
        seconds = max(1, math.ceil(self._limiter.get_window_stats(item, *who).reset_time - time.time()))
        message = f"asked too often: {rate.count} times a {rate.unit} are allowed; try again in {seconds} s"
        raise RateLimitedError(message, seconds)


def client_address(peer: str | None, forwarded: Sequence[str], proxies: Sequence[str]) -> str:
    """Return the address that counts: the peer's, or behind proxies that are trusted the one they got the request from.

    `forwarded` holds the values of X-Forwarded-For, to which every proxy adds on the right whom it heard from; what
    stands left of the first that is not trusted may be made up. Of an IPv6 address its network counts.
    """
    hops = [hop.strip() for value in forwarded for hop in value.split(",")]
    networks = [ip_network(proxy, strict=False) for proxy in proxies]
    address = _parsed(peer or "")
    while address is not None and hops and any(address in network for network in networks):
        heard_from = _parsed(hops.pop())
        if heard_from is None:
            break
        address = heard_from
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _ONE_HOUSEHOLD), strict=False))
    return str(address) if address else "unknown"


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address.strip("[]"))
    except ValueError:  # a socket's path, or "unknown", which proxies may write
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed
