"""A module that was exported comes back as a package, of SCORM and of cmi5: our own player plays it, and keeps what is reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Response, expect

from coplearn.course_exports.making import make_package
from coplearn.course_exports.ordering import PackageWish, order_of
from coplearn.site import site_of
from tests.journeys.site import serving
from tests.journeys.test_exported_package import do_step
from tests.packages.manage import put_package


@pytest.mark.whole
@pytest.mark.parametrize("standard", ["scorm12", "cmi5"])
def test_exported_module_is_played_by_our_own_player(
    shared_app: Flask, chromium: Browser, tmp_path: Path, standard: str
) -> None:
    """In a closed frame without an origin: it goes on where it was left, and ends with the result that the course would give."""
    course = site_of(shared_app).library.current().courses["cop-parents"]
    order = order_of(site_of(shared_app), PackageWish(standard, course.id, course.modules[0].id, "ar"))
    made, context = make_package(shared_app, order).content, chromium.new_context()
    with serving(tmp_path) as site:
        package = put_package(site.instance, made, "ar")
        home, page = f"{site.url}/en/packages/{package}", context.new_page()
        page.goto(home)
        page.click("button[name=how][value=on]")
        frame = page.frame_locator("[data-package]")
        frame.locator("#main li[data-item] a").first.click()
        third = course.items[course.modules[0].item_ids[2]]

        def is_kept(answer: Response) -> bool:
            return answer.ok and third.code in (answer.request.post_data or "")

        with page.expect_response(is_kept):
            for item_id in course.modules[0].item_ids[:2]:
                do_step(frame, course, item_id)
        expect(frame.locator(f'form[data-item="{third.code}"]')).to_be_visible()
        page.goto(home)
        expect(page.locator("main .facts")).not_to_contain_text("Done")
        page.click("button[name=how][value=on]")
        frame = page.frame_locator("[data-package]")
        expect(frame.locator(f'form[data-item="{third.code}"]')).to_be_visible()
        for item_id in course.modules[0].item_ids[2:]:
            do_step(frame, course, item_id)
        expect(frame.locator("[data-complete]")).to_be_visible()
        page.goto(home)
        expect(page.locator("main")).to_contain_text("Best result: 100%")
        expect(page.locator("main .facts")).to_contain_text("Done")
        context.close()
