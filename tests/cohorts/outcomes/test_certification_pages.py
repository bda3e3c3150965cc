"""Outcomes on their pages, certificates as files in six languages, and what a stranger learns of a number."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from coplearn.accounts.models import User
from coplearn.administration.site_settings.queries import LiveSettings
from coplearn.cohorts.common.models.certification import Certification, FollowUp
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.outcomes.queries.certification import token_hash
from coplearn.cohorts.outcomes.rules.followup import QUESTIONS
from coplearn.kernel.clock import utcnow
from coplearn.site import set_site, site_of
from coplearn.storage.database import current_session, engine_of
from tests.cohorts.finishing import make_ready
from tests.cohorts.outcomes.test_checklist import courses_of
from tests.cohorts.worlds import put_certification, put_cohort, put_member, put_scene, put_staff, signed_in_client
from tests.counting import counted

LOCALES = ("ar", "en", "es", "fr", "ru", "zh")
TOKEN = "t" * 32


@dataclass
class Site:
    """A site with a cohort, and browsers."""

    app: Flask
    cohort: str
    member: str
    clients: dict[str, FlaskClient]

    def address(self, rest: str, lang: str = "en") -> str:
        """A page of the cohort."""
        return f"/{lang}/cohorts/{self.cohort}/{rest}"

    def send(self, role: str, address: str, **fields: str) -> TestResponse:
        """Press a button there."""
        client = self.clients[role]
        token = client.get("/en/help").text.partition('name="csrf_token" value="')[2].partition('"')[0]
        return client.post(address, data={"csrf_token": token, **fields})

    def change(self, **changes: object) -> None:
        """Change the trainee's certification in the table."""
        with self.app.app_context():
            session = current_session(self.app)
            row = session.scalars(select(Certification)).one()
            for name, value in changes.items():
                setattr(row, name, value)
            session.commit()


@pytest.fixture
def site(app: Flask) -> Site:
    """The scene."""
    return put_site(app)


def put_site(app: Flask) -> Site:
    """Make it, with a trainee who has done everything and two who have done nothing."""
    with app.app_context():
        session: Session = current_session(app)
        scene = put_scene(session)
        member = session.scalars(select(Membership).where(Membership.public_id == scene.names["member"])).one()
        member.name = "Aya <b>Tazi</b>"
        make_ready(session, scene.cohort, [member], courses_of(app))
        for one in range(2):
            put_member(session, scene.cohort, f"b{one}@example.org")
        session.add(
            FollowUp(
                membership_id=member.id,
                token_hash=token_hash(TOKEN),
                due_on=utcnow().date(),
                sent_at=utcnow(),
                answers={},
            )
        )
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
        cohort, public_id = scene.cohort.public_id, member.public_id
        session.commit()
    roles = ("lead", "coordinator", "trainee", "b0")
    clients = {role: signed_in_client(app, keys[role]) for role in roles} | {"nobody": app.test_client()}
    return Site(app, cohort, public_id, clients)


def certify(site: Site) -> str:
    """Press certify; the number."""
    answer = site.send(
        "lead", site.address(f"outcomes/{site.member}"), outcome="certified", turn="0", note="Well done."
    )
    assert answer.status_code == 303
    with site.app.app_context():
        return current_session(site.app).scalars(select(Certification.number)).one() or ""


def test_a_trainee_is_certified_and_a_stranger_can_check_it(site: Site) -> None:
    """The trainee reads the words; the stranger sees name, what, country, until and that it is valid, and no more."""
    number = certify(site)
    mine = site.clients["trainee"].get(site.address("mine")).text
    assert "You are certified" in mine and "Well done." in mine
    page = site.clients["nobody"].get(f"/en/check/{number.lower().replace('-', ' ')}").text
    for told in ("Aya &lt;b&gt;Tazi&lt;/b&gt;", "Morocco", "Certificate of a trainer", "Your child online", "Valid"):
        assert told in page
    for kept in ("Well done.", "trainee@example.org", "Rabat", "Lead"):
        assert kept not in page


