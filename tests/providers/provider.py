"""A provider of OpenID Connect as a process of its own (``oidc-provider-mock``), and somebody who signs in with it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
from flask import Flask
from werkzeug.test import TestResponse

from coplearn.settings import Named
from tests.accounts.persona import Visitor


@contextmanager
def running_provider() -> Iterator[str]:
    """The issuer of a provider that runs meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"],
        env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1", "NO_COLOR": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        assert any("running on" in line for line in process.stderr), "it ended"
        # What it writes from here on is read, so that it never waits for a reader.
        reader = threading.Thread(target=process.stderr.read)
        reader.start()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)
    reader.join()
    process.stderr.close()


def named(issuer: str, **more: str) -> Named:
    """The settings of a provider called ministry."""
    values = {"ISSUER": issuer, "CLIENT_ID": "coplearn", "CLIENT_SECRET": "s3cret", "LABEL": "The Ministry"} | more
    return tuple((f"MINISTRY_{name}", value) for name, value in values.items())


def put_user(issuer: str, subject: str, **claims: object) -> None:
    """Let the provider know a person, and say those claims of them."""
    requests.put(f"{issuer}/users/{subject}", json=claims, timeout=5).raise_for_status()


class Comer(Visitor):
    """Somebody who signs in with the provider."""

    def __init__(self, app: Flask, name: str = "ministry") -> None:
        super().__init__(app)
        self.name = name

    def leave(self, query: str = "") -> str:
        """Press the provider's button; the address that the browser is sent to."""
        answer = self.get(f"/en/sign-in/with/{self.name}{query}")
        assert answer.status_code == 302
        return str(answer.location)

    def allow(self, address: str, subject: str) -> str:
        """Be somebody there, and say yes; the address back, without its host."""
        answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    def come(self, subject: str, query: str = "") -> TestResponse:
        """The whole way there and back."""
        return self.get(self.allow(self.leave(query), subject))

    def told(self) -> str:
        """The page with what the site has to say."""
        return self.get("/en/sign-in").text
