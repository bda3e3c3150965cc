"""Reading an uploaded file in a process of its own, so that no file can harm the server.

Run as ``python -m coplearn.translating.exchange.sandbox`` it is that process; it knows no database and is given no secret.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from coplearn.i18n.locales import Locale
from coplearn.kernel.text import N_, Phrase
from coplearn.translating.exchange.import_formats import read_upload
from coplearn.translating.exchange.import_rows import FileFault, FileRow, ParsedFile, refused

_CODE: Final = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """The limits of reading one file; ``megabytes`` beside what the reader itself needs."""

    seconds: int = 20
    megabytes: int = 800


LIMITS: Final = SandboxLimits()


def read_in_sandbox(
    name: str, raw: bytes, locale: Locale, domain: str, limits: SandboxLimits = LIMITS
) -> list[ParsedFile]:
    """:func:`coplearn.translating.exchange.import_formats.read_upload` in another process. A file that costs too much is refused.

    Where no process can be started it is read here, within the limits that ``read_upload`` has itself.
    """
    head = {"name": name, "locale": asdict(locale), "domain": domain, "limits": asdict(limits)}
    sent = json.dumps(head).encode() + b"\n" + raw
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", __name__],
            input=sent,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Nothing of ours: no secret, and no setting that could change what is imported.
            env={"PYTHONPATH": str(_CODE), "PYTHONUTF8": "1", "TMPDIR": os.environ.get("TMPDIR", "/tmp")},  # noqa: S108
            timeout=limits.seconds + _START,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [refused(domain, 0, _TOO_MUCH)]
    except OSError:
        return read_upload(name, raw, locale, domain)
    if done.returncode:
        return [refused(domain, 0, _TOO_MUCH)]
    return [_parsed(one) for one in json.loads(done.stdout)]


_START: Final = 10
"""Seconds by the clock for starting the process, on a busy machine."""
_TOO_MUCH: Final = N_("Reading the file takes too long or too much memory. Save it again, or upload it in parts.")


def _parsed(told: Mapping[str, Any]) -> ParsedFile:
    return ParsedFile(
        told["domain"],
        told["base"],
        tuple(FileRow(**(row | {"forms": tuple(row["forms"])})) for row in told["rows"]),
        tuple(FileFault(one["line"], Phrase(**one["reason"]), one["context"]) for one in told["faults"]),
        tuple(Phrase(**note) for note in told["notes"]),
    )


def _bind(limits: SandboxLimits) -> None:
    """Bind this process to the limits, where the system has such."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        room = held + limits.megabytes * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    """Read one file from the standard input, and say what is in it as JSON; 1 when it costs too much."""
    head = json.loads(sys.stdin.buffer.readline())
    _bind(SandboxLimits(**head["limits"]))
    try:
        fields: dict[str, Any] = head["locale"] | {"quotes": tuple(head["locale"]["quotes"])}
        found = read_upload(head["name"], sys.stdin.buffer.read(), Locale(**fields), head["domain"])
        # Surrogates survive as escapes: the store replaces what it cannot keep.
        sys.stdout.write(json.dumps([asdict(one) for one in found]))
    except (MemoryError, RecursionError):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
