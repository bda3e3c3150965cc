"""The folder in which the server's processes add up what they counted."""

from __future__ import annotations

import os
from pathlib import Path
from shutil import rmtree
from typing import Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable in which prometheus_client looks for the folder, once, when it is loaded."""


def share_counts(parent: Path) -> Path:
    """Make this server's folder under ``parent``, empty, and name it to prometheus_client. Those of dead servers go.

    Call it before anything is counted, in the process from which the workers are forked.
    """
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    host = os.uname().nodename
    for other in parent.glob(f"{host}-*"):
        number = other.name.rpartition("-")[2]
        if number.isdecimal() and (int(number) == os.getpid() or not is_running(int(number))):
            rmtree(other, ignore_errors=True)
    folder = parent / f"{host}-{os.getpid()}"
    folder.mkdir(mode=0o700)
    os.environ[VARIABLE] = str(folder)
    return folder


def is_running(process: int) -> bool:
    """Whether there is a process of that number on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
