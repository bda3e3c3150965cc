"""Asks of every locked package whether a weakness of it is known, and writes the list of parts (SBOM); for `make audit`.

An audit that could not ask about a package says "nothing known" all the same: here that is a failure, and it is named.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
LOCKS: Final = (ROOT / "requirements.lock", ROOT / "requirements-extras.lock")
"""What a site runs with, and what some settings need besides."""
SBOM: Final = ROOT / "build" / "sbom.cdx.json"
_LOCKED: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of an audit."""

    asked: int
    not_asked: tuple[str, ...]
    weak: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether every package was asked about, and nothing is known of any."""
        return not self.not_asked and not self.weak and self.asked > 0

    def lines(self) -> list[str]:
        """What is to be said."""
        said = [
            f"{self.asked} packages asked about, {len(self.not_asked)} not, {len(self.weak)} with a known weakness."
        ]
        said += [f"not asked about: {name}" for name in self.not_asked]
        return said + [f"weak: {one}" for one in self.weak]


def plain(name: str) -> str:
    """A package's name in its one spelling."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_packages(lock: str) -> dict[str, str]:
    """The versions by name in the text of a lock file."""
    return {plain(name): version for name, version in _LOCKED.findall(lock)}


def lock_text() -> str:
    """The text of all lock files as one, with each version of a package in it once."""
    entries: dict[str, str] = {}
    for path in LOCKS:
        for entry in re.split(r"\n(?=\S)", path.read_text(encoding="utf-8").strip()):
            entries.setdefault(entry.split()[0], entry)
    return "\n".join(entries.values()) + "\n"


def judge(lock: str, report: str) -> Verdict:
    """The verdict on a report of pip-audit (JSON; empty when it made none) about a lock file."""
    wanted = locked_packages(lock)
    found: list[dict[str, Any]] = json.loads(report)["dependencies"] if report.strip() else []
    asked = {plain(one["name"]): one for one in found if "skip_reason" not in one}
    missing = sorted(name for name, version in wanted.items() if asked.get(name, {}).get("version") != version)
    weak = [f"{one['name']} {one['version']}: {flaw['id']}" for one in asked.values() for flaw in one["vulns"]]
    return Verdict(len(wanted) - len(missing), tuple(missing), tuple(weak))


def _run(command: Sequence[str], said: str = "") -> tuple[str, str]:
    done = subprocess.run(command, check=False, cwd=ROOT, input=said, capture_output=True, text=True, timeout=_SECONDS)
    return done.stdout, done.stderr


def ask() -> str:
    """The report of pip-audit on the lock files; empty when it made none, which happens when its service is away."""
    files = [word for path in LOCKS for word in ("--requirement", str(path))]
    command = [sys.executable, "-m", "pip_audit", *files, "--require-hashes", "--disable-pip"]
    report, said = _run([*command, "--format", "json", "--progress-spinner", "off"])
    if not report.strip():
        print(said.strip()[-2000:], file=sys.stderr)
    return report


def write_sbom(to: Path = SBOM) -> None:
    """Write the list of parts of the lock files (CycloneDX, JSON), the same for the same lock. Raises OSError when it cannot."""
    to.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "-", "--output-reproducible"]
    _, said = _run([*command, "--output-file", str(to)], lock_text())
    if not to.exists():
        raise OSError(said.strip()[-2000:])


def main() -> int:
    """Say what was found; 1 unless every package was asked about and nothing is known of any."""
    write_sbom()
    print(f"The list of parts is in {SBOM.relative_to(ROOT)}.")
    verdict = judge(lock_text(), ask())
    print("\n".join(verdict.lines()))
    return 0 if verdict.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
