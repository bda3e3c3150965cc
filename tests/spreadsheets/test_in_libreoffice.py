"""Every table that the site gives out, opened by LibreOffice as whoever downloads it would: nothing in it is run."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from flask import Flask
from werkzeug.routing import Rule

from tests.contracts.full_site import Site
from tests.durability.proxies import program
from tests.planting import plant
from tests.sizes import whole_only

TABLES: Final[Mapping[str, str]] = {
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}
"""How a file is called that comes as that type."""
FORMULAS: Final = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "'=1+1", '"=1+1', "＝1+1", ";=1+1", ",=1+1",
    '=HYPERLINK("https://evil.example";"x")', "=cmd|' /C calc'!A0", '=WEBSERVICE("https://evil.example")', "=A1\u200f",
    "\ufeff=1+1", "\u202e=1+1", '=DDE("soffice";"/etc/passwd";"A1")',
)  # fmt: skip
EAGER: Final = "CSV:44,34,76,1,,1033,false,true,false,false,false,-1,true"
"""Comma, double quotes, UTF-8, with what looks like a formula taken for one: the most that somebody can choose."""
_KINDS: Final = re.compile(r"<any\(([^)]*)\):(\w+)>")
_FORMULA: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}formula"
_SECONDS: Final = 300


def _formulas(folder: Path) -> dict[str, list[str]]:
    """What LibreOffice would reckon in each table of a folder."""
    for kind, more in (("csv", [f"--infilter={EAGER}"]), ("xlsx", []), ("ods", [])):
        if files := sorted(map(str, folder.glob(f"*.{kind}"))):
            profile, out = f"-env:UserInstallation=file://{folder}/profile", ["--outdir", str(folder / "opened")]
            command = [program("soffice"), profile, "--headless", *more, "--convert-to", "fods", *out, *files]
            subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)
    opened = sorted((folder / "opened").glob("*.fods"))
    return {
        file.stem: [cell.get(_FORMULA, "") for cell in ElementTree.parse(file).iter() if cell.get(_FORMULA)]
        for file in opened
    }


def _addresses(site: Site, rule: Rule) -> list[str]:
    """The address of a page, or those of a file in each of the kinds it can be had in."""
    found = _KINDS.search(rule.rule)
    if found is None:
        return [site.page(rule)]
    kinds, name = found[1].split(", "), f"{rule.endpoint}.{found[2]}"
    before, addresses = dict(site.good), []
    for kind in kinds:
        site.good[name] = kind
        addresses.append(site.page(rule))
    site.good = before
    return addresses


@whole_only
def test_nothing_is_run_where_a_table_is_opened(fully_opened_app: Flask, tmp_path: Path) -> None:
    """Formulas in every text column of a full site, all tables of two people who see most; one without our guard is run."""
    site = Site(fully_opened_app)
    plant(fully_opened_app, FORMULAS)
    pages = {
        (who, path, rule.endpoint)
        for rule in fully_opened_app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and rule.endpoint != "static"
        for path in _addresses(site, rule)
        for who in ("admin", "lead")
    }
    tables = {page for page in pages if site.clients[page[0]].get(page[1], buffered=True).mimetype in TABLES}
    assert len({(endpoint, path.rpartition(".")[2]) for _, path, endpoint in tables}) > 12
    for turn in range(len(FORMULAS)):
        plant(fully_opened_app, FORMULAS, turn)
        for who, path, endpoint in tables:
            answer = site.clients[who].get(path, buffered=True)
            assert answer.status_code == 200, path
            kind = TABLES[answer.mimetype or ""]
            (tmp_path / f"{who}-{endpoint}-{turn}-{kind}.{kind}").write_bytes(answer.data)
    (tmp_path / "unguarded.csv").write_text("name\n=1+1\n", encoding="utf-8")
    found = _formulas(tmp_path)
    assert len(found) == len(tables) * len(FORMULAS) + 1
    assert {name: formulas for name, formulas in found.items() if formulas} == {"unguarded": ["of:=1+1"]}
