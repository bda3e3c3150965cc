"""A certificate for a package: who decides, who earns it, what it says and for how long, and where packages are listed."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.audit.models import AuditEvent
from coplearn.certificates.models import Certificate
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import CertificateKind, Role
from coplearn.packages.models import PackageVersion
from coplearn.packages.rules import CertificateRule, Reached, VersionState
from coplearn.packages.tasks import forget_packages
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_user, signed_in_client
from tests.counting import counted
from tests.packages.building import plain_12
from tests.packages.manage import let_in
from tests.packages.test_commits import begun, send

REPORTED = "reported by the course itself"


def person(app: Flask, email: str, *, coordinates: bool = False) -> FlaskClient:
    """Somebody who is signed in."""
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        session = current_session(app)
        number = put_user(session, email)
        if coordinates:
            grant_role(session, email, Role.COORDINATOR)
        session.commit()
        return signed_in_client(app, session.get_one(User, number).fs_uniquifier)


def put(app: Flask, title: str = "Made elsewhere", locale: str = "en", into: str = "") -> str:
    """A package that people may learn with; its address."""
    with app.app_context():
        return let_in(app, current_session(app), plain_12(title), locale, into)


def decide(client: FlaskClient, package: str, score: str = "") -> None:
    """Let it earn a certificate."""
    form = {"is_given": "y", "score": score}
    assert client.post(f"/en/packages/{package}/certificate/decide", data=form).status_code == 303


def finish(client: FlaskClient, package: str, status: str = "passed", score: int = 80) -> None:
    """Let the package say that it is finished."""
    token = begun(client, package)
    sent = send(client, token, 1, cmi__core__lesson_status=status, cmi__core__score__raw=str(score))
    assert sent.status_code == 204


def certificates(app: Flask) -> list[Certificate]:
    """All there are, in their order."""
    with app.app_context():
        return list(current_session(app).scalars(select(Certificate).order_by(Certificate.id)))


def test_package_earns_what_its_bringer_decided_and_says_who_reported_it(app: Flask) -> None:
    """From the decision to the file and the badge: the title in the reader's language, version and digest, and that sentence."""
    ana, boss = person(app, "ana@example.org"), person(app, "boss@example.org", coordinates=True)
    package = put(app)
    put(app, "Fait ailleurs", "fr", package)
    page = f"/en/packages/{package}/certificate"
    finish(ana, package)
    assert ana.get(page).status_code == 404 and ana.post(page, data={"name": "Ana"}).status_code == 422
    assert ana.post(f"{page}/decide", data={"is_given": "y"}).status_code == 404
    decide(boss, package)
    assert (
        "To your certificate" in ana.get(f"/en/packages/{package}").text
        and "To your certificate" in ana.get("/en/me/").text
    )
    assert "Make my certificate" in ana.get(page).text and ana.post(page, data={"name": "12345"}).status_code == 422
    assert ana.post(page, data={"name": "Ana <b>Kim</b>"}).status_code == 303
    assert ana.post(page, data={"name": "Ana Kim"}).status_code == 303
    first, best = certificates(app)
    assert (first.kind, best.kind, best.name) == (*CertificateKind, "Ana Kim")
    assert (best.course_version, best.locale) == ("1", "en")
    with app.app_context():
        digests = set(current_session(app).scalars(select(PackageVersion.digest)))
        kinds = list(current_session(app).scalars(select(AuditEvent.kind)))
    assert best.course_digest in digests and len(digests) == 2 and kinds.count("package-certificate") == 1
    check = app.test_client().get(f"/fr/check/{best.number}").text
    assert "Fait ailleurs" in check and "Ana Kim" in check
    held = ana.get("/en/me/").text
    assert (
        REPORTED in held
        and "Made elsewhere" in held
        and REPORTED in app.test_client().get(f"/en/check/{best.number}").text
    )
    foreign = '<p class="certificate__course"><bdi lang="en" dir="ltr">Made elsewhere</bdi></p>'
    assert foreign in ana.get("/ar/me/").text and foreign in app.test_client().get(f"/ar/check/{best.number}").text
    made = ana.post(f"/en/certificates/{best.number}/pdf").data
    words = " ".join(PdfReader(BytesIO(made)).pages[0].extract_text().split())
    assert REPORTED in words and "Made elsewhere" in words and "Ana Kim" in words
    badge = json.loads(ana.post(f"/en/certificates/{best.number}/badge", data={"form": "json"}).data)
    achievement: dict[str, Any] = badge["credentialSubject"]["achievement"]
    assert achievement["name"] == "Made elsewhere" and REPORTED in achievement["description"]
    assert best.number in ana.get("/en/me/data").text


