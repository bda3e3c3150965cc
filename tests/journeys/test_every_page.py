"""Every page of a site full of things in every language: no barrier that a program can find, and valid HTML."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.contracts.full_site import Site as FullSite
from tests.journeys.barriers import SMALLEST, barriers, bring_axe
from tests.journeys.every_page import enter, in_language, is_open, pages_of
from tests.journeys.site import locales, serving
from tests.sizes import WHOLE, some_of, whole_only

LANGS: Final = [locale.url for locale in locales().live]
PAGES: Final = 1
"""So many pages of each person in the suite."""
NO_PAGES: Final = {"pages.listen"}
"""A piece that a page takes in."""
CHECKER: Final = Path(__file__).resolve().parents[2] / "build/vnu/node_modules/vnu-jar/build/dist/vnu.jar"
"""The Nu HTML checker where `make prove` puts it; VNU_JAR names another place."""


@pytest.mark.sampled
@pytest.mark.parametrize("lang", some_of(LANGS, 1))
def test_no_page_has_a_barrier(lang: str, fully_opened_app: Flask, chromium: Browser, tmp_path: Path) -> None:
    """Four people, light and dark, on 320 and on 1280 px: axe finds nothing, and nothing is too wide, too small or broken."""
    full = FullSite(fully_opened_app)
    paths, found = pages_of(full, PAGES, without=NO_PAGES), list[str]()
    with serving(tmp_path) as site:
        for who, pages in paths.items():
            visitor = enter(full, chromium, site, who, lang, size=SMALLEST, reduced_motion="reduce")
            bring_axe(visitor)
            for path in pages:
                if not is_open(visitor, in_language(path, lang)):
                    found.append(f"{who} {path}: opens as {visitor.page.url}")
                found += [f"{who} {path}: {fault}" for fault in barriers(visitor, wide=True, dark=True)]
            visitor.context.close()
    assert not found, "\n".join(found)
    assert sum(map(len, paths.values())) > (300 if WHOLE else 3)


@whole_only
def test_every_page_is_valid_html(fully_opened_app: Flask, tmp_path: Path) -> None:
    """The Nu HTML checker finds no error in any page, in any language."""
    jar = Path(os.environ.get("VNU_JAR", CHECKER))
    if not jar.is_file() or shutil.which("java") is None:
        pytest.fail(
            f"This needs Java and the Nu HTML checker: npm install --prefix build/vnu vnu-jar (looked at {jar})"
        )
    full, asked = FullSite(fully_opened_app), list[str]()
    for lang in LANGS:
        for who, pages in pages_of(full, PAGES, without=NO_PAGES, lang=lang).items():
            for path, html in pages.items():
                file = tmp_path / f"{len(asked)}.html"
                file.write_text(html, encoding="utf-8")
                asked.append(f"{who} {in_language(path, lang)}")
    command = [
        "java",
        "-jar",
        str(jar),
        "--errors-only",
        "--format",
        "json",
        "--exit-zero-always",
        "--skip-non-html",
        str(tmp_path),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=900)
    said = json.loads(done.stderr)["messages"]
    found = [f"{asked[int(Path(one['url']).stem)]}: {one['message']} {one.get('extract')}" for one in said]
    assert not found, "\n".join(found)
    assert len(asked) > 300 * len(LANGS)
