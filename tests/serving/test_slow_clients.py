"""Whoever is slow or silent waits alone: nobody else does, and not for ever."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.journeys.site import Site, serving
from tests.serving.plain import LARGE, serving_plainly
from tests.serving.raw import LONGEST, ask, dial, get, half, many_files, parsed, rest_of

HALF, IDLE = 200, 1_000
FORM = b"POST /en/sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 3\r\n\r\na=b"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site as `coplearn serve` runs it."""
    with serving(tmp_path_factory.mktemp("site"), {"COPLEARN_JOBS_HERE": "0"}) as found:
        yield found


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server with one thread and little patience."""
    limits = {"head_seconds": 0.5, "piece_seconds": 1, "body_seconds": 2, "bytes_a_second": 50_000, "reader_seconds": 1}
    with serving_plainly(tmp_path_factory.mktemp("strict"), limits) as port:
        yield port


@pytest.fixture(scope="module")
def crammed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that lets three bodies wait, and a quarter of a megabyte."""
    with serving_plainly(tmp_path_factory.mktemp("crammed"), {"waiting_bodies": 3, "waiting_bytes": 250_000}) as port:
        yield port


def nothing_yet(end: socket.socket) -> bool:
    """Whether nobody has answered there."""
    end.setblocking(False)
    try:
        end.recv(1)
    except BlockingIOError:
        return True
    return False


def port_of(site: Site) -> int:
    """Where it listens."""
    return int(site.url.rpartition(":")[2])


def answered(ends: Sequence[socket.socket], number: int) -> list[socket.socket]:
    """Those who have an answer, as soon as there are so many."""
    found: list[socket.socket] = []
    while len(found) < number:
        ready, _, _ = select.select([end for end in ends if end not in found], [], [], LONGEST)
        assert ready, "nobody is answered"
        found += ready
    return found


def test_slow_and_silent_clients_hold_nobody_up(site: Site) -> None:
    """200 half-sent bodies and 1,000 idle connections, and every page and form is answered."""
    port = port_of(site)
    with many_files(2 * (HALF + IDLE)), ExitStack() as held:
        for _ in range(IDLE):
            held.enter_context(dial(port))
        ends = [held.enter_context(dial(port, half("/en/sign-in"))) for _ in range(HALF)]
        assert [ask(port, get(path)).status for path in ("/en/", "/healthz", "/ar/") * 5] == [200] * 15
        # The form has no token, so it is refused; what counts is that it was read.
        assert ask(port, FORM).status == 400
        # And it was for those who are slow that the site did not wait.
        assert any(nothing_yet(end) for end in ends)


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_body_that_is_too_long_is_refused_on_a_page_in_the_readers_language(site: Site, lang: str) -> None:
    """At once, before any of it is read."""
    with dial(port_of(site), half(f"/{lang}/sign-in", 600_000)) as end:
        answer = parsed(rest_of(end))
    assert answer.status == 413 and answer.all("connection") == ["close"]
    assert f'lang="{lang}"'.encode() in answer.body and b"<h1" in answer.body
    assert answer.all("content-security-policy")


def test_upload_from_nobody_has_no_more_room_than_a_form(site: Site) -> None:
    """A recording comes from somebody who is signed in."""
    with dial(port_of(site), half("/en/cohorts/any/teach-backs/any", 5_000_000)) as end:
        assert parsed(rest_of(end)).status == 413


def test_silent_body_is_refused_in_time(strict: int) -> None:
    """With a sentence, and the connection ends."""
    with dial(strict, half("/")) as end:
        answer = parsed(rest_of(end))
    assert answer.status == 408 and b"took too long" in answer.body and answer.all("connection") == ["close"]


def test_dripped_body_is_refused_in_time(strict: int) -> None:
    """A byte now and then does not keep it alive."""
    with dial(strict, half("/")) as end:
        while not select.select([end], [], [], 0.1)[0]:
            end.sendall(b"a")
        assert end.recv(4_096).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: lo", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_silent_connection_is_closed_in_time(strict: int, sent: bytes) -> None:
    """Before the first byte, in the middle of a head, and after an answer."""
    with dial(strict, sent) as end:
        found = rest_of(end)
    assert found.startswith(b"HTTP/1.1 200 ") == sent.endswith(b"\r\n\r\n")


def test_readers_who_do_not_read_hold_no_thread_and_are_given_up(strict: int) -> None:
    """Twenty of them, one thread: a page is answered. Then their connections end, and the answer was not all sent."""
    with ExitStack() as held:
        ends = [held.enter_context(dial(strict, get(path))) for path in ("/large", "/pieces") * 10]
        assert [ask(strict, get("/")).status for _ in range(3)] == [200] * 3
        # One request is open in the end: the one that asks.
        while int(ask(strict, get("/open")).body) > 1:
            pass
        assert max(len(rest_of(end)) for end in ends) < len(LARGE)


def test_oldest_bodies_make_room_for_newer_ones(crammed: int) -> None:
    """Three may wait, two more push two out; who sends a whole body is taken all the same."""
    with ExitStack() as held:
        ends = [held.enter_context(dial(crammed, half("/"))) for _ in range(5)]
        assert [parsed(rest_of(end)).status for end in answered(ends, 2)] == [503, 503]
        whole = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"
        assert ask(crammed, whole).status == 200


def test_unfinished_bodies_take_only_so_much_space(crammed: int) -> None:
    """Of three with 100,000 bytes each, one is given up."""
    with ExitStack() as held:
        ends = [held.enter_context(dial(crammed, half("/upload", 400_000))) for _ in range(3)]
        for end in ends:
            end.sendall(bytes(100_000))
        assert parsed(rest_of(*answered(ends, 1))).status == 503


def test_body_that_breaks_off_reaches_nobody(crammed: int) -> None:
    """Half a form is not worked on, and the next one is."""
    with dial(crammed, half("/")) as end:
        end.shutdown(socket.SHUT_WR)
        found = rest_of(end)
    assert not found or parsed(found).status == 400
    assert ask(crammed, get("/")).status == 200


def test_pages_of_those_who_left_are_not_made(tmp_path: Path) -> None:
    """The one thread is busy; of those who ask meanwhile most leave, and only the others have pages made."""
    with serving_plainly(tmp_path) as port, dial(port, get("/wait")) as first:
        assert first
        with ExitStack() as held:
            stay = [held.enter_context(dial(port, get("/count"))) for _ in range(20)]
            for _ in range(100):
                dial(port, get("/count")).close()
            made = [int(parsed(rest_of(end)).body) for end in stay]
    assert max(made) < 60


def test_stopping_server_waits_for_nobody_who_is_silent(tmp_path: Path) -> None:
    """Half a body is refused, an idle connection closed, and a page that is being made is still sent."""
    with ExitStack() as held:
        with serving_plainly(tmp_path) as port:
            silent = [held.enter_context(dial(port, sent)) for sent in [b"", half("/")] * 20]
            page = held.enter_context(dial(port, get("/wait")))
            # One thread: while it makes that page, the server takes what comes and answers nobody else.
            assert ask(port, half("/", 600_000)).status in {413, 503}
        assert parsed(rest_of(page)).status == 200
        assert {parsed(found).status for end in silent if (found := rest_of(end))} == {503}


def test_server_does_without_uvloop(tmp_path: Path) -> None:
    """Where there is none, Python's own event loop does it."""
    with serving_plainly(tmp_path, {"piece_seconds": 0.2}, uvloop=False) as port, dial(port, half("/")) as end:
        assert ask(port, get("/large")).body == LARGE
        assert parsed(rest_of(end)).status == 408
