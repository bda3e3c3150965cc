"""Sees, before the tests run, that a browser, gettext's msgfmt and Redis are on this machine; installs them where it may."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

SHELL = "chromium-headless-shell"
"""The browser without a desk around it: lighter than the whole one, which draws toolbars that nobody sees."""
BROWSERS = (SHELL, "chromium", "chromium-browser", "google-chrome")
INSTALL_SECONDS = 300
REDIS = ("redis-server", "valkey-server")


def find_browser(environ: Mapping[str, str] = os.environ) -> str | None:
    """The browser that the tests drive: ``$CHROMIUM``, or the first one found on PATH; None when there is none."""
    named = environ.get("CHROMIUM", "")
    if named:
        return shutil.which(named)
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def find_redis() -> str | None:
    """The Redis server (or Valkey, which is the same to us) on PATH; None when there is none."""
    return next((path for path in map(shutil.which, REDIS) if path), None)


def packages_missing() -> list[str]:
    """The Debian packages that would bring what is missing."""
    missing = [] if find_browser() else [SHELL, "fonts-noto-core", "fonts-noto-cjk"]
    missing += [] if shutil.which("msgfmt") else ["gettext"]
    return missing if find_redis() else [*missing, "redis-server"]


def may_install() -> bool:
    """Whether this is Debian or one of its kin, and we are root."""
    return Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None and os.geteuid() == 0


def install(packages: Sequence[str]) -> bool:
    """Install ``packages``, one process after the other, as apt wants it; whether that went well."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with (Path(tempfile.gettempdir()) / "coplearn-install.lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]):
            try:
                subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True, timeout=INSTALL_SECONDS)
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
                return False
    return True


def main() -> int:
    """Say what was done; 1 when something is missing on a machine that must have all (``CI=true``)."""
    missing = packages_missing()
    if not missing:
        if not shutil.which(SHELL) and not os.environ.get("CHROMIUM") and may_install():
            install([SHELL])  # the whole browser does as well, only slower
        return 0
    listed = ", ".join(missing)
    if may_install():
        print(f"Installing what the tests drive (once): {listed}")
        if install(missing) and not packages_missing():
            return 0
        print(f"apt-get could not install {listed}.", file=sys.stderr)
    must = os.environ.get("CI") == "true"
    left_out = "Tests that need it fail here, because CI=true." if must else "Tests that need it are skipped."
    print(f"Not on this machine: {listed}. Install it by hand, or set CHROMIUM. {left_out}", file=sys.stderr)
    return 1 if must else 0


if __name__ == "__main__":
    sys.exit(main())
