"""Our own course goes all the way round: exported, brought in, learned to its end in our own player, and certified."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from coplearn.app import create_app
from coplearn.certificates.models import Certificate
from coplearn.course_exports.making import make_package
from coplearn.course_exports.ordering import PackageWish, order_of
from coplearn.learning.rules import edition_of
from coplearn.packages.models import PackageRecord
from coplearn.packages.rules import CertificateRule
from coplearn.settings import HOME, Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.conftest import MakeSite
from tests.journeys.browser import new_visitor
from tests.journeys.learner import PRIMARY, new_address, sign_up
from tests.journeys.site import serving
from tests.journeys.test_exported_package import do_step
from tests.once import SECRET_KEY
from tests.packages.manage import put_package


@pytest.mark.whole
@pytest.mark.parametrize("course_id", ["my-course", "cop-parents"])
def test_exported_course_earns_a_certificate_under_its_own_title(
    course_id: str, make_app: MakeSite, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As a visitor, by every step of a course; then an account, to which it comes; every check passed, and the course's title."""
    folder = tmp_path_factory.mktemp("round")
    shutil.copytree(HOME / "courses" / "_template", folder / "courses" / "my-course")
    app = make_app(course_path=(folder / "courses",))
    parts = site_of(app)
    course = parts.library.current().courses[course_id]
    titles = edition_of(course, parts.library.titles(course)).titles
    made = make_package(app, order_of(parts, PackageWish("scorm12", course_id, "", "en")))
    with serving(folder) as site:
        package, visitor = (
            put_package(site.instance, made.content, rule=CertificateRule(is_given=True)),
            new_visitor(chromium, site),
        )
        visitor.open("courses?reader=all")
        visitor.press(f"#other-tools a[href$='/packages/{package}']")
        visitor.press("button[name=how][value=on]")
        frame = visitor.page.frame_locator("[data-package]")
        frame.locator("#main li[data-item] a").first.click()
        for item_id in course.items:
            do_step(frame, course, item_id)
        expect(frame.locator("[data-complete]")).to_be_visible()
        expect(visitor.page.locator("[data-package-status]")).to_have_attribute("data-is", "saved")
        visitor.open(f"packages/{package}/certificate")
        visitor.press(".callout .button--primary")
        sign_up(visitor, new_address())
        visitor.open("me/")
        visitor.press(f"a.button[href$='/packages/{package}/certificate']")
        visitor.page.locator("input[name=name]").fill("Ana Kim")
        visitor.press(PRIMARY)
        expect(visitor.page.locator(".certificate")).to_contain_text(titles["en"])
        record, certificate = _kept(site.instance)
        visitor.open(f"check/{certificate.number}")
        expect(visitor.page.locator("main")).to_contain_text("reported by the course itself")
        visitor.context.close()
    assert (record.score, record.done_at is not None, record.passed_at is not None) == (100, True, True)
    assert (certificate.titles, certificate.kind, certificate.name) == ({"en": titles["en"]}, "achievement", "Ana Kim")


def _kept(instance: Path) -> tuple[PackageRecord, Certificate]:
    """The record of the one learner, and the better of the certificates."""
    app = create_app(Settings(instance_path=instance, secret_key=SECRET_KEY, log_level="CRITICAL"))
    with app.app_context():
        session = current_session(app)
        record = session.scalars(select(PackageRecord)).one()
        certificate = session.scalars(select(Certificate).order_by(Certificate.id.desc())).first()
        assert certificate is not None
        session.expunge_all()
    return record, certificate
