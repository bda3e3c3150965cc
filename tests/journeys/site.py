"""The site as its production server runs it, in a process of its own with an instance of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

import polib

from coplearn.courses.library import Course, load_library
from coplearn.i18n.live import LiveCatalogs
from coplearn.i18n.locales import Locale, Locales, read_locales
from coplearn.settings import HOME
from tests.accounts.persona import link_in, mails_in
from tests.journeys.forked import ForkedServer
from tests.once import SECRET_KEY, copy_started

EXIT = "https://exit.example/"
"""Where "Leave quickly" leads on the tested site; no browser of the tests can reach it."""
_OTHERS = frozenset({"DATABASE_URL", "PORT", "HOST", "SECRET_KEY"})


@dataclass(frozen=True, slots=True)
class Site:
    """A running site: its address without the last slash, its instance folder, and its main process."""

    url: str
    instance: Path
    pid: int

    def link_to(self, address: str) -> str:
        """The first address in the newest mail to ``address``; the first one is waited for."""
        deadline = time.monotonic() + 60
        while not (found := [mail for mail in mails_in(self.instance / "mail") if str(mail["To"]) == address]):
            assert time.monotonic() < deadline, f"no mail to {address}"
            time.sleep(0.05)  # it is sent after the answer; its file is all there is to wait on
        return link_in(found[-1])


@contextmanager
def serving(
    folder: Path, more: Mapping[str, str] | None = None, kept: Sequence[Connection] = (), port: int = 0
) -> Iterator[Site]:
    """`coplearn serve` on that port or a free one, with nothing of this machine's settings; stopped at the end.

    Several in one folder share its instance. ``more`` are further variables of the environment; every process of the site
    holds the ends of pipes ``kept``.
    """
    port = port or free_port()
    log = folder / f"server-{port}.log"
    environment = environment_of(folder, port, more)
    log.touch()
    process = ForkedServer(environment, log, kept)
    url = f"http://127.0.0.1:{port}"
    try:
        await_ready(process, url, log)
        yield Site(url, folder / "instance", process.pid)
        assert process.poll() is None, f"The site stopped while it was used (code {process.returncode})."
    finally:
        process.terminate()
        if not process.wait(20):
            process.kill()
            process.wait()
            raise AssertionError(f"The site did not stop:\n{log.read_text(errors='replace')[-4000:]}")


def start_server(
    folder: Path, port: int, more: Mapping[str, str] | None = None, version: Path = HOME
) -> tuple[subprocess.Popen[bytes], Path]:
    """The process of the command `coplearn serve` on that port, just begun in the tree ``version``, and its log.

    Whoever asks for it ends it.
    """
    log = folder / f"server-{port}.log"
    environment = environment_of(folder, port, more)
    command = [sys.executable, "-m", "coplearn", "serve"]
    with log.open("ab") as out:
        return subprocess.Popen(command, cwd=version, env=environment, stdout=out, stderr=out), log


def environment_of(folder: Path, port: int, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a server on that port with its instance in ``folder`` is told, and nothing of this machine's settings."""
    instance = folder / "instance"
    copy_started(instance)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COPLEARN_")}
    ours = {
        "COPLEARN_INSTANCE_PATH": str(instance),
        "COPLEARN_SECRET_KEY": SECRET_KEY,
        "COPLEARN_RATE_LIMITS": "0",
        "COPLEARN_STYLE_PAGE": "1",
        "COPLEARN_MAIL": "file",
        "COPLEARN_QUICK_EXIT_URL": EXIT,
        "COPLEARN_LOG_LEVEL": "WARNING",
        "PORT": str(port),
    }
    return {name: value for name, value in kept.items() if name not in _OTHERS} | ours | dict(more or {})


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def await_ready(process: subprocess.Popen[bytes] | ForkedServer, url: str, log: Path, seconds: float = 150) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)  # another process starts; its port is all there is to wait on
    raise AssertionError(f"The site did not start:\n{log.read_text(errors='replace')[-4000:]}")


@cache
def locales() -> Locales:
    """The site's languages."""
    return read_locales(HOME / "translations" / "locales.toml")


@cache
def locale_of(lang: str) -> Locale:
    """The language whose addresses begin with ``lang``."""
    found = locales().by_url(lang)
    assert found is not None
    return found


@cache
def the_courses() -> Mapping[str, Course]:
    """The courses by id, as the site loads them."""
    return load_library([HOME / "courses"], frozenset(), locales(), installed=False).courses


def the_course() -> Course:
    """The course for parents."""
    return the_courses()["cop-parents"]


@cache
def _catalogs() -> LiveCatalogs:
    return LiveCatalogs(HOME / "translations")


def said(lang: str, sentence: str) -> str:
    """An interface sentence as pages in that language say it."""
    return _catalogs().translations(locale_of(lang)).gettext(sentence)


@cache
def is_whole(lang: str) -> bool:
    """Whether every sentence of the interface and of all courses is translated into that language."""
    code = locale_of(lang).code
    path = HOME / "translations" / code / "LC_MESSAGES" / "messages.po"
    interface = code == "en" or (path.exists() and polib.pofile(str(path)).percent_translated() == 100)
    return interface and all(course.completeness(code) == 100 for course in the_courses().values())