def test_a_beginner_cannot_be_certified_by_a_forged_press(site: Site) -> None:
    """The page does not offer it, and the server says what is missing; the words that were typed stay."""
    page = site.clients["lead"].get(site.address("outcomes")).text
    assert page.count("Not decided yet") == 3
    with site.app.app_context():
        beginner = (
            current_session(site.app)
            .scalars(select(Membership.public_id).where(Membership.email == "b0@example.org"))
            .one()
        )
    address = site.address(f"outcomes/{beginner}")
    assert 'value="certified"' not in site.clients["lead"].get(address).text
    refused = site.send("lead", address, outcome="certified", turn="0", note="Because I say so.")
    assert refused.status_code == 422
    assert "still missing" in refused.text and "Because I say so." in refused.text
    assert site.send("lead", address, outcome="completed", turn="0", note="Come to the next one.").status_code == 303
    mine = site.clients["b0"].get(site.address("mine")).text
    assert "You completed the training" in mine and "Come to the next one." in mine
    assert "is not started" in mine and "Go on with the course" in mine
    assert site.address("schedule") in mine


def test_a_revoked_certificate_says_so_and_never_why(site: Site) -> None:
    """To a stranger by number and by file, and to the trainee kindly; only the coordinator's page keeps the reason."""
    number = certify(site)
    pdf = site.send("trainee", site.address(f"mine/pdf/{number}")).data
    address = site.address(f"outcomes/{site.member}/revoke")
    assert site.send("lead", address, reason="Showed films.").status_code == 404
    assert site.send("coordinator", address, reason="Showed films.").status_code == 303
    pages = [site.clients["nobody"].get(f"/en/check/{number}").text, _check(site, pdf)]
    pages.append(site.clients["trainee"].get(site.address("mine")).text)
    assert all("no longer valid" in page for page in pages[:2])
    assert "no longer holds" in pages[2]
    assert not any("films" in page for page in pages)
    assert "Showed films." in site.clients["coordinator"].get(site.address(f"outcomes/{site.member}")).text
    # The file somebody has is told apart; a new one is made for nobody.
    assert site.send("trainee", site.address(f"mine/pdf/{number}")).status_code == 404
    assert site.send("lead", site.address(f"outcomes/{site.member}/pdf/{number}")).status_code == 404


def test_an_expired_certificate_is_told_from_a_valid_one(site: Site) -> None:
    """By its date alone; the trainee is told how to renew it."""
    number = certify(site)
    site.change(valid_until=utcnow() - timedelta(days=1))
    assert "has run out" in site.clients["nobody"].get(f"/en/check/{number}").text
    assert "has run out" in site.clients["trainee"].get(site.address("mine")).text


def _check(site: Site, data: bytes) -> str:
    client = site.clients["nobody"]
    token = client.get("/en/check/").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "file": (io.BytesIO(data), "certificate.pdf")}
    return client.post("/en/check/", data=form, content_type="multipart/form-data").text


