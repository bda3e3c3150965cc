"""Packages play in a real browser, on a host of their own and in a closed frame, and go on in place after a killed tab."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from coplearn.packages.rules import CertificateRule
from coplearn.settings import HOME
from tests.journeys.site import Site, free_port, serving
from tests.packages.building import cmi5_shaped, hostile, rise_shaped, storyline_shaped, unit, xapi_shaped
from tests.packages.manage import put_package

DEMO = HOME / "coplearn" / "demo" / "package"
Stage = tuple[str, Site]


@pytest.fixture(scope="module", params=["own", "frame"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A site whose packages have a host of their own (``localhost`` beside ``127.0.0.1``), and one where they have none."""
    folder, port = tmp_path_factory.mktemp("packages"), free_port()
    more = {"COPLEARN_PACKAGES_URL": f"http://localhost:{port}"} if request.param == "own" else {}
    with serving(folder, more, port=port) as site:
        yield request.param, site


@pytest.fixture
def learner(chromium: Browser) -> Iterator[BrowserContext]:
    """A visitor's browser."""
    context = chromium.new_context()
    yield context
    context.close()


def opened(context: BrowserContext, stage: Stage, package: str, how: str = "on") -> tuple[Page, FrameLocator]:
    """The page of a package of SCORM, begun or gone on in, and the frame that it plays in."""
    page, frame = framed(context, stage, package, how)
    return page, frame.frame_locator("iframe") if stage[0] == "own" else frame


def framed(
    context: BrowserContext, stage: Stage, package: str, how: str = "on", lang: str = "en"
) -> tuple[Page, FrameLocator]:
    """The page of a package, and the frame in it."""
    page = context.new_page()
    page.goto(f"{stage[1].url}/{lang}/packages/{package}")
    page.click(f"button[name=how][value={how}]")
    return page, page.frame_locator("[data-package]")


def kill(chromium: Browser, page: Page) -> None:
    """Kill the tab as a phone does: no event is fired in it, and nothing is sent any more."""
    told = chromium.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    with page.expect_event("crash"):
        for process in told["processInfo"]:
            if process["type"] == "renderer":
                os.kill(process["id"], signal.SIGKILL)


def test_storyline_goes_on_at_its_slide_after_a_killed_tab(
    chromium: Browser, stage: Stage, learner: BrowserContext
) -> None:
    """With far more than 4,096 letters of suspend data; then to its end, which the page of the package tells."""
    package = put_package(stage[1].instance, storyline_shaped(slides=6))
    page, story = opened(learner, stage, package)
    for slide in range(1, 4):
        expect(story.locator("#slide")).to_have_text(f"Slide {slide}")
        with page.expect_response(lambda answer: "/launch/" in answer.url and answer.status == 204):
            story.locator("#on").click()
    kill(chromium, page)
    page, story = opened(learner, stage, package)
    expect(story.locator("#slide")).to_have_text("Slide 4")
    expect(story.locator("#said")).to_have_text("3 answers")
    story.locator("#on").click()
    story.locator("#on").click()
    page.close()  # what was not sent yet leaves as a beacon
    page, story = opened(learner, stage, package)
    expect(story.locator("#slide")).to_have_text("Slide 6")
    page.goto(f"{stage[1].url}/en/packages/{package}")
    expect(page.locator("main")).to_contain_text("Best result: 100%")


def test_cmi5_goes_on_at_its_place_after_a_killed_tab_and_is_satisfied(
    chromium: Browser, stage: Stage, learner: BrowserContext
) -> None:
    """It speaks with our LRS, by a token that is given once; its end is told; the page of the package says what was reached."""
    more, inside = "moveOn='CompletedAndPassed' masteryScore='0.8'", "<launchParameters>q=1</launchParameters>"
    package = put_package(stage[1].instance, cmi5_shaped(unit("a", "au.html", more, inside)), "fr")
    page, au = framed(learner, stage, package, lang="fr")
    expect(au.locator("#place")).to_have_text("Place 1")
    expect(au.locator("#lang")).to_have_text("fr")
    expect(au.locator("#parameters")).to_have_text("q=1")
    expect(au.locator("#again")).to_have_text("1")
    for place in (2, 3):
        au.locator("#on").click()
        expect(au.locator("#place")).to_have_text(f"Place {place}")
    kill(chromium, page)
    page, au = framed(learner, stage, package)
    expect(au.locator("#place")).to_have_text("Place 3")
    au.locator("#pass").click()
    expect(au.locator("#place")).to_have_text("Passed")
    au.locator("#leave").click()
    expect(page.locator("[data-package-status]")).to_have_text("Your progress is saved. You may leave.")
    page.goto(f"{stage[1].url}/en/packages/{package}")
    expect(page.locator("main .facts")).to_contain_text("Best result: 90%")
    expect(page.locator("main .facts")).to_contain_text("Done")