def test_certificate_stays_and_names_the_version_that_was_done(app: Flask) -> None:
    """When a new version comes, the old one's files are forgotten, the decision is taken back, and the package is hidden."""
    ana, boss = person(app, "ana@example.org"), person(app, "boss@example.org", coordinates=True)
    package = put(app, "The first")
    decide(boss, package)
    finish(ana, package)
    put(app, "The second", into=package)
    begun(ana, package, how="again")
    with app.app_context():
        session = current_session(app)
        old = session.scalars(select(PackageVersion).where(PackageVersion.state == VersionState.REPLACED)).one()
        digest, old.decided_at = old.digest, utcnow().replace(year=2020)
        session.commit()
        forget_packages(app, session, utcnow())
    page = f"/en/packages/{package}/certificate"
    assert ana.post(page, data={"name": "Ana Kim"}).status_code == 303
    found = certificates(app)[-1]
    assert (found.titles, found.course_version, found.course_digest) == ({"en": "The first"}, "1", digest)
    assert boss.post(f"/en/packages/{package}/certificate/decide", data={}).status_code == 303
    assert boss.post(f"/en/packages/{package}/show").status_code == 303
    assert found.number in ana.get(page).text and "The first" in ana.get("/en/me/").text
    assert "The first" in app.test_client().get(f"/en/check/{found.number}").text
    assert app.test_client().get(page).status_code == 404


@pytest.mark.parametrize(
    ("rule", "reached", "kinds"),
    [
        (CertificateRule(), Reached(True, True, 100), 0),
        (CertificateRule(True), Reached(False, None, 100), 0),
        (CertificateRule(True), Reached(True), 1),
        (CertificateRule(True), Reached(True, False, 40), 1),
        (CertificateRule(True), Reached(True, True), 2),
        (CertificateRule(True, 80), Reached(True, True, 79), 0),
        (CertificateRule(True, 80), Reached(True, None, 80), 2),
        (CertificateRule(True, 80), Reached(False, None, 100), 0),
        (CertificateRule(True, 80), Reached(True, True, None), 0),
    ],
)
def test_what_a_result_earns(rule: CertificateRule, reached: Reached, kinds: int) -> None:
    """Nothing before it is finished; where a score is needed, nothing below it."""
    assert rule.earned(reached) == tuple(CertificateKind)[:kinds]


def test_score_that_is_needed_is_told_and_held_to(app: Flask) -> None:
    """A number that is none is refused at its field; below the score the page says what is needed; a better try earns it."""
    boss, visitor = person(app, "boss@example.org", coordinates=True), app.test_client()
    package = put(app)
    address = f"/en/packages/{package}/certificate"
    for wrong in ("0", "101", "x", "-1", "7.5"):
        refused = boss.post(f"{address}/decide", data={"is_given": "y", "score": wrong})
        assert refused.status_code == 422 and "from 1 to 100" in refused.text
    decide(boss, package, "90")
    assert 'value="90"' in boss.get(f"{address}/decide").text
    finish(visitor, package, score=80)
    assert "90% or more" in visitor.get(address).text
    finish(visitor, package, score=95)
    page = visitor.get(address).text
    assert "needs an account" in page and "Make my certificate" not in page
    assert visitor.post(address, data={"name": "Ana"}).status_code == 302 and certificates(app) == []


def test_packages_stand_below_our_own_courses(app: Flask) -> None:
    """With their languages and the reader's state, in a number of statements that does not grow; no lesson pays for them."""
    ana = person(app, "ana@example.org")
    first = put(app, "Made elsewhere")
    put(app, "Fait ailleurs", "fr", first)
    finish(ana, first)
    counts = []
    for number in range(3):
        put(app, f"Another {number}")
        ana.get("/en/courses")
        with counted(app) as sent:
            page = ana.get("/en/courses").text
        counts.append(len(sent))
    assert len(set(counts)) == 1 and counts[0] <= 4
    others = page.partition("Courses from other tools")[2]
    assert others.count('<article class="card">') == 4 and "Fait ailleurs" not in others
    assert "English" in others and "Français" in others and others.count("badge--done") == 1
    assert "Another 2" in app.test_client().get("/ar/courses?reader=policymakers").text
    mine = ana.get("/en/me/").text
    assert "Made elsewhere" in mine and "Another" not in mine
    assert app.test_client().get("/en/packages/").location.endswith("/en/courses?reader=all#other-tools")
