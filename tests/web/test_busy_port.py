"""Two sites never share one port without a word."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from coplearn.starting import serve


def test_serving_on_a_taken_port_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The operator reads which port is taken and what to type, before anything is loaded."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        monkeypatch.setenv("COPLEARN_INSTANCE_PATH", str(tmp_path))
        found = CliRunner().invoke(serve)
    assert found.exit_code == 1
    assert "PORT=8001" in found.output