@pytest.mark.whole
def test_xapi_goes_on_at_its_place_after_a_killed_tab_and_is_passed(
    chromium: Browser, stage: Stage, learner: BrowserContext
) -> None:
    """With the key of its address it keeps its place and says what was reached, which the page of the package tells."""
    package = put_package(stage[1].instance, xapi_shaped())
    page, story = framed(learner, stage, package)
    expect(story.locator("#place")).to_have_text("Place 1")
    story.locator("#on").click()
    expect(story.locator("#place")).to_have_text("Place 2")
    kill(chromium, page)
    page, story = framed(learner, stage, package)
    expect(story.locator("#place")).to_have_text("Place 2")
    story.locator("#pass").click()
    expect(story.locator("#place")).to_have_text("Passed")
    page.goto(f"{stage[1].url}/en/packages/{package}")
    expect(page.locator("main .facts")).to_contain_text("Best result: 80%")
    expect(page.locator("main .facts")).to_contain_text("Done")


def test_silent_server_is_told_and_tried_again(stage: Stage, learner: BrowserContext) -> None:
    """A line that takes a commit and never answers keeps none of the later ones back."""
    package = put_package(stage[1].instance, storyline_shaped(slides=6))
    learner.clock.install()
    page, story = opened(learner, stage, package)
    expect(story.locator("#slide")).to_have_text("Slide 1")
    learner.route("**/packages/launch/*", lambda route: None if route.request.method == "POST" else route.continue_())
    with page.expect_request(lambda sent: "/launch/" in sent.url and sent.method == "POST"):
        story.locator("#on").click()
        learner.clock.run_for(2000)
    learner.clock.run_for(60_000)
    expect(page.locator("[data-package-status]")).to_contain_text("Not saved yet")
    learner.unroute("**/packages/launch/*")
    learner.clock.run_for(60_000)
    expect(page.locator("[data-package-status]")).to_have_text("Your progress is saved.")


def test_rise_goes_on_at_its_lesson_and_a_new_version_offers_a_restart(
    chromium: Browser, stage: Stage, learner: BrowserContext
) -> None:
    """Its frames talk with each other, which takes a host of their own; without one the inner frame says nothing."""
    package = put_package(stage[1].instance, rise_shaped())
    page, driver = opened(learner, stage, package)
    rise = driver.frame_locator("iframe")
    if stage[0] == "frame":
        expect(rise.locator("#on")).to_be_visible()
        expect(rise.locator("#lesson")).to_have_text("")
        return
    for lesson in range(1, 4):
        expect(rise.locator("#lesson")).to_have_text(f"Lesson {lesson}")
        with page.expect_response(lambda answer: "/launch/" in answer.url and answer.status == 204):
            rise.locator("#on").click()
    kill(chromium, page)
    page, driver = opened(learner, stage, package)
    rise = driver.frame_locator("iframe")
    expect(rise.locator("#lesson")).to_have_text("Lesson 4")
    rise.locator("#on").click()
    expect(page.locator("[data-package-status]")).to_have_attribute("data-is", "saved")
    put_package(stage[1].instance, rise_shaped(version=2), public_id=package)
    page.goto(f"{stage[1].url}/en/packages/{package}")
    expect(page.locator("main")).to_contain_text("the package has changed")
    expect(page.locator("main .facts")).to_contain_text("Done")
    page, driver = opened(learner, stage, package, "again")
    expect(driver.frame_locator("iframe").locator("#lesson")).to_have_text("Lesson 1")
    page.goto(f"{stage[1].url}/en/packages/{package}")
    expect(page.locator("main .facts")).to_contain_text("Done")


def test_package_reaches_nothing_of_ours(stage: Stage, learner: BrowserContext) -> None:
    """Neither cookies nor pages nor stores, no other server, not the page above, and no message of a stranger is believed."""
    package = put_package(stage[1].instance, hostile())
    page, frame = opened(learner, stage, package)
    expect(frame.locator("#over")).to_have_text("over")
    tried = frame.locator("#tried").text_content() or ""
    assert tried and "reached" not in tried, tried
    assert page.url.startswith(stage[1].url)
    page.evaluate("window.postMessage({from: 'coplearn-package', is: 'lost'}, '*')")
    page.evaluate("new Promise(done => setTimeout(done))")
    # In a closed frame the package and the runtime are one page, so that what it says of itself is shown; no more comes of it.
    mine = (None, "saved") if stage[0] == "own" else (None, "saved", "ended")
    assert page.locator("[data-package-status]").get_attribute("data-is") in mine


def test_course_of_the_demo_is_learned_to_its_certificate(stage: Stage, learner: BrowserContext) -> None:
    """With three of its five questions there is none yet; with all of them the page of the certificate says that it is earned."""
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        for file in DEMO.iterdir():
            archive.write(file, file.name)
    package = put_package(stage[1].instance, made.getvalue(), rule=CertificateRule(is_given=True, score=80))
    page, course = opened(learner, stage, package)
    for asked in range(1, 6):
        course.locator("#on").click()
        expect(course.locator("#said")).to_have_text(f"{asked} of 5")
        expect(page.locator("[data-package-status]")).to_have_text("Your progress is saved.")
        if asked == 3:
            early = learner.new_page()
            early.goto(f"{stage[1].url}/en/packages/{package}/certificate")
            expect(early.locator("main")).to_contain_text("A few steps are left")
    page.goto(f"{stage[1].url}/en/packages/{package}/certificate")
    expect(page.locator("main")).to_contain_text("You have earned it")
