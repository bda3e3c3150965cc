"""The files of `deploy/` are read by the programs they are for; what must stay is read from the text."""

from __future__ import annotations

import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from coplearn.settings import HOME, Settings, from_env
from tests.durability.proxies import program
from tests.sizes import WHOLE

DEPLOY = HOME / "deploy"
NGINX = DEPLOY / "nginx" / "coplearn.conf"
UNITS = sorted((DEPLOY / "systemd").iterdir())
MOST_EXPOSED = 2.5
"""Out of ten, in systemd's own reckoning; a unit that says nothing has 9.6."""


def run(*command: str) -> str:
    """All that a command says; it must end well."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_program_that_cannot_be_had_is_no_silent_success(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where everything must be there the test fails; elsewhere it is skipped, and either way the package is named."""
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.fail.Exception if WHOLE else outcome, match="apt-get install systemd"):
        program("systemd-analyze")


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    """As it stands, but for the certificate and the folders of this machine."""
    nginx = program("nginx")
    run(
        program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=learn.example.org",
        "-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem"),
    )  # fmt: skip
    text = NGINX.read_text(encoding="utf-8")
    for theirs in ("/etc/letsencrypt/live/learn.example.org", "/var/cache/nginx", "/var/log/nginx"):
        assert theirs in text
        text = text.replace(theirs, str(tmp_path))
    (tmp_path / "site.conf").write_text(text, encoding="utf-8")
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ include {tmp_path}/site.conf; }}"
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    said = run(nginx, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"))
    assert "warn" not in said


def test_nginx_lets_no_visitor_name_an_address() -> None:
    """Each header that the site believes, or might, is set and not added to; braces of the file are whole."""
    text = NGINX.read_text(encoding="utf-8")
    headers = dict(re.findall(r"^    proxy_set_header (\S+) (\S+);", text, re.MULTILINE))
    assert headers["X-Forwarded-For"] == "$remote_addr"
    assert {"X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix"} <= headers.keys()
    assert {headers["Forwarded"], headers["X-Real-IP"]} == {'""'}
    assert "$proxy_add_x_forwarded_for" not in text
    # A location with headers of its own takes none of those above: it must say them again.
    for place in re.findall(r"^    location [^{]*\{(.*?)^    \}", text, re.MULTILINE | re.DOTALL):
        own = {name for name, _ in re.findall(r"proxy_set_header (\S+) (\S+);", place)}
        assert not own or headers.keys() <= own
    assert not re.search(r"\$(remote_addr|request_uri|uri|args|http_referer)", _log_format(text))
    assert text.count("{") == text.count("}")


def _log_format(text: str) -> str:
    found = re.search(r"log_format.*?;", text, re.DOTALL)
    assert found
    return found[0]


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """No unknown word, and little that a taken site could reach."""
    analyze = program("systemd-analyze")
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/srv/coplearn/.venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    made = [str(tmp_path / unit.name) for unit in UNITS]
    assert run(analyze, "verify", "--man=no", "--recursive-errors=no", *made) == ""
    for name in made:
        if name.endswith(".service"):
            said = run(analyze, "security", "--offline=true", "--no-pager", name)
            exposed = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
            assert exposed, said
            assert float(exposed[1]) <= MOST_EXPOSED, said


def test_pgbouncer_is_as_the_site_needs_it(tmp_path: Path) -> None:
    """Statements that are kept prepared live on when a connection changes hands."""
    config = ConfigParser(interpolation=None)
    config.read(DEPLOY / "pgbouncer" / "pgbouncer.ini", encoding="utf-8")
    pool = config["pgbouncer"]
    assert pool["pool_mode"] == "transaction"
    assert int(pool["max_prepared_statements"]) > 0
    assert config["databases"]["coplearn"]
    assert Settings(database_url="postgresql+psycopg://c:p@127.0.0.1:6432/coplearn").database.endswith("6432/coplearn")


def test_postgresql_says_saved_when_two_disks_have_it() -> None:
    """Nothing of the durable settings is switched off; `tests/durability` runs both machines with the file."""
    text = (DEPLOY / "postgresql" / "coplearn.conf").read_text(encoding="utf-8")
    said = dict(re.findall(r"^(\w+) = (\S+)$", text, re.MULTILINE))
    assert {said[name] for name in ("fsync", "full_page_writes", "synchronous_commit", "hot_standby")} == {"on"}
    # A standby that waited for one of its own could save nothing once it is promoted.
    assert said["synchronous_standby_names"] == "''"
    named = {f"deploy/{path.relative_to(DEPLOY)}" for path in DEPLOY.rglob("coplearn.conf")}
    operating = (HOME / "docs" / "operating.md").read_text(encoding="utf-8")
    assert [name for name in named if name not in operating] == []


def test_containers_hold_together() -> None:
    """What compose names is there, and the site runs as nobody in particular on a disk it cannot write."""
    compose: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    services = compose["services"]
    site, web = services["site"], services["web"]
    assert (DEPLOY / site["build"]["context"] / site["build"]["dockerfile"]).exists()
    assert site["read_only"]
    assert site["cap_drop"] == ["ALL"]
    assert "ports" not in site
    assert "ports" not in services["database"]
    assert compose["networks"]["inside"]["internal"]
    assert (DEPLOY / web["volumes"][0].partition(":")[0]).exists()
    named = {volume.partition(":")[0] for service in services.values() for volume in service["volumes"]}
    assert {name for name in named if not name.startswith(".")} == compose["volumes"].keys()
    assert {name for service in services.values() for name in service.get("secrets", [])} == compose["secrets"].keys()
    assert from_env(site["environment"]).proxies == 1
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("USER ") and line != "USER root" for line in lines)
    for source in (line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line):
        assert all((HOME / name).exists() for name in source)
    assert (HOME / ".containerignore").read_text(encoding="utf-8") == (HOME / ".dockerignore").read_text(
        encoding="utf-8"
    )
