"""A server that is killed leaves nobody behind: its port is free, and whoever keeps it running can start it again."""

from __future__ import annotations

import os
import select
import signal
import socket
from collections.abc import Callable
from http.client import HTTPConnection
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

from coplearn.serving.process import STOP_SECONDS
from tests.journeys.site import Site, serving
from tests.outbox.posting import mail_server, queue_note

BOUND_SECONDS = STOP_SECONDS + 10


def _kill_while_in_use(site: Site, theirs: Connection, ours: Connection) -> None:
    """Kill -9 the main process while a browser keeps a connection open; return once no process of the site is left."""
    theirs.close()
    address = urlsplit(site.url)
    browser = HTTPConnection(str(address.hostname), address.port)
    browser.request("GET", "/healthz")
    assert browser.getresponse().read()
    # Every process of the site holds the other end of the pipe as long as it lives.
    gone = select.poll()
    gone.register(ours, select.POLLIN)
    assert not gone.poll(0), "nobody holds the pipe"
    os.kill(site.pid, signal.SIGKILL)
    assert gone.poll(BOUND_SECONDS * 1000), "somebody outlives the server"
    browser.close()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind((address.hostname, address.port))


def test_killed_server_leaves_no_process_and_a_free_port(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    """Its workers and those who send the letters end by themselves, soon."""
    ours, theirs = Pipe(duplex=False)
    with mail_server() as post:
        app = make_app(mail="smtp", mail_server="127.0.0.1", mail_port=post.port)
        queue_note(app, "one", kind="account-welcome", params={"text": "Hello"})
        mail = {"COPLEARN_MAIL": "smtp", "COPLEARN_MAIL_SERVER": "127.0.0.1", "COPLEARN_MAIL_PORT": str(post.port)}

        def use() -> None:
            with serving(tmp_path, mail, kept=(theirs,)) as site:
                post.wait_for(1)
                _kill_while_in_use(site, theirs, ours)

        with pytest.raises(AssertionError, match="code -9"):
            use()
    ours.close()
