"""Error reports: each line of the log that tells of a fault goes to a file or a Sentry-compatible address as well.

A report holds what the line holds, the kinds of the exceptions and the places in the code they came through: no text of an
exception, no values, no body, no cookie and no address, because each of these may tell of a person.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from structlog.typing import EventDict, Processor

from coplearn.settings import INSTALL_EXTRAS

LARGEST_FILE: Final = 5 * 1024 * 1024
"""Bytes, after which the file is put aside as ``….1`` and begun anew."""
_OURS: Final = str(Path(__file__).parents[1])
_FAULTS: Final = frozenset({"error", "critical"})


def reporter(target: str) -> Processor:
    """Make the step of the log that reports faults to ``target``: a file, or an address with a key (``https://key@host/1``).

    Raises ValueError for an address that is none, or where what sends to one is not installed.
    """
    send = _to_address(target) if target.startswith(("http://", "https://")) else _to_file(Path(target).absolute())

    def report(_logger: object, _method: str, line: EventDict) -> EventDict:
        if line.get("level") in _FAULTS:
            # Whatever keeps a report from leaving must not keep a page from being answered.
            with suppress(Exception):
                send(dict(line), sys.exception())
        return line

    return report


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _frames(error: BaseException) -> list[tuple[str, int, str]]:
    walked = traceback.walk_tb(error.__traceback__)
    return [(frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in walked]


def _to_file(path: Path) -> Any:
    def send(line: EventDict, error: BaseException | None) -> None:
        trace = [
            {"kind": type(one).__name__, "through": [f"{file}:{at} {name}" for file, at, name in _frames(one)]}
            for one in _causes(error)
        ]
        text = json.dumps({**line, "trace": trace}, default=str) + "\n"
        with suppress(OSError):
            if path.stat().st_size > LARGEST_FILE:
                path.replace(f"{path}.1")
        # Written at one go, so that the lines of several processes do not mix.
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)

    return send


def _to_address(address: str) -> Any:
    try:
        import sentry_sdk
        from sentry_sdk.utils import BadDsn
    except ImportError:
        raise ValueError(
            f"COPLEARN_ERROR_REPORTS names an address; to send there, install sentry-sdk: {INSTALL_EXTRAS}"
        ) from None
    try:
        client = sentry_sdk.Client(
            dsn=address,
            # Nothing is collected by itself: what leaves is what is written below.
            default_integrations=False,
            auto_enabling_integrations=False,
            max_breadcrumbs=0,
            server_name="",
            auto_session_tracking=False,
            send_client_reports=False,
            release=_release(),
        )
    except BadDsn as error:
        raise ValueError(f"COPLEARN_ERROR_REPORTS is no address to report to: {error}") from None

    def send(line: EventDict, error: BaseException | None) -> None:
        client.capture_event(event_of(line, error))

    return send


def event_of(line: EventDict, error: BaseException | None) -> Any:
    """Write the report of a line as an event for Sentry; faults of one kind at one place are one issue there."""
    name, level = str(line.pop("event", "fault")), str(line.pop("level", "error"))
    line.pop("at", None)
    values = [
        {
            "type": type(one).__name__,
            "value": "",
            "stacktrace": {
                "frames": [
                    {"filename": file, "lineno": at, "function": function, "in_app": file.startswith(_OURS)}
                    for file, at, function in _frames(one)
                ]
            },
        }
        for one in _causes(error)
    ]
    return {
        "level": "fatal" if level == "critical" else level,
        "logger": "coplearn",
        "message": name,
        "fingerprint": [name, str(line.get("kind", "")), str(line.get("place", ""))],
        "tags": {key: str(value)[:200] for key, value in line.items()},
        **({"exception": {"values": values[::-1]}} if values else {}),
    }


def _release() -> str | None:
    try:
        return f"coplearn@{version('coplearn')}"
    except PackageNotFoundError:
        return None
