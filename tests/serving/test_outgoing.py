"""What leaves the site: never to this machine or a neighbour unless the operator named it, never for long, never much."""

from __future__ import annotations

import ast
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address
from pathlib import Path

import pytest
import requests
from requests.exceptions import RequestException

from coplearn.serving.outgoing import AddressRefused, is_open, limit

CODE = Path(__file__).resolve().parents[2] / "coplearn"
INSIDE = (
    "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254",
    "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1",
)  # fmt: skip
NEVER = (
    "169.254.169.254",
    "0.0.0.0",
    "224.0.0.1",
    "::",
    "fe80::1",
    "ff02::1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
)


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_is_open(address: str) -> None:
    """This machine, its neighbours, what clouds tell secrets by, and all of them in the disguises of IPv6."""
    assert not is_open(ip_address(address), named=False)


@pytest.mark.parametrize("address", NEVER)
def test_naming_opens_neighbours_and_not_everything(address: str) -> None:
    """A provider in the house may be named; no machine's own secrets, and nobody in particular."""
    assert is_open(ip_address("10.0.0.1"), named=True)
    assert is_open(ip_address("8.8.8.8"), named=False)
    assert not is_open(ip_address("8.8.8.8"), named=True, only_here=True)
    assert not is_open(ip_address(address), named=True)


