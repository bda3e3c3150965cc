"""What follows from the registry: the page, and the record of processing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from coplearn.privacy.registry import registry
from coplearn.privacy.rules import TERMS
from coplearn.site import site_of


def test_page_says_of_each_purpose_why_how_long_and_who(shared_app: Flask, reader: FlaskClient) -> None:
    """Of every row that tells something of people, with the numbers of days that the jobs keep to."""
    page = reader.get("/en/privacy").text.replace("&#39;", "'")
    settings = site_of(shared_app).settings
    for row in registry():
        if row.is_personal:
            said = [row.purpose.label, row.purpose.what, row.basis.label]
            said += [TERMS[name].phrase(settings).text for name in row.until if not TERMS[name].counts]
            assert [one for one in said if one not in page] == [], f"{row.table}.{row.column}"
    assert f"Without an account: {settings.visitor_days} days after you last used it" in page
    assert f"An account whose address nobody confirmed: {TERMS['unconfirmed'].days} days" in page
    assert "1,095 days after the cohort was put away" in page


@pytest.mark.parametrize("language", ["en", "ar"])
def test_record_names_every_personal_column(shared_app: Flask, tmp_path: Path, language: str) -> None:
    """The paper that the command writes."""
    path = tmp_path / "record.pdf"
    args = ["privacy", "record", "--language", language, "--out", str(path)]
    result = shared_app.test_cli_runner().invoke(args=args)
    assert result.exit_code == 0, result.output
    paper = PdfReader(io.BytesIO(path.read_bytes()))
    text = "".join("".join(page.extract_text() for page in paper.pages).split())
    missing = [f"{row.table}.{row.column}" for row in registry() if row.is_personal]
    assert [name for name in missing if name not in text.replace("-", "")] == []
    assert str(paper.root_object["/Lang"]) == language


def test_language_that_the_site_lacks_is_refused(shared_app: Flask, tmp_path: Path) -> None:
    """With a sentence, and no file."""
    args = ["privacy", "record", "--language", "tlh", "--out", str(tmp_path / "record.pdf")]
    result = shared_app.test_cli_runner().invoke(args=args)
    assert result.exit_code == 1
    assert "no language 'tlh'" in result.output
    assert not list(tmp_path.iterdir())
