"""The pages of packages that a person reads and decides on, without barriers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from sqlalchemy import update

from coplearn.accounts.service import grant_role
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.packages.models import PackageRecord
from coplearn.packages.rules import CertificateRule
from coplearn.storage.database import current_session
from tests.journeys.barriers import SMALLEST, barriers, bring_axe
from tests.journeys.browser import Visitor, new_visitor
from tests.journeys.conftest import Office
from tests.journeys.learner import PRIMARY
from tests.packages.building import cmi5_shaped, plain_12
from tests.packages.manage import let_in, put_upload
from tests.sizes import whole_only


@whole_only
@pytest.mark.parametrize("lang", ["en", "ar"])
def test_pages_of_certificates_and_reports_have_no_barrier(lang: str, office: Office, chromium: Browser) -> None:
    """A certificate that is still to be earned, one to be made and one that was; the decision about it; and a report."""
    site, app, state = office
    with app.app_context():
        session = current_session(app)
        grant_role(session, "ani@example.org", Role.COORDINATOR)
        package = let_in(app, session, plain_12(), key=f"{lang:a>32}", rule=CertificateRule(is_given=True, score=80))
        report = put_upload(app, session, cmi5_shaped(), key=f"{lang:b>32}").key
        session.commit()
    ani = new_visitor(chromium, site, lang, SMALLEST, storage_state=state, reduced_motion="reduce")
    bring_axe(ani)
    found = _faults(
        ani, f"packages/{package}/certificate", f"packages/{package}/certificate/decide", f"packages/desk/{report}"
    )
    ani.open(f"packages/{package}")
    ani.press("button[name=how][value=on]")
    with app.app_context():
        session = current_session(app)
        now = utcnow()
        done = {"done_at": now, "passed_at": now, "score": 100, "done_version_id": PackageRecord.version_id}
        session.execute(update(PackageRecord).values(done))
        session.commit()
    found += _faults(ani, f"packages/{package}/certificate")
    ani.page.locator("input[name=name]").fill("Ani Kim")
    ani.press(PRIMARY)
    assert ani.page.locator(".certificate").count()
    found += _faults(ani, f"packages/{package}/certificate")
    ani.context.close()
    assert not found, "\n".join(found)


def _faults(visitor: Visitor, *addresses: str) -> list[str]:
    found = []
    for address in addresses:
        assert visitor.open(address) == 200
        found += [
            f"{address}: {one}" for one in barriers(visitor, wide=visitor.lang == "ar", dark=visitor.lang == "en")
        ]
    return found