@contextmanager
def trap(*pieces: bytes, pause: float = 0.0) -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine that notes who connects, and answers with those pieces (the last for ever, where there is a pause)."""
    met: list[bytes] = []
    over = threading.Event()

    def serve(server: socket.socket) -> None:
        while not over.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                met.append(connection.recv(65_536))
                try:
                    for piece in pieces:
                        connection.sendall(piece)
                    while pause and pieces and not over.wait(pause):
                        connection.sendall(pieces[-1])
                except OSError:
                    pass

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        yield server.getsockname()[1], met
        over.set()
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def session(*named: str, longest: float = 5.0, most: int = 1_000) -> requests.Session:
    """A session with the limits on it."""
    made = requests.Session()
    limit(made, named, longest=longest, most=most)
    return made


SPELLINGS = (
    "http://127.0.0.1:{0}/", "http://localhost:{0}/", "http://127.1:{0}/", "http://2130706433:{0}/", "http://0x7f000001:{0}/",
    "http://0177.0.0.1:{0}/", "http://0:{0}/", "http://0.0.0.0:{0}/", "http://[::1]:{0}/", "http://[::ffff:127.0.0.1]:{0}/",
    "https://127.0.0.1:{0}/", "https://localhost:{0}/", "https://127.1:{0}/", "https://[::ffff:7f00:1]:{0}/",
    "http://good.example@127.0.0.1:{0}/", "http://127.0.0.1:{0}#@good.example/", "file:///etc/passwd", "gopher://127.0.0.1:{0}/",
    "ftp://127.0.0.1:{0}/", "http://good.example\\@127.0.0.1:{0}/", "//127.0.0.1:{0}/", "HTTP://LOCALHOST:{0}/",
)  # fmt: skip


def test_no_spelling_of_this_machine_reaches_it() -> None:
    """Whatever stands in an address that somebody else wrote, nothing on this machine is connected to."""
    with trap(b"HTTP/1.1 200 OK\r\n\r\n") as (port, met):
        for spelling in SPELLINGS:
            with pytest.raises(RequestException):
                session("good.example").get(spelling.format(port))
        assert met == []


def targets() -> list[str]:
    """Addresses inside, each in every spelling that a resolver or a parser may take for it."""
    found = []
    for address in INSIDE:
        parsed = ip_address(address)
        if isinstance(parsed, IPv6Address):
            hosts = [f"[{parsed}]", f"[{parsed.exploded}]", f"[{str(parsed).upper()}]", f"[{parsed}%25lo]"]
        else:
            number, (a, b, c, d) = int(parsed), parsed.packed
            hosts = [
                f"{parsed}",
                f"{parsed}.",
                f"{number}",
                f"0x{number:x}",
                f"0{number:o}",
                f"{a}.{number & 0xFFFFFF}",
            ]
            hosts += [f"{a}.{b}.{c * 256 + d}", f"0x{a:x}.0x{b:x}.{c}.{d}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}"]
            hosts += [f"[::ffff:{parsed}]", f"[::{parsed}]", f"[64:ff9b::{parsed}]", f"good.example@{parsed}"]
            hosts += ["".join(chr(0xFF10 + int(one)) if one.isdigit() else "\u3002" for one in str(parsed))]
        found += [f"{scheme}://{host}:{port}/" for host in hosts for scheme, port in (("http", 80), ("https", 6379))]
    return found


def test_no_target_inside_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than three hundred spellings, with another host named and with none: nothing is connected to."""
    begun: list[object] = []

    def connect(_self: socket.socket, address: object) -> None:
        begun.append(address)
        raise ConnectionRefusedError

    real = socket.getaddrinfo

    def resolve(host: str, port: int, **_: object) -> object:
        # Whatever is no number is a name that somebody let mean this machine.
        try:
            return real(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except OSError:
            return real("127.0.0.1", port, type=socket.SOCK_STREAM)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    tried = targets()
    assert len(set(tried)) > 300
    asking = session("good.example")
    for target in tried:
        with pytest.raises(RequestException):
            asking.get(target)
    assert begun == []


def test_named_host_answers() -> None:
    """A host that the operator named is asked, without what the environment says of proxies, and without TLS here alone."""
    with trap(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") as (port, met):
        assert session("127.0.0.1").get(f"http://127.0.0.1:{port}/a").text == "hi"
        assert met[0].startswith(b"GET /a HTTP/1.1")


def test_name_that_means_another_machine_meanwhile_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that was looked at is the one connected to: a name is asked for once."""
    answers = iter(["93.184.215.14", "127.0.0.1"])
    real = socket.getaddrinfo

    def turning(host: str, port: int, **_: object) -> object:
        return real(next(answers), port, type=socket.SOCK_STREAM)

    monkeypatch.setattr(socket, "getaddrinfo", turning)
    reached: list[object] = []

    def connect(_self: socket.socket, address: tuple[object, ...]) -> None:
        reached.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(RequestException):
        session().get("https://rebinds.example/")
    assert reached == ["93.184.215.14"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    """Nobody leads the site on to another address."""
    with trap(b"HTTP/1.1 200 OK\r\n\r\n") as (inside, met):
        head = f"HTTP/1.1 {status} Go\r\nLocation: http://127.0.0.1:{inside}/\r\nContent-Length: 0\r\n\r\n".encode()
        with trap(head) as (port, _), pytest.raises(AddressRefused):
            session("127.0.0.1").get(f"http://127.0.0.1:{port}/")
        assert met == []


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "], ids=["body", "head"])
def test_answer_that_trickles_is_cut(head: bytes) -> None:
    """A byte now and then holds a thread for as long as it may and no longer, in the head of an answer as in its body."""
    with trap(head, b"a", pause=0.05) as (port, _):
        begun = time.monotonic()
        with pytest.raises(RequestException):
            session("127.0.0.1", longest=0.5).get(f"http://127.0.0.1:{port}/")
        assert time.monotonic() - begun < 3


def test_long_answer_is_not_read_to_its_end() -> None:
    """More than was allowed is refused, whatever its head said."""
    with trap(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5_000) as (port, _), pytest.raises(AddressRefused):
        session("127.0.0.1").get(f"http://127.0.0.1:{port}/")


WAYS_OUT = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httpx",
    "obstore",
    "requests",
    "smtplib",
    "socket",
    "urllib.request",
    "urllib3",
    "xmlrpc",
}
MAY = {
    "serving/outgoing.py": {"socket", "requests", "urllib3"},
    # The name of this machine, and a port to listen on.
    "outbox/queue.py": {"socket"},
    "starting.py": {"socket"},
    # Whether the site's own port answers: nobody restores, or brings a site in, under a running one.
    "serving/answering.py": {"socket"},
    # Mail, to the one server that the operator set.
    "outbox/mail.py": {"smtplib"},
    # The name of an error; its sessions are limited by serving/outgoing.py.
    "providers/client.py": {"requests"},
    # Looks once a week whether links of listed resources are there, within those limits.
    "resources/hub/client.py": {"requests"},
    # Learning platforms, other programs' webhooks and the other LRS: the name of an error, and of what those limits lend.
    "lti/client/asking.py": {"requests"},
    "lti/client/registering.py": {"requests"},
    "webhooks/client.py": {"requests"},
    "xapi/client.py": {"requests"},
    # The one object store that the operator set.
    "files/stores.py": {"obstore"},
}


def test_one_module_opens_connections() -> None:
    """What else is imported that could ask another server would go round the limits."""
    found: dict[str, set[str]] = {}
    # Most files are seen to name none without being read as code.
    roots = {way.partition(".")[0] for way in WAYS_OUT}
    may_name = re.compile(rf"^\s*(?:import|from)\s+(?:{'|'.join(sorted(roots))})\b", re.MULTILINE)
    for path in CODE.rglob("*.py"):
        named: set[str] = set()
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if may_name.search(text) else ():
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            named |= {way for way in WAYS_OUT for module in modules if f"{module}.".startswith(f"{way}.")}
        if named:
            found[path.relative_to(CODE).as_posix()] = named
    assert {place: ways - MAY.get(place, set()) for place, ways in found.items() if ways - MAY.get(place, set())} == {}
