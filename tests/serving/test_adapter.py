"""Through the server an application is asked and answers as WSGI has it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.serving.plain import LARGE, application, serving_plainly
from tests.serving.raw import Answer, ask, dial, get, rest_of

CLOSE = b"Host: h.example:99\r\nConnection: close\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The server, with a small room for bodies."""
    with serving_plainly(tmp_path_factory.mktemp("plain"), {"room": 100_000}, threads=2) as found:
        yield found


def told(answer: Answer) -> dict[str, Any]:
    """What the application was asked."""
    assert answer.status == 200, answer
    found: dict[str, Any] = json.loads(answer.body)
    return found


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("GET", "/", b"", {}),
        ("GET", "/a/b?q=1&q=2&empty=", b"", {"Accept-Language": "ar, en;q=0.5"}),
        ("GET", "/a%2Fb/%C3%A9/%00//x", b"", {}),
        ("GET", "/?q=%20a%2Bb", b"", {"Cookie": "a=1; b=2"}),
        ("POST", "/form", b"a=1&b=%20", {"Content-Type": "application/x-www-form-urlencoded"}),
        ("POST", "/form", b"", {"Content-Type": "text/plain"}),
        ("PUT", "/upload", bytes(200_000), {"Content-Type": "application/octet-stream"}),
        ("DELETE", "/one", b"", {"X-Forwarded-For": "10.1.2.3"}),
        ("OPTIONS", "/one", b"", {}),
    ],
)
def test_application_is_asked_as_wsgi_has_it(
    port: int, method: str, path: str, body: bytes, headers: dict[str, str]
) -> None:
    """A request through sockets and one without are the same to the application."""
    lines = {"Host": "h.example:99", **headers, **({"Content-Length": str(len(body))} if body else {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    got = told(ask(port, f"{method} {path} HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode() + body))
    builder = EnvironBuilder(
        path, "http://h.example:99/", method=method, headers=[*headers.items(), ("Connection", "close")]
    )
    builder.input_stream = BytesIO(body)
    builder.content_length = len(body)
    environ = {**builder.get_environ(), "REMOTE_ADDR": "127.0.0.1", "CONTENT_LENGTH": str(len(body)) if body else ""}
    want = json.loads(b"".join(run_wsgi_app(application, environ)[0]))
    if not body:
        # An absent length and one of nothing are the same.
        got["CONTENT_LENGTH"] = want["CONTENT_LENGTH"] = ""
    assert got == want


def test_path_that_is_no_text_keeps_its_bytes(port: int) -> None:
    """As PEP 3333 has it: each byte as one character."""
    assert told(ask(port, get("/%ff%2Fx")))["PATH_INFO"] == "/\xff/x"


def test_repeated_headers_are_joined_and_forged_ones_are_not_heard(port: int) -> None:
    """Cookies by a semicolon, others by a comma; a name with an underscore cannot pass for a proxy's header."""
    extra = b"Cookie: a=1\r\nCookie: b=2\r\nX-Two: 1\r\nX-Two: 2\r\nX_Forwarded_For: 6.6.6.6\r\nX-Latin: caf\xe9\r\n"
    found = told(ask(port, b"GET / HTTP/1.1\r\n" + CLOSE + extra + b"\r\n"))
    assert found["HTTP_COOKIE"] == "a=1; b=2"
    assert found["HTTP_X_TWO"] == "1,2"
    assert found["HTTP_X_LATIN"] == "caf\xe9"
    assert "HTTP_X_FORWARDED_FOR" not in found


def test_body_in_chunks_has_a_length_when_it_is_there(port: int) -> None:
    """The application reads it like any other."""
    head = b"POST / HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n"
    found = told(ask(port, head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
    assert found["CONTENT_LENGTH"] == "5" and found["body"] == hashlib.sha256(b"abcde").hexdigest()
    assert "HTTP_TRANSFER_ENCODING" not in found


def test_who_asks_before_sending_is_told_to_go_on(port: int) -> None:
    """Expect: 100-continue is answered before the body comes; a body that is too long is refused without it."""
    head = b"POST / HTTP/1.1\r\n" + CLOSE + b"Expect: 100-continue\r\nContent-Length: "
    with dial(port, head + b"4\r\n\r\n") as end:
        assert end.recv(1000).startswith(b"HTTP/1.1 100 ")
        end.sendall(b"body")
        assert b'"length": 4' in rest_of(end)
    with dial(port, head + b"400000\r\n\r\n") as end:
        assert end.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_answer_keeps_its_headers(port: int) -> None:
    """Those that stand twice, those beyond ASCII, and none for an answer without a body."""
    answer = ask(port, get("/"))
    assert answer.all("set-cookie") == ["a=1", "b=2"] and answer.all("x-latin") == ["caf\xe9"]
    empty = ask(port, get("/empty"))
    assert (empty.status, empty.body) == (204, b"")


def test_head_has_no_body(port: int) -> None:
    """Only what GET would say about it."""
    answer = ask(port, b"HEAD / HTTP/1.1\r\n" + CLOSE + b"\r\n")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("path", ["/large", "/pieces"])
def test_large_answers_arrive_whole(port: int, path: str) -> None:
    """Whether the application makes them at once or piece by piece."""
    answer = ask(port, get(path))
    assert answer.body == LARGE and answer.all("content-length") == [str(len(LARGE))]


def test_what_was_written_comes_first(port: int) -> None:
    """The old way of WSGI to answer is kept."""
    assert ask(port, get("/written")).body == b"first, second"


def test_fault_in_the_application_is_a_sentence(port: int) -> None:
    """And the thread lives to answer the next."""
    for _ in range(4):
        answer = ask(port, get("/fault"))
        assert answer.status == 500 and b"Please try again" in answer.body
    assert ask(port, get("/")).status == 200


def test_connection_is_kept_for_the_next_request(port: int) -> None:
    """Two requests on one line, the first with a body."""
    first = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
    with dial(port, first + get("/empty")) as end:
        found = rest_of(end)
    assert found.count(b"HTTP/1.1 200 ") == 1 and found.count(b"HTTP/1.1 204 ") == 1


def test_old_clients_are_answered(port: int) -> None:
    """HTTP/1.0 without a host."""
    assert told(ask(port, b"GET /old HTTP/1.0\r\n\r\n"))["SERVER_PROTOCOL"] == "HTTP/1.0"
