"""What staff read of people, and what they are refused, is written down: every page has its kind of event, or a reason."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from coplearn.accounts.models import User
from coplearn.administration.audit_log.rules import READS
from coplearn.audit import queries
from coplearn.audit.kinds import EventKind as K
from coplearn.outbox.models import Letter
from coplearn.storage.database import current_session
from coplearn.storage.form_keys import TakenForm
from tests.accounts.persona import token_of
from tests.cohorts.worlds import signed_in_client
from tests.resources.worlds import put_hub_member

NOT_READ = {
    "learners' own pages, or everybody's": (
        "assessments. brands. certificates. credentials. declared. feeds. invited. issuing. keeping. launched. learning. lti."
        " operations. played. practice. probes. profile. providers. recorded. rooms. search. security. statements. static"
        " cohorts.accept cohorts.asked cohorts.badge_to_bring cohorts.checkin cohorts.follow_up cohorts.join"
        " cohorts.join_with cohorts.mine cohorts.open_card cohorts.schedule cohorts.with_card experts.answer experts.listing"
        " guides.booklet guides.card_picture guides.course_cards guides.course_handout guides.module_handout packages.listing"
        " package_certificates.one packages.one packages.play pages.about pages.accessibility pages.help_now pages.home"
        " pages.letters pages.listen pages.manifest pages.pictures pages.privacy pages.start pages.style presenting.hall"
        " presenting.hall_state drills.table recordings.captions recordings.feed recordings.listing resources.confirm"
        " resources.file resources.listing resources.new resources.new_version resources.one resources.rubric series.calendar"
        " series.home series.series series.session"
    ),
    "one's own account, work and keys": (
        "pages.work second_factors. tokens.home tokens.new tokens.new_client cohorts.home api.list_my_certificates"
        " api.list_my_progress api.list_my_seats api.read_me api.read_my_progress"
    ),
    "counts and shares, of nobody in particular": (
        "insights.cohort insights.country insights.edition insights.edition_file insights.report insights.report_file"
        " period_reports. api.read_edition api.read_period_report presenting.meeting presenting.paper presenting.results"
        " drills.results metrics."
    ),
    "forms that are empty, or hold what was decided about a cohort or a meeting": (
        "cohorts.ask_copy cohorts.ask_days cohorts.ask_person cohorts.ask_roster cohorts.edit cohorts.new cohorts.new_meeting"
        " cohorts.poster cohorts.asked_badges"
    ),
    "dates and places; of people, the adult who answers for children's safety, whom all may know": (
        "cohorts.meetings cohorts.edit_meeting cohorts.children api.list_meetings api.read_meeting"
    ),
    "the code of the hour, or a way to a page that is named": "cohorts.door cohorts.door_now cohorts.scan_here",
    "records of cohorts and courses without people": (
        "api.description api.list_cohorts api.list_courses api.read_cohort api.read_course api.list_webhooks api.read_webhook"
    ),
    "what a country or a programme does, with who of the staff wrote or keeps it": (
        "campaigns. consulting.hear consulting.remark consulting.remarks declarations. drafting. recommendations."
        " programme.activity programme.countries programme.country programme.edit programme.evidence programme.export"
        " programme.find_country programme.home programme.list_template programme.lists programme.match programme.new"
        " programme.new_record programme.new_status programme.organisation programme.organisations programme.programmes"
        " programme.quick programme.sheet"
    ),
    "texts, files and keys of courses": (
        "course_exports. drills.facilitate drills.home drills.pack guides.check_on_paper guides.course_guide guides.home"
        " guides.item_guide guides.module_guide overlays. package_certificates.decide packages.manage packages.upload"
        " pages.course_problems presenting.home presenting.projector presenting.slides presenting.speaker presenting.state"
        " recordings.manage resources.appraise resources.newest_file translating."
    ),
    "the site itself, and other systems": (
        "overview.page pages.privacy_record platforms.edit platforms.listing platforms.new platforms.one site_settings.page"
        " xapi.page"
    ),
    "other programs' own requests, kept with the key that sent them": "lrs.",
    "shows people to some of its readers alone, and is written down by its view": "cohorts.cohort resources.manage",
}
"""Pages that no event of reading is written for; a name that ends in a dot is a whole blueprint."""


def test_every_page_that_staff_read_has_a_kind_or_a_reason(shared_app: Flask) -> None:
    """Whoever adds a page with records of people says what the log calls reading it."""
    pages = {rule.endpoint for rule in shared_app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    reasons = [name for names in NOT_READ.values() for name in names.split()]
    covered = {
        name: {page for page in pages if page == name or (name[-1] == "." and page.startswith(name))}
        for name in reasons
    }
    assert [name for name, found in covered.items() if not found] == []
    assert pages - READS.keys() - set().union(*covered.values()) == set()
    assert READS.keys() & set().union(*covered.values()) == set()


def test_deed_above_ones_own_rights_is_refused_and_named(app: Flask, keys: dict[str, str]) -> None:
    """A role or an invitation beyond one's place, or beyond one's own role by a form that was changed: nothing is done, and who
    tried what stands in the log."""
    with app.app_context():
        ids = {user.email.partition("@")[0]: user.id for user in current_session(app).scalars(select(User))}
    coordinator, account = signed_in_client(app, keys["coordinator"]), f"/en/people/{ids['lead']}"
    token = {"csrf_token": token_of(coordinator)}
    asked = {"people": "new@example.org", "language": "en"}
    for address, form in (
        (f"{account}/roles", {"role": "translator"}),
        (f"{account}/roles", {"role": "admin", "country": "MA"}),
        ("/en/people/invite", {"role": "coordinator", "country": "AM"} | asked),
        ("/en/people/invite", {"role": "admin", "country": "MA"} | asked),
        ("/en/people/invite", {"role": "king", "country": "MA"} | asked),
    ):
        assert coordinator.post(address, data=token | {"form_key": "k" * 16} | form).status_code == 422
    for address in (f"{account}/switch", f"/en/people/{ids['admin']}/switch"):
        coordinator.post(address, data=token | {"to": "off"})
    with app.app_context():
        told = [one for one in queries.newest(current_session(app)) if one.kind == K.REFUSED]
        letters = current_session(app).scalar(
            select(func.count()).select_from(Letter).where(Letter.to_address == "new@example.org")
        )
    assert {one.who for one in told} == {f"user:{ids['coordinator']}"}
    assert [(one.about, one.whom) for one in reversed(told)] == [
        ("role=translator", f"user:{ids['lead']}"),
        ("role=admin", f"user:{ids['lead']}"),
        ("role=coordinator,country=AM", ""),
        ("role=admin", ""),
        ("switch", f"user:{ids['lead']}"),
    ]
    assert letters == 0


def test_page_that_a_refused_form_shows_again_is_a_reading(app: Flask, keys: dict[str, str]) -> None:
    """Whoever sends an empty form sees the people on its page: it is written down, and nothing of the form is kept."""
    lead, address = signed_in_client(app, keys["lead"]), f"/en/cohorts/{keys['cohort']}/staff"
    form = {"csrf_token": token_of(lead), "form_key": "k" * 16}
    assert [lead.post(address, data=form).status_code for _ in range(2)] == [422, 422]
    with app.app_context():
        found = [(one.kind, one.about) for one in queries.newest(current_session(app)) if one.kind == K.PEOPLE_READ]
        kept = current_session(app).scalar(select(func.count()).select_from(TakenForm))
    assert (found, kept) == ([(K.PEOPLE_READ, f"cohort:{keys['cohort']}")], 0)


def test_desk_of_the_hub_is_read_by_its_keepers_alone(app: Flask, keys: dict[str, str]) -> None:
    """Who appraises sees no addresses there, and is not said to have read any."""
    with app.app_context():
        session = current_session(app)
        put_hub_member(session, "lead@example.org", "House")
        session.commit()
    for role, number in (("lead", 0), ("admin", 1)):
        assert signed_in_client(app, keys[role]).get("/en/resources/desk").status_code == 200
        with app.app_context():
            assert [one.kind for one in queries.newest(current_session(app))].count(K.PEOPLE_READ) == number
