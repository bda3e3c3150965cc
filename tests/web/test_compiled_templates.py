"""Compiled templates are kept between starts, and a site that cannot keep them works all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask
from jinja2 import DictLoader

from coplearn.web.render import keep_compiled


def test_a_page_comes_from_what_was_compiled_before(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    """The second start compiles nothing: it would leave no file as it was."""
    folder = tmp_path / "cache" / "templates"
    first, second = make_app(), make_app()
    for app in (first, second):
        app.jinja_env.cache.clear()  # type: ignore[union-attr]
        keep_compiled(app, folder)
    assert first.test_client().get("/en/help").status_code == 200
    kept = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert kept
    assert second.test_client().get("/en/help").status_code == 200
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == kept


def test_what_another_version_of_the_site_compiled_is_cleared_away(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    """An upgrade never shows a page by old rules, and old files do not pile up."""
    (tmp_path / "0123456789ab-old.cache").write_bytes(b"of another version")
    app = make_app()
    keep_compiled(app, tmp_path)
    assert app.test_client().get("/en/help").status_code == 200
    assert not (tmp_path / "0123456789ab-old.cache").exists()


def test_without_a_folder_to_write_to_pages_come_as_ever(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    """A read-only disk, or a file where the folder should be."""
    (tmp_path / "cache").write_text("in the way", encoding="utf-8")
    app = make_app()
    keep_compiled(app, tmp_path / "cache" / "templates")
    assert app.test_client().get("/en/help").status_code == 200


def test_words_on_two_lines_stay_two_words(make_app: Callable[..., Flask]) -> None:
    """Indentation is not sent, but for the one blank that a block at the line's end would take away."""
    lines = "<p>{% if true %}One{% endif %}\n    <b>two</b>{# a remark #}\n    three\n    {% if true %}\n    four{% endif %}</p>"
    pages = make_app().jinja_env.overlay(loader=DictLoader({"page.html": lines}))
    assert pages.get_template("page.html").render() == "<p>One <b>two</b> three\n four</p>"
