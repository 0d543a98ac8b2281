"""The network is closed while tests run: only this machine can be reached."""

import ipaddress
import socket
from typing import Any

import pytest

__all__ = ["NetworkClosed", "close_network"]


class NetworkClosed(Exception):
    """A test tried to reach another machine."""


def close_network(patch: pytest.MonkeyPatch) -> None:
    """Let Python's sockets connect, send and look up names on loopback only.

    Not closed: libraries that open sockets in C (libpq, libuv) and other processes; no test points them outside.
    """
    for method in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))
    look_up = socket.getaddrinfo

    def guarded_look_up(host: Any, *rest: Any, **options: Any) -> Any:
        if host and not _is_here(host) and not _is_wildcard(host):
            raise NetworkClosed(f"tests do not look up {host!r}")
        return look_up(host, *rest, **options)

    patch.setattr(socket, "getaddrinfo", guarded_look_up)


def _guarded(original: Any) -> Any:
    def method(self: socket.socket, *arguments: Any) -> Any:
        address = arguments[-1]
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
            raise NetworkClosed(f"tests do not reach {address[0]!r}")
        return original(self, *arguments)

    return method


def _is_here(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _is_wildcard(host: str | bytes) -> bool:
    """Whether a server listens with it on every address."""
    return host in ("0.0.0.0", "::", b"0.0.0.0", b"::")
