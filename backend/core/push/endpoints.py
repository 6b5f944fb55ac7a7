"""Endpoints that users give are addresses that this server calls: only where push services are, never into a house.

https, a host on the list, and each time it is called all addresses of the name must be public; the connection goes to
the one that was looked at. Redirects are not followed.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


class EndpointRefused(Exception):
    """Not an address that this server calls. Says nothing of it."""


class HostUnknown(Exception):
    """The name leads nowhere now."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint in its parts; `target` is path and query, which are a secret."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """As a VAPID claim names it."""
        standard = 443 if self.scheme == "https" else 80
        return f"{self.scheme}://{self.host}" + ("" if self.port == standard else f":{self.port}")


def read(url: str) -> Endpoint:
    """The endpoint, if its form and its host are what is called at all. Raises `EndpointRefused`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise EndpointRefused from None
    host = (parts.hostname or "").lower()
    if parts.username is not None or parts.password is not None or "\\" in url or parts.fragment:
        raise EndpointRefused
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if settings.PUSH_LOOPBACK and host == "127.0.0.1" and parts.scheme == "http":
        return Endpoint("http", host, port or 80, target)
    if parts.scheme != "https" or not _HOST.fullmatch(host) or not _is_listed(host, port or 443):
        raise EndpointRefused
    return Endpoint("https", host, port or 443, target)


def resolve(endpoint: Endpoint) -> str:
    """The one IP address to connect to. Raises `EndpointRefused` if any of the name's is not public, `HostUnknown`."""
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise HostUnknown from None
    addresses = [str(row[4][0]).partition("%")[0] for row in found]
    if settings.PUSH_LOOPBACK and endpoint.scheme == "http":
        return addresses[0]
    if not addresses or not all(is_public(one) for one in addresses):
        raise EndpointRefused
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address is somebody's on the open net, also when it is written inside another."""
    there = ipaddress.ip_address(address)
    if isinstance(there, ipaddress.IPv6Address):
        if there.ipv4_mapped:  # which is that address, and nothing else
            return is_public(str(there.ipv4_mapped))
        inner = there.sixtofour or (there.teredo[1] if there.teredo else None)
        if inner is None and there in _NAT64:
            inner = ipaddress.IPv4Address(int(there) & 0xFFFFFFFF)
        if inner is not None and not is_public(str(inner)):
            return False
    return there.is_global and not (there.is_multicast or there.is_reserved or there.is_unspecified)


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _is_listed(host: str, port: int) -> bool:
    """`push.example` is that host on port 443; `*.push.example` all below it; `push.example:8443` that port."""
    for entry in settings.PUSH_HOSTS:
        name, _, given = entry.lower().partition(":")
        if int(given or 443) != port:
            continue
        if name == host or (name.startswith("*.") and host.endswith(name[1:])):
            return True
    return False
