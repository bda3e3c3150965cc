"""What stands before several hosts, as `deploy/` has it: nginx in front of them, and pgbouncer between them and PostgreSQL."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from coplearn.settings import HOME
from tests.journeys.site import free_port
from tests.postgres import USER
from tests.prepare import install, may_install
from tests.sizes import WHOLE

PACKAGES: Final = {
    "moto_server": "python3-moto python3-flask-cors",
    "nginx": "nginx-light",
    "openssl": "openssl",
    "pgbouncer": "pgbouncer",
    "soffice": "libreoffice-calc",
    "systemd-analyze": "systemd",
}
HOST: Final = "learn.example.org"
PASSWORD: Final = "of-the-pool"
_SECONDS: Final = 30


def program(name: str) -> str:
    """The path of a program, installed where we may. Where it cannot be had the test is skipped; in the proof, and with CI=true,
    it fails."""
    found = _find(name)
    if found is None and may_install() and install(PACKAGES[name].split()):
        found = _find(name)
    if found is None:
        reason = f"{name} is not installed: apt-get install {PACKAGES[name]}"
        (pytest.fail if WHOLE or os.environ.get("CI") == "true" else pytest.skip)(reason)
    return found


def _find(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


@contextmanager
def pooler(folder: Path, postgres: int) -> Iterator[int]:
    """pgbouncer before the PostgreSQL on that port, in a folder that its user may read; gives its own port."""
    port, text = free_port(), (HOME / "deploy" / "pgbouncer" / "pgbouncer.ini").read_text(encoding="utf-8")
    for theirs, ours in {
        "host=127.0.0.1 port=5432 dbname=coplearn": f"host=127.0.0.1 port={postgres} dbname=postgres user=postgres",
        "listen_port = 6432": f"listen_port = {port}",
        "/etc/pgbouncer/userlist.txt": str(folder / "userlist.txt"),
    }.items():
        assert theirs in text
        text = text.replace(theirs, ours)
    (folder / "userlist.txt").write_text(f'"coplearn" "{PASSWORD}"\n', encoding="utf-8")
    config = folder / f"pgbouncer-{port}.ini"
    config.write_text(text, encoding="utf-8")
    as_nobody: dict[str, Any] = {"user": USER} if os.geteuid() == 0 else {}
    with running(
        [program("pgbouncer"), str(config)], folder / f"pgbouncer-{port}.log", port, signal.SIGQUIT, **as_nobody
    ):
        # Asked to end in order it waits for everybody who is connected.
        yield port


def pooled_url(ports: Sequence[int]) -> str:
    """The address that finds, through pools on those ports, whichever server can write."""
    hosts = "&".join(f"host=127.0.0.1:{port}" for port in ports)
    return f"postgresql+psycopg://coplearn:{PASSWORD}@/coplearn?{hosts}&target_session_attrs=read-write"


@contextmanager
def reverse_proxy(folder: Path, hosts: Sequence[int]) -> Iterator[int]:
    """nginx before the hosts on those ports; gives the port at which it speaks https. Its log is in ``folder``."""
    port, text = free_port(), (HOME / "deploy" / "nginx" / "coplearn.conf").read_text(encoding="utf-8")
    subprocess.run(
        [program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}",
         "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    servers = "".join(f"    server 127.0.0.1:{one} max_fails=2 fail_timeout=5s;\n" for one in hosts)
    for theirs, ours in {
        "/etc/letsencrypt/live/learn.example.org": str(folder),
        "/var/cache/nginx": str(folder),
        "/var/log/nginx": str(folder),
        "    server 127.0.0.1:8000 max_fails=2 fail_timeout=5s;\n": servers,
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "    listen [::]:443 ssl;\n": "",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "    listen [::]:80;\n": "",
        # Everybody here stands behind one address.
        "rate=50r/s": "rate=5000r/s",
    }.items():
        assert theirs in text
        text = text.replace(theirs, ours)
    (folder / "site.conf").write_text(text, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy"))
    http = f"http {{ {paths} include {folder}/site.conf; }}"
    whole = f"{user} daemon off; pid {folder}/pid; error_log stderr; events {{}} {http}"
    (folder / "nginx.conf").write_text(whole, encoding="utf-8")
    command = [program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with running(command, folder / "nginx.log", port):
        yield port


@contextmanager
def running(
    command: Sequence[str], said: Path, port: int, stop: signal.Signals = signal.SIGTERM, **more: Any
) -> Iterator[None]:
    """A program that listens on ``port``; what it says is written to the file ``said``."""
    with said.open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, **more)
    try:
        deadline = time.monotonic() + _SECONDS
        while not _listens(port):
            assert process.poll() is None, said.read_text(errors="replace")[-2000:]
            assert time.monotonic() < deadline, said.read_text(errors="replace")[-2000:]
            time.sleep(0.05)  # another process, of which nothing else can be waited for
        yield
    finally:
        process.send_signal(stop)
        process.wait(_SECONDS)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