def test_a_changed_file_is_told_from_a_genuine_one(site: Site) -> None:
    """Genuine to the last byte; one bit more and it is nobody's; a corrected name is said."""
    number = certify(site)
    pdf = site.send("trainee", site.address(f"mine/pdf/{number}")).data
    assert "genuine and unchanged" in _check(site, pdf)
    changed = bytearray(pdf)
    changed[len(pdf) // 2] ^= 1
    assert "not valid" in _check(site, bytes(changed))
    site.change(name="Aya Tazi")
    assert "earlier spelling" in _check(site, pdf)


def test_a_corrected_name_is_put_on_the_certificate_under_the_same_number(site: Site) -> None:
    """The lead's page offers it when the names differ; a stranger then reads the new one."""
    number = certify(site)
    address = site.address(f"outcomes/{site.member}")
    assert "present name" not in site.clients["lead"].get(address).text
    site.change(name="Aia Tazi")
    assert "present name" in site.clients["lead"].get(address).text
    assert site.send("lead", f"{address}/name").status_code == 303
    page = site.clients["nobody"].get(f"/en/check/{number}").text
    assert "Aya &lt;b&gt;Tazi" in page and "Aia" not in page


def test_the_certificate_is_typeset_in_six_languages(site: Site) -> None:
    """One tagged page each, with the name, the number and its language; the file's name says nothing of the topic."""
    number = certify(site)
    seen = set()
    for lang in LOCALES:
        answer = site.send("trainee", site.address(f"mine/pdf/{number}", lang))
        assert answer.headers["Content-Disposition"] == f'attachment; filename="certificate-{number}.pdf"'
        reader = PdfReader(io.BytesIO(answer.data))
        assert len(reader.pages) == 1
        assert number in reader.pages[0].extract_text()
        assert str(reader.root_object["/Lang"]).startswith(lang)
        seen.add(hashlib.sha256(answer.data).hexdigest())
    assert len(seen) == 6


def _on_paper(site: Site, number: str, lang: str = "en") -> str:
    data = site.send("trainee", site.address(f"mine/pdf/{number}", lang)).data
    return " ".join(PdfReader(io.BytesIO(data)).pages[0].extract_text().split())


def test_file_and_page_name_the_same_issuer(site: Site) -> None:
    """The organisation that runs the site stands on a trainer's certificate as on a learner's, on paper as on the public page."""
    parts = site_of(site.app)
    named = replace(parts.operators, organisation="Ministry of Families")
    set_site(site.app, replace(parts, chosen=LiveSettings(engine_of(site.app), named, 0)))
    number = certify(site)
    for told in (_on_paper(site, number), site.clients["nobody"].get(f"/en/check/{number}").text):
        assert f"Ministry of Families · {parts.settings.site_name}" in told


def test_a_course_that_is_renamed_keeps_its_old_title_on_the_certificate(site: Site) -> None:
    """On paper and to a stranger, who is told today's as well; in a language without one, the course's own."""
    number = certify(site)
    with site.app.app_context():
        kept = current_session(site.app).scalars(select(Certification.course_titles)).one()
    assert kept is not None and kept["cop-parents"]["language"] == "en"
    assert kept["cop-parents"]["titles"].keys() >= {"ar", "en", "fr"}
    assert kept["cop-parents"]["titles"]["en"] == "Your child online, and you beside them"
    assert "Today the course" not in site.clients["nobody"].get(f"/en/check/{number}").text
    titles = {"en": "A child and the net", "fr": "Un enfant et le net"}
    site.change(course_titles={"cop-parents": {"language": "en", "titles": titles}})
    public = site.clients["nobody"].get(f"/en/check/{number}").text
    assert "A child and the net" in public and "was not kept" not in public
    assert "Today the course is called" in public and "Your child online" in public
    for lang, title in (("en", titles["en"]), ("fr", titles["fr"]), ("es", titles["en"])):
        page = _on_paper(site, number, lang)
        assert title in page and "Your child online" not in page, lang


def test_a_certificate_of_two_courses_says_which_of_them_is_called_something_else(site: Site) -> None:
    """By both titles, as one sentence about "the course" would tell nothing."""
    number = certify(site)
    kept = {
        "cop-parents": {"language": "en", "titles": {"en": "A child and the net"}},
        "gone": {"language": "en", "titles": {"en": "How it was"}},
    }
    site.change(course_ids=list(kept), course_titles=kept)
    public = site.clients["nobody"].get(f"/en/check/{number}").text.translate(dict.fromkeys(range(0x2066, 0x206A)))
    assert "A child and the net is called Your child online, and you beside them today." in public
    assert "How it was is called" not in public and "was not kept" not in public


def test_an_old_certificate_says_that_its_courses_titles_were_not_kept(site: Site) -> None:
    """It shows the title of today as such; of a course that is gone it says that too; the number still checks."""
    number = certify(site)
    site.change(course_titles=None)
    public = site.clients["nobody"].get(f"/en/check/{number}").text
    for told in (public, _on_paper(site, number)):
        assert "Your child online" in told
        assert "What the course was called on that day was not kept: this is its title of today." in told
    site.change(course_ids=["cop-parents", "gone"], course_titles={})
    public = site.clients["nobody"].get(f"/en/check/{number}").text
    assert "Valid" in public and "it is not on this site any more" in public
    site.change(course_titles={"gone": {"language": "en", "titles": {"en": "How it was"}}})
    public = site.clients["nobody"].get(f"/en/check/{number}").text
    assert "How it was" in public and "this is its title of today" in public


def test_somebody_elses_number_gives_no_file(site: Site) -> None:
    """Not to another trainee of the cohort, and not under another member's address."""
    number = certify(site)
    assert site.send("b0", site.address(f"mine/pdf/{number}")).status_code == 404
    with site.app.app_context():
        other = (
            current_session(site.app)
            .scalars(select(Membership.public_id).where(Membership.email == "b0@example.org"))
            .one()
        )
    assert site.send("lead", site.address(f"outcomes/{other}/pdf/{number}")).status_code == 404
    assert site.send("lead", site.address(f"outcomes/{site.member}/pdf/{number}")).status_code == 200


def test_pages_of_forty_people_ask_little_of_the_database(site: Site) -> None:
    """Outcomes, teach-backs, one's own page and the cascade: at most twelve statements each."""
    with site.app.app_context():
        session = current_session(site.app)
        cohort = session.scalars(select(Cohort).where(Cohort.public_id == site.cohort)).one()
        put_staff(session, cohort, "b1@example.org", "observer")
        members = [put_member(session, cohort, f"m{one}@example.org") for one in range(45)]
        make_ready(session, cohort, members, courses_of(site.app))
        session.commit()
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "b1@example.org")).one()
    site.clients["b1"] = signed_in_client(site.app, key)
    asked = {
        "outcomes": ("lead", site.address("outcomes")),
        "outcome": ("lead", site.address(f"outcomes/{site.member}")),
        "teach-backs": ("b1", site.address("teach-backs")),
        "mine": ("trainee", site.address("mine")),
        "later": ("lead", site.address("later")),
        "cascade": ("coordinator", "/en/cohorts/cascade"),
    }
    found = {}
    for name, (role, address) in asked.items():
        site.clients[role].get(address)
        with counted(site.app) as sent:
            assert site.clients[role].get(address).status_code == 200
        found[name] = len(sent)
    assert {name: count for name, count in found.items() if count > 12} == {}
    first = site.clients["lead"].get(site.address("outcomes")).text
    assert first.count('<th scope="row">') == 40 and "More people" in first


