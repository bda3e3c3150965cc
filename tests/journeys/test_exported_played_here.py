"""A module that was exported comes back as a package: our own player plays it, and keeps what its learner reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from coplearn.course_exports.making import make_package
from coplearn.course_exports.ordering import PackageWish, order_of
from coplearn.site import site_of
from tests.journeys.site import serving
from tests.journeys.test_exported_package import do_step
from tests.packages.desk import put_package


@pytest.mark.whole
def test_exported_module_is_played_by_our_own_player(shared_app: Flask, chromium: Browser, tmp_path: Path) -> None:
    """In a closed frame without an origin: it goes on where it was left, and ends with the result that the course would give."""
    course = site_of(shared_app).library.current().courses["cop-parents"]
    order = order_of(site_of(shared_app), PackageWish("scorm12", course.id, course.modules[0].id, "ar"))
    made, context = make_package(shared_app, order).content, chromium.new_context()
    with serving(tmp_path) as site:
        package = put_package(site.instance, made, "ar")
        home, page = f"{site.url}/en/packages/{package}", context.new_page()
        page.goto(home)
        page.click("button[name=how][value=on]")
        frame = page.frame_locator("[data-package]")
        frame.locator("#main li[data-item] a").first.click()
        for item_id in course.modules[0].item_ids[:2]:
            do_step(frame, course, item_id)
        third = course.items[course.modules[0].item_ids[2]]
        expect(frame.locator(f'form[data-item="{third.code}"]')).to_be_visible()
        expect(page.locator("[data-package-status]")).to_have_attribute("data-is", "saved")
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
