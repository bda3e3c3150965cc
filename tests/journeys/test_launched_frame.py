"""A platform on another site opens a step in a frame of its page, in a browser that keeps no cookie of ours there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask, Response, request
from markupsafe import Markup
from playwright.sync_api import Browser, expect

from coplearn.app import create_app
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import engine_of
from tests.journeys.site import await_ready, free_port, start_server
from tests.lti.conftest import world_of
from tests.lti.platform import CLIENT, LearningPlatform, running_platform
from tests.once import SECRET_KEY

pytestmark = pytest.mark.whole
"""What a browser does with a launch is shown by requests in tests/lti."""


def add_pages(pages: Flask, platform: LearningPlatform, target: str) -> None:
    """What a learner sees of the platform: its course with the frame, and the form that sends its signed word."""

    @pages.get("/course")
    def course() -> str:
        said = urlencode({"iss": platform.url, "client_id": CLIENT, "login_hint": "u-1"})
        return Markup('<title>Course</title><iframe src="{}"></iframe>').format(f"{platform.tool}/lti/login?{said}")

    @pages.get("/mod/lti/auth.php")
    def auth() -> Response:
        word = Markup(
            '<form method="post" action="{}"><input name="state" value="{}"><input name="id_token" value="{}"></form>'
            "<script>document.forms[0].submit()</script>"
        )
        token = platform.token(request.args.to_dict(), target=target)
        return Response(word.format(request.args["redirect_uri"], request.args["state"], token))


@pytest.fixture
def course_page(tmp_path: Path) -> Iterator[str]:
    """The address of the platform's course, which opens the first check of the parents' course on a site of another name."""
    port = free_port()
    own = f"http://127.0.0.1:{port}"
    more = {"COPLEARN_PUBLIC_URL": own, "COPLEARN_LTI_HOSTS": "localhost"}
    process, log = start_server(tmp_path, port, more)
    try:
        await_ready(process, own, log)
        settings = Settings(instance_path=tmp_path / "instance", secret_key=SECRET_KEY, lti_hosts=("localhost",))
        app, platform = create_app(settings), LearningPlatform()
        found = site_of(app).library.current().courses["cop-parents"]
        target = f"{own}/en/c/{found.code}/{found.items[found.checks[0]].code}"
        with running_platform(platform, "localhost", lambda pages: add_pages(pages, platform, target)):
            world_of(app, platform)
            platform.tool = own
            yield f"{platform.url}/course"
        with app.app_context():
            engine_of(app).dispose()
    finally:
        process.terminate()
        process.wait(20)


def test_frame_without_cookies_leads_to_a_window_that_keeps_who_came(chromium: Browser, course_page: str) -> None:
    """No dead end: the frame says why and opens the same launch in a window of its own, which keeps who the learner is."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(course_page)
    frame = page.frame_locator("iframe")
    way_out = frame.locator("main a[target=_blank]")
    expect(way_out).to_be_visible()
    assert not [one for one in context.cookies() if one["name"].startswith("lti-")]
    with context.expect_page() as opened:
        way_out.click()
    window = opened.value
    expect(window.locator("html")).to_have_attribute("dir", "rtl")
    expect(window.locator("main form").first).to_be_visible()
    place = window.url
    window.reload()
    assert window.url == place and "/ar/c/" in place
    window.goto(place.partition("/ar/")[0] + "/ar/launched/")
    expect(window.locator("main")).to_contain_text("Moodle of the Ministry")
    context.close()
