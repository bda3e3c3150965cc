"""Translators see a question before a module as learners do, with all its reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from coplearn.learning.render_cache import page_of
from coplearn.site import site_of
from coplearn.translating.editing.previews import course_preview
from tests.conftest import MakeSite
from tests.practice.stage import stage_of


@pytest.mark.parametrize("facet", ["stem", "opt.ask", "opt.ask.reason", "opt.look.reason"])
def test_text_of_a_pre_question_is_marked_in_its_question(facet: str, make_app: MakeSite, tmp_path: Path) -> None:
    """Stem, options and reasons stand together, under the title of the module."""
    stage = stage_of(make_app, tmp_path)
    course, locales = stage.course, site_of(stage.app).locales
    with stage.app.test_request_context("/en/"):
        stage.app.preprocess_request()
        texts = site_of(stage.app).library.texts(course, locales.source)
        helpers = page_of(course, next(iter(course.items.values())))._site
        shown = course_preview(course, texts, locales.source, helpers, f"module.begin#before-begin.{facet}")
    assert shown.found
    assert "A calm beginning" in shown.html
    marked = shown.html.partition('id="here"')[2].partition("</mark>")[0]
    assert marked.strip(">") in {message.text for message in course.messages}
