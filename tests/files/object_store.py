"""An object store that speaks S3, on this machine: a server a test process, a user with a bucket, and a line that can be cut."""

from __future__ import annotations

import atexit
import json
import re
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from secrets import token_hex
from threading import Thread
from typing import Final

import requests

from tests.durability.proxies import program, running
from tests.journeys.site import free_port

_BUCKET, _OTHERS, _NOBODYS = "site", "others", "nobodys"
_MAY: Final = [f"arn:aws:s3:::{bucket}{files}" for bucket in (_BUCKET, _NOBODYS) for files in ("", "/*")]
_POLICY: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": _MAY}],
}
_AS_ANYBODY: Final = {"Authorization": "AWS4-HMAC-SHA256 Credential=a/20261202/us-east-1/iam/aws4_request"}


class Line:
    """A line to a server on this machine, which can be cut while it is in use. It is cut until it is mended."""

    def __init__(self, to: int) -> None:
        self.port, self._to = free_port(), to
        self._ends: list[socket.socket] = []
        self._taking = Thread()

    def mend(self) -> None:
        """Take connections from here on."""
        listening = socket.create_server(("127.0.0.1", self.port))
        self._ends = [listening]
        self._taking = Thread(target=self._take, args=(listening,), daemon=True)
        self._taking.start()

    def cut(self) -> None:
        """End all that are there, and refuse new ones."""
        _end(self._ends[0])
        # The port is free when nobody waits at it any more, and no connection is on its way to the list.
        self._taking.join()
        for end in self._ends:
            _end(end)

    def _take(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, there = listening.accept()[0], socket.create_connection(("127.0.0.1", self._to))
                self._ends += here, there
                for one, other in ((here, there), (there, here)):
                    Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while piece := one.recv(1 << 16):
            other.sendall(piece)
        other.shutdown(socket.SHUT_WR)


class S3:
    """A folder of a test's own in the bucket, behind a line."""

    not_allowed, not_there = f"s3://{_OTHERS}", f"s3://{_NOBODYS}"
    """A bucket of somebody else's, and one that nobody has made."""

    def __init__(self) -> None:
        port, variables = _server()
        self.line = Line(port)
        self.line.mend()
        self.variables = {**variables, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.line.port}"}
        self.url = f"s3://{_BUCKET}/{token_hex(4)}"

    @contextmanager
    def asking_who(self) -> Iterator[None]:
        """See to it that signatures are compared meanwhile."""
        # Lists are refused then: not every moto reads their addresses as they were signed.
        self._allow_without("0")
        try:
            yield
        finally:
            self._allow_without("inf")

    def _allow_without(self, requests_without: str) -> None:
        address = f"{self.variables['AWS_ENDPOINT_URL']}/moto-api/reset-auth"
        requests.post(address, requests_without, timeout=60).raise_for_status()


@cache
def _server() -> tuple[int, Mapping[str, str]]:
    """The port of the server, and the variables of who may use the bucket."""
    port, stack = free_port(), ExitStack()
    atexit.register(stack.close)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coplearn-s3-")))
    command = [program("moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    stack.enter_context(running(command, folder / "log", port))
    address = f"http://127.0.0.1:{port}"
    for bucket in (_BUCKET, _OTHERS):
        requests.put(f"{address}/{bucket}", timeout=60).raise_for_status()

    def ask(action: str, **more: str) -> str:
        form = {"Action": action, "Version": "2010-05-08", "UserName": "site", **more}
        answer = requests.post(address, form, headers=_AS_ANYBODY, timeout=60)
        answer.raise_for_status()
        return answer.text

    ask("CreateUser")
    ask("PutUserPolicy", PolicyName="bucket", PolicyDocument=json.dumps(_POLICY))
    key = dict(re.findall(r"<(AccessKeyId|SecretAccessKey)>([^<]+)<", ask("CreateAccessKey")))
    return port, {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }
