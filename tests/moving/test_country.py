"""One country leaves a shared site: its people and records arrive at a site of their own, and are forgotten at the old one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from coplearn.accounts.models import User
from coplearn.certificates.service import issue_certificates
from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.kernel.words import CertificateKind
from coplearn.learning.models import Learner
from coplearn.learning.service import start_visitor
from coplearn.outbox.letters import stop_code
from coplearn.outbox.queries import is_stopped
from coplearn.outbox.service import stop_letters
from coplearn.storage.database import current_session, engine_of
from tests.certificates.test_issuing import FINISHED
from tests.cohorts.worlds import put_certification, put_cohort, put_member, put_staff
from tests.moving.conftest import Machine, Machines

REMINDER = "cohort-reminder"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def put_two_countries(machine: Machine) -> dict[str, str]:
    """Cohorts of Morocco and Kenya with people in each, and one person in both; the numbers of certificates by whose."""
    numbers = {}
    with machine.app.app_context():
        session = current_session(machine.app)
        for country, who in (("MA", "amina@example.org"), ("KE", "juma@example.org")):
            cohort = put_cohort(session, country)
            member = put_member(session, cohort, who)
            put_member(session, cohort, "both@example.org")
            put_staff(session, cohort, f"staff-{country.lower()}@example.org", "organiser")
            numbers[country] = str(put_certification(session, cohort, member).number)
            learner, _ = start_visitor(session, NOW, NOW)
            session.execute(update(Learner).where(Learner.id == learner.id).values(user_id=member.user_id))
            issued = issue_certificates(session, learner.id, FINISHED, tuple(CertificateKind), "Amina", "ar", NOW)
            numbers[f"{country} learner"] = issued[0].number
        for who in ("amina@example.org", "juma@example.org"):
            stop_letters(session, stop_code(machine.app, REMINDER, who), REMINDER)
        session.commit()
    return numbers


def names_in(machine: Machine) -> dict[str, list[str]]:
    """Addresses of accounts, countries of cohorts and names of members that a site has."""
    app = machine.start()
    with app.app_context():
        session = current_session(app)
        return {
            "accounts": sorted(session.scalars(select(User.email))),
            "countries": sorted(session.scalars(select(Cohort.country))),
            "members": sorted(session.scalars(select(Membership.name))),
            "numbers": sorted(str(one) for one in session.scalars(select(Certification.number))),
        }


@pytest.mark.whole
def test_a_country_leaves_with_what_is_its_own(machines: Machines, tmp_path: Path, secret: Path) -> None:
    """What may be taken is shown and asked for; the new site proves it; then the old one keeps counts and nobody's name."""
    old, new = machines("old"), machines("new", "postgresql")
    numbers = put_two_countries(old)
    archive = tmp_path / "ma.site"
    seal = ("--passphrase-file", secret)
    refused = old.run("export", archive, "--country", "ma", *seal, typed="KE\n")
    assert "Nothing was written" in refused.output
    assert not archive.exists()
    shown = old.done("export", archive, "--country", "MA", *seal, typed="MA\n")
    assert "2 rows of membership" in shown
    assert "The log of the old site stays whole there." in shown
    told = new.done("import", archive, *seal)
    assert "coplearn people grant" in told

    arrived = names_in(new)
    assert arrived["accounts"] == ["amina@example.org", "both@example.org", "staff-ma@example.org"]
    assert (arrived["countries"], arrived["numbers"]) == (["MA"], [numbers["MA"]])
    browser = new.start().test_client()
    for number in (numbers["MA"], numbers["MA learner"]):
        assert browser.get(f"/en/check/{number}").status_code == 200
    assert browser.get(f"/en/check/{numbers['KE']}").status_code == 404

    site = new.start()
    with site.app_context():
        stopped = [
            is_stopped(current_session(site), stop_code(site, REMINDER, f"{who}@example.org"))
            for who in ("amina", "both")
        ]
    assert stopped == [True, False]

    proof = new.instance / "moving" / "proof.json"
    values = json.loads(proof.read_text(encoding="utf-8"))
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps({**values, "proof": values["proof"].replace("new.example", "bad.example")}), "utf-8")
    assert "was changed" in old.run("release", forged, "--yes").output
    assert "not made here" in new.run("release", proof, "--yes").output
    before = names_in(old)
    assert "Nothing was erased" in old.run("release", proof, typed="KE\n").output
    assert names_in(old) == before
    old.done("release", proof, typed="MA\n")

    left = names_in(old)
    assert left["accounts"] == ["both@example.org", "juma@example.org", "staff-ke@example.org"]
    assert left["members"] == ["", "", "Both", "Juma"]
    assert (left["countries"], left["numbers"]) == (before["countries"], before["numbers"])
    folder = old.instance / "moving" / "MA"
    redirects = (folder / "nginx.conf").read_text(encoding="utf-8")
    assert f'"{numbers["MA"]}" https://new.example;' in redirects
    assert numbers["KE"] not in redirects
    assert all(f"/{part}/(?<" in redirects for part in ("check", "cohorts", "series", "calendar"))
    assert (folder / "erasure.pdf").read_bytes().startswith(b"%PDF")
    with engine_of(old.start()).connect() as connection:
        kinds = set(connection.scalars(text("SELECT kind FROM audit_event")))
    assert {"site-exported", "country-released"} <= kinds