def test_the_questions_are_answered_at_their_private_address(site: Site) -> None:
    """Missing answers come back kindly with what was chosen; afterwards a word of thanks, and another try to change them."""
    address, good = f"/en/f/{TOKEN}", {one.id: next(iter(one.choices)) for one in QUESTIONS}
    page = site.clients["nobody"].get(address)
    assert page.status_code == 200 and "<textarea" not in page.text and page.headers["Cache-Control"] == "no-store"
    refused = site.send("nobody", address, **(good | {"help": "a child told me"}))
    assert refused.status_code == 422
    assert refused.text.count(" checked") == 2 and "a child told me" not in refused.text
    assert site.send("nobody", address, **good).status_code == 303
    assert "Thank you" in site.clients["nobody"].get(address).text
    assert site.clients["nobody"].get(address + "?change=").text.count(" checked") == 3
    assert site.clients["nobody"].get("/en/f/made-up").status_code == 404
    later = site.clients["lead"].get(site.address("later")).text
    assert "100%" in later and "at least five people" in later


def test_a_certified_trainer_sees_their_own_branch_and_no_names_further_down(site: Site) -> None:
    """The trainers they trained are named; who those trained are counted. Whoever holds no right finds no page."""
    assert site.clients["trainee"].get("/en/cohorts/cascade").status_code == 404
    certify(site)
    with site.app.app_context():
        session = current_session(site.app)
        right = session.scalars(select(Certification)).one()
        cohort = put_cohort(session, right_id=right.id, generation=2, title="Own training")
        put_staff(session, cohort, "trainee@example.org", "lead")
        trainer = put_member(session, cohort, "near@example.org", name="Near Trainer")
        near = put_certification(session, cohort, trainer)
        below = put_cohort(session, right_id=near.id, generation=3, title="Below")
        far = put_certification(session, below, put_member(session, below, "far@example.org", name="Far Trainer"))
        put_cohort(session, right_id=far.id, generation=4, title="Far below")
        session.commit()
    page = site.clients["trainee"].get("/en/cohorts/cascade").text
    assert "Own training" in page and "Near Trainer" in page
    assert "Far Trainer" not in page and "Far below" not in page
    assert "Far Trainer" in site.clients["coordinator"].get("/en/cohorts/cascade").text
