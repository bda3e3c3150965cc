"""The one way out: whatever this site asks of another server by HTTP goes through here, with limits it cannot get around.

Only to addresses of the public internet, besides hosts that the operator named; https, but to this machine itself; no
redirect is followed, no proxy taken from the environment, and nothing may take long or send much. What an address leads to
is looked at on the very connection that is then used, so that no name can mean another machine a moment later.
"""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any, Final

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as NotConnected
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 8.0
"""Seconds that one request and its answer may take in all."""
MOST: Final = 1_000_000
"""Bytes of an answer."""
_CONNECT: Final = 3.0
_HIDING: Final = (
    IPv6Network("::/96"),
    IPv6Network("64:ff9b::/96"),
    IPv6Network("64:ff9b:1::/48"),
    IPv6Network("2002::/16"),
    IPv6Network("2001::/32"),
)
"""IPv6 addresses in which one of IPv4 stands: where a packet to them comes out, nobody here knows."""

_guards: ContextVar[list[socket.socket] | None] = ContextVar("guards", default=None)


class AddressRefused(NotConnected):
    """An answer that is too long or leads elsewhere."""


def is_open(address: IPv4Address | IPv6Address, *, named: bool, only_here: bool = False) -> bool:
    """Whether this site may connect to that address: a public one, or a private one of a host that the operator ``named``.

    Never what is link-local (clouds tell a machine's secrets there), means everybody, or means this machine by another
    name. With ``only_here``, as without https, this machine alone.
    """
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if only_here:
        return named and address.is_loopback
    if address.is_loopback:
        return named
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    if isinstance(address, IPv6Address) and any(address in network for network in _HIDING):
        return False
    return address.is_global or (named and address.is_private)


def limit(session: Session, named: Iterable[str] = (), *, longest: float = LONGEST, most: int = MOST) -> None:
    """Put the limits on a session of ``requests``. ``named`` are hosts that the operator wrote into the settings."""
    session.trust_env = False
    adapter = _Limited(frozenset(host.lower() for host in named), longest, most)
    session.adapters.clear()
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter)


class _Limited(HTTPAdapter):
    def __init__(self, named: frozenset[str], longest: float, most: int) -> None:
        self._named, self._longest, self._most = named, longest, most
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools, whose connections look before they connect."""
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = _pools(self._named)

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Send within the limits and read the whole answer. Raises RequestException when that cannot be."""
        # Nothing to unpack: little could become much.
        request.headers["Accept-Encoding"] = "identity"
        ends = time.monotonic() + self._longest
        with _closed_after(self._longest):
            response = super().send(request, stream=True, timeout=(_CONNECT, self._longest), verify=True)
            try:
                if 300 <= response.status_code < 400:
                    raise AddressRefused("The answer leads elsewhere.", request=request)
                body = self._read(response, ends)
            except HTTPError as error:
                raise NotConnected(error, request=request) from error
            finally:
                response.close()
        response.raw = io.BytesIO(body)
        return response

    def _read(self, response: Response, ends: float) -> bytes:
        body = bytearray()
        for piece in response.raw.stream(16_384, decode_content=False):
            body += piece
            if len(body) > self._most:
                raise AddressRefused(f"The answer is longer than {self._most} bytes.", request=response.request)
            if time.monotonic() > ends:
                break
        if time.monotonic() > ends:
            # What was cut looks like an end.
            raise AddressRefused("The answer takes too long.", request=response.request)
        return bytes(body)


@contextmanager
def _closed_after(seconds: float) -> Iterator[None]:
    """Connections begun inside are cut when the time is over, however slowly something still comes through them."""
    guards: list[socket.socket] = []
    token = _guards.set(guards)
    timer = threading.Timer(seconds, _cut, (guards,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        _guards.reset(token)
        for guard in guards:
            guard.close()


def _cut(guards: list[socket.socket]) -> None:
    for guard in guards:
        with suppress(OSError):
            guard.shutdown(socket.SHUT_RDWR)


def _pools(named: frozenset[str]) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(
                self.host, self.port, lambda found, known: is_open(found, named=known, only_here=True), named
            )

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self.host, self.port, lambda found, known: is_open(found, named=known), named)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connect(
    host: str, port: int, may: Callable[[IPv4Address | IPv6Address, bool], bool], named: frozenset[str]
) -> socket.socket:
    """A connection to the first address of the host that may be connected to. Raises OSError when there is none."""
    known = host.strip("[]").lower() in named
    failed: OSError = PermissionError(f"No connection to {host} is allowed.")
    try:
        addresses = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        # A host with an empty or an endless label.
        raise OSError(f"No host is named {host}.") from error
    for family, kind, protocol, _, address in addresses:
        if not may(ip_address(str(address[0]).partition("%")[0]), known):
            continue
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(_CONNECT)
            connection.connect(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connection.close()
            failed = error
            continue
        guards = _guards.get()
        if guards is not None:
            # TLS takes the socket itself over, so another handle on the same connection is kept.
            guards.append(connection.dup())
        return connection
    raise failed
