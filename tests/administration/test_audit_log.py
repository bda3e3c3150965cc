"""The audit log names what staff do and read: every action of theirs has a kind, or a reason why it has none."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.service import erase_user, grant_role
from coplearn.administration.audit_log.queries import names_in
from coplearn.administration.audit_log.rules import READS
from coplearn.audit import queries, service
from coplearn.audit.kinds import EventKind
from coplearn.audit.models import AuditEvent, AuditHead
from coplearn.audit.rules import FIRST_HASH, hash_of
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.service import log_event
from coplearn.kernel.words import Role
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor
from tests.cohorts.worlds import NOW, put_scene, put_user, signed_in_client

PACKAGE = Path(__file__).resolve().parents[2] / "coplearn"
K = EventKind
AUDITED: dict[str, EventKind] = {
    "cohorts.open_new": K.COHORT_OPENED,
    "cohorts.copy": K.COHORT_OPENED,
    "cohorts.change": K.COHORT_CHANGED,
    "cohorts.move": K.COHORT_MOVED,
    "cohorts.archive": K.COHORT_ARCHIVED,
    "cohorts.set_joining": K.COHORT_CODE,
    "cohorts.add_staff": K.STAFF_ASKED,
    "cohorts.take_back_request": K.STAFF_ASKED,
    "cohorts.answer_asked": K.STAFF_CHANGED,
    "cohorts.end_staff": K.STAFF_ENDED,
    "cohorts.add_person": K.MEMBER_ADDED,
    "cohorts.correct_person": K.MEMBER_CORRECTED,
    "cohorts.change_person": K.MEMBER_APPROVED,
    "cohorts.erase_person": K.MEMBER_ERASED,
    "cohorts.invite_person": K.MEMBERS_INVITED,
    "cohorts.invite_people": K.MEMBERS_INVITED,
    "cohorts.write": K.MEMBER_WRITTEN_TO,
    "cohorts.move_in_queue": K.QUEUE_MOVED,
    "cohorts.upload_roster": K.ROSTER_IMPORTED,
    "cohorts.change_roster": K.ROSTER_IMPORTED,
    "cohorts.cards": K.CARDS_MADE,
    "cohorts.lend_device": K.DEVICE_LENT,
    "cohorts.letter_again": K.LETTER_AGAIN,
    "cohorts.plan_meeting": K.MEETING_CHANGED,
    "cohorts.plan_days": K.MEETING_CHANGED,
    "cohorts.copy_day": K.MEETING_CHANGED,
    "cohorts.change_meeting": K.MEETING_CHANGED,
    "cohorts.set_meeting_state": K.MEETING_CHANGED,
    "cohorts.renew_calendar": K.CALENDAR_RENEWED,
    "cohorts.save_register": K.REGISTER_WRITTEN,
    "cohorts.send_marks": K.REGISTER_WRITTEN,
    "cohorts.mark_scan": K.REGISTER_WRITTEN,
    "cohorts.count_children": K.CHILDREN_COUNTED,
    "cohorts.keep_plan": K.TEACH_BACK_PLANNED,
    "cohorts.judge": K.TEACH_BACK_JUDGED,
    "cohorts.decide": K.OUTCOME_DECIDED,
    "cohorts.renew": K.CERTIFICATION_RENEWED,
    "cohorts.revoke": K.CERTIFICATION_REVOKED,
    "cohorts.pass_on": K.PASSING_ON,
    "cohorts.correct_name": K.CERTIFICATE_NAME,
    "cohorts.ask_for_badge": K.COHORT_CHANGED,
    "cohorts.ask_no_more": K.COHORT_CHANGED,
    "cohorts.certificate": K.CERTIFICATE_READ,
    "drills.open_run": K.EXERCISE_OPENED,
    "presenting.begin": K.GROUP_ASKED,
    "presenting.begin_at_meeting": K.GROUP_ASKED,
    "presenting.keep_paper": K.GROUP_ASKED,
    "presenting.forget": K.GROUP_ASKED,
    "packages.let_in": K.PACKAGE_LET_IN,
    "packages.show": K.PACKAGE_LET_IN,
    "package_certificates.keep_decision": K.PACKAGE_CERTIFICATE,
    "packages.discard": K.PACKAGE_REMOVED,
    "recordings.add": K.RECORDING_ADDED,
    "recordings.remove": K.RECORDING_REMOVED,
    "pages.outbox_again": K.LETTER_AGAIN,
    "people.invite": K.ACCOUNT_INVITED,
    "people.give_role": K.ROLE_GIVEN,
    "people.take_role": K.ROLE_TAKEN,
    "people.switch": K.ACCOUNT_OFF,
    "people.hand_over_work": K.WORK_HANDED_OVER,
    "people.join_accounts": K.ACCOUNTS_MERGED,
    "people.see": K.SEEN_AS,
    "platforms.invite": K.PLATFORM_INVITED,
    "platforms.renew_key": K.KEY_RENEWED,
    "platforms.add": K.PLATFORM_WRITTEN,
    "platforms.change": K.PLATFORM_WRITTEN,
    "platforms.set_open": K.PLATFORM_WRITTEN,
    "platforms.add_deployment": K.PLATFORM_WRITTEN,
    "platforms.remove_deployment": K.PLATFORM_WRITTEN,
    "platforms.send_again": K.PLATFORM_WRITTEN,
    "platforms.remove": K.PLATFORM_WRITTEN,
    "site_settings.save": K.SETTINGS_CHANGED,
    "site_settings.send_test": K.MAIL_TESTED,
    "api.open_cohort": K.COHORT_OPENED,
    "api.add_member": K.MEMBER_ADDED,
    "api.change_member": K.MEMBER_APPROVED,
    "api.plan_meeting": K.MEETING_CHANGED,
    "api.send_marks": K.REGISTER_WRITTEN,
    "api.decide_outcome": K.OUTCOME_DECIDED,
    "api.make_webhook": K.WEBHOOK_CHANGED,
    "api.resume_webhook": K.WEBHOOK_CHANGED,
    "translating.add_language": K.LANGUAGE_ADDED,
    "translating.offer_language": K.LANGUAGE_OFFERED,
    "translating.publish": K.CATALOG_PUBLISHED,
    "translating.upload": K.TRANSLATIONS_IMPORTED,
    "translating.undo_import": K.IMPORT_UNDONE,
    "xapi.make": K.LRS_KEY_MADE,
    "xapi.end": K.LRS_KEY_ENDED,
    "xapi.save_target": K.LRS_TARGET_SET,
}
"""The posts of staff; of several kinds that one of them writes, the first."""
WRITES_ON_RECORDS: dict[str, EventKind] = {
    "programme.write": K.ACTIVITY_WRITTEN,
    "programme.write_quickly": K.ACTIVITY_WRITTEN,
    "programme.send_quickly": K.ACTIVITY_WRITTEN,
    "programme.change": K.ACTIVITY_WRITTEN,
    "programme.mark": K.ACTIVITY_WRITTEN,
    "programme.confirm": K.ACTIVITY_CONFIRMED,
    "programme.add_evidence": K.ACTIVITY_EVIDENCE,
    "programme.remove_evidence": K.ACTIVITY_EVIDENCE,
    "programme.change_sheet": K.ACTIVITIES_IMPORTED,
    "programme.write_record": K.COUNTRY_RECORD_WRITTEN,
    "programme.write_status": K.COUNTRY_RECORD_WRITTEN,
    "programme.judge_status": K.COUNTRY_RECORD_CONFIRMED,
    "programme.add_organisation": K.ORGANISATION_WRITTEN,
    "programme.change_organisation": K.ORGANISATION_WRITTEN,
    "programme.join": K.ORGANISATION_MATCHED,
    "programme.undo": K.ORGANISATION_UNMATCHED,
    "programme.add_programme": K.PROGRAMME_WRITTEN,
    "programme.seat": K.PROGRAMME_ROLE_GIVEN,
    "programme.end": K.PROGRAMME_ROLE_ENDED,
    "period_reports.make": K.PERIOD_EDITION_MADE,
    "declarations.record": K.ROUND_TABLE_RECORDED,
    "declarations.change": K.ROUND_TABLE_RECORDED,
    "declarations.add_group": K.ROUND_TABLE_RECORDED,
    "declarations.save_draft": K.DECLARATION_DRAFTED,
    "declarations.adopt": K.DECLARATION_ADOPTED,
    "declarations.show": K.DECLARATION_SHOWN,
    "recommendations.assign": K.RECOMMENDATION_ASSIGNED,
    "recommendations.tell_standing": K.RECOMMENDATION_TOLD,
    "campaigns.record": K.CAMPAIGN_RECORDED,
    "campaigns.change": K.CAMPAIGN_RECORDED,
    "campaigns.give_out": K.MATERIAL_GIVEN,
    "campaigns.take_back": K.MATERIAL_GIVEN,
    "drafting.new": K.STATEMENT_WRITTEN,
    "drafting.write": K.STATEMENT_WRITTEN,
    "drafting.keep_texts": K.STATEMENT_WRITTEN,
    "drafting.show": K.STATEMENT_SHOWN,
    "drafting.agree": K.STATEMENT_AGREED,
    "drafting.ask": K.CONSULTATION_OPENED,
    "consulting.move_end": K.CONSULTATION_OPENED,
    "consulting.ask": K.CONSULTATION_ASKED,
    "consulting.close_address": K.CONSULTATION_ASKED,
    "consulting.judge": K.REMARK_JUDGED,
    "consulting.answer": K.REMARK_ANSWERED,
    "consulting.hear": K.GROUP_HEARD,
    "consulting.summarise": K.CONSULTATION_TOLD,
    "series.set_up": K.MEETING_CHANGED,
    "series.write_notes": K.MEETING_CHANGED,
    "series.change_part": K.MEETING_CHANGED,
    "series.change_place": K.MEMBER_APPROVED,
    "resources.send_appraisal": K.RESOURCE_APPRAISED,
    "resources.recuse": K.RESOURCE_RECUSED,
    "resources.take_down": K.RESOURCE_TAKEN_DOWN,
    "resources.put_back": K.RESOURCE_PUT_BACK,
    "resources.add_member": K.HUB_MEMBER_ADDED,
    "resources.end_member": K.HUB_MEMBER_ENDED,
    "experts.nominate": K.EXPERT_NOMINATED,
    "experts.open_vote": K.EXPERT_VOTE_OPENED,
    "overlays.decide": K.OVERLAY_DECIDED,
    "overlays.looked": K.OVERLAY_DECIDED,
    "overlays.undo": K.OVERLAY_DECIDED,
}
"""The same on records of a programme, and of what it does with people."""
AUDITED |= WRITES_ON_RECORDS
HISTORY = "the history of translations keeps every edit for ever, with its writer"
RUN = "the run keeps every entry for ever, with who entered it"
LRS = (
    "statements",
    "activities",
    "activities_state",
    "activities_profile",
    "agents",
    "agents_profile",
    "about",
    "fetch",
)
NOT_NAMED = {
    "translating.save": HISTORY,
    "translating.review": HISTORY,
    "translating.decide": HISTORY,
    "translating.dismiss": HISTORY,
    "translating.revert": HISTORY,
    "translating.comment": "comments stand with their writer beside the text",
    "translating.resolve": "comments stand with their writer beside the text",
    "translating.draft": "a draft is its writer's alone",
    "translating.preview": "changes nothing",
    "translating.ask": "a machine's suggestion changes nothing until somebody saves it",
    "drills.save": RUN,
    "drills.send_entries": RUN,
    "drills.tell_fixes": RUN,
    "drills.change_room": "opens or closes a page without anybody's data",
    "packages.bring": "what was brought is named when it is let in, and its row says by whom",
    "presenting.steer": "shows another slide",
    "presenting.type_hands": "counts without anybody's data, kept with who presented",
    "presenting.end": "that it began is named, and nothing is kept but counts",
    "api.give_key": "gives a client a key of an hour; the client itself is named when it is made",
    "course_exports.order": "makes a file of a public course, without anybody's data",
    "people.stop_seeing": "that it began is named, and it ends by itself within minutes",
    "people.end_invitation": "nobody got anything by an invitation that was taken back",
    **{f"lrs.{name}": "other programs' own requests, kept with the key that sent them" for name in LRS},
    "invited.accept": "the role is named when it is given, and the account that it made",
    "programme.upload": "a list is its writer's alone and counts nowhere until it is brought in, which is named",
    "drafting.choose_language": "leads to another page",
    "package_certificates.issue": "a learner's own",
    "experts.vote": "the vote stands with its member for ever, and nobody may know of it before the end",
}
OWN = {
    "accept_now", "answer_follow_up", "bring_badge", "card_badge", "card_certificate", "check_in", "claim", "join_now",
    "learn_with_card", "leave_card", "leave_queue", "own_badge", "own_certificate", "renew_own_calendar", "take_card",
    "type_code",
}  # fmt: skip
"""Posts of cohorts that people send about themselves."""
OF_THE_PUBLIC = {
    "experts.send_answer", "resources.add_version", "resources.confirmed", "resources.contribute", "series.leave",
    "series.register", "statements.say_for_organisation", "statements.say_openly", "statements.take_back",
}  # fmt: skip
"""What anybody sends about themselves, as who contributes, takes part, or holds a letter; each row stands with its day."""
OF_LEARNERS = {
    "assessments", "certificates", "keeping", "launched", "learning", "lti", "operations", "practice", "profile", "rooms",
    "security", "static",
}  # fmt: skip
OF_EVERYBODY = {"second_factors", "consents", "privacy", "providers", "tokens"}
"""Blueprints of what people do with their own account; what staff do there is named in its own tests."""


def test_every_post_of_staff_has_a_kind_or_a_reason(shared_app: Flask) -> None:
    """Whoever adds a page for staff says what the log calls it."""
    posts = {rule.endpoint for rule in shared_app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    known = AUDITED.keys() | NOT_NAMED.keys() | {f"cohorts.{name}" for name in OWN}
    known |= {"pages.choose_country", "pages.choose_pictures", "pages.stop_or_resume", "drills.sit", "presenting.vote"}
    known |= {"search.seek", "packages.begin", "played.commit"} | OF_THE_PUBLIC
    left = {name for name in posts - known if name.partition(".")[0] not in OF_LEARNERS | OF_EVERYBODY}
    assert left == set()
    assert AUDITED.keys() | NOT_NAMED.keys() | OF_THE_PUBLIC <= posts
    assert not AUDITED.keys() & (NOT_NAMED.keys() | OF_THE_PUBLIC)
    assert READS.keys() <= {rule.endpoint for rule in shared_app.url_map.iter_rules()}


def test_every_kind_of_a_deed_is_written_somewhere() -> None:
    """A kind that a table promises and no code writes would be silently dropped."""
    sources = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.name != "kinds.py"]
    unwritten = {
        kind
        for kind in {*AUDITED.values(), *READS.values()}
        if not any(f"EventKind.{kind.name}" in one for one in sources)
    }
    assert unwritten == set()


def test_kind_of_a_deed_on_a_record_is_written_by_its_own_slice(shared_app: Flask) -> None:
    """An action that names the kind of somebody else's would be written by nobody."""
    for endpoint, kind in WRITES_ON_RECORDS.items():
        slice_name = shared_app.view_functions[endpoint].__module__.split(".")[1]
        sources = (path.read_text(encoding="utf-8") for path in (PACKAGE / slice_name).rglob("*.py"))
        assert any(f"EventKind.{kind.name}" in one for one in sources), endpoint


def test_deed_in_a_cohort_is_named_with_who_did_it_and_to_whom(session: Session) -> None:
    """What a cohort's history says by name stands in the log by ids; what people do themselves does not."""
    scene = put_scene(session)
    person = Person(put_user(session, "lead@example.org"), "Lead", "lead@example.org", "en", ())
    log_event(session, scene.cohort.id, None, "seat-given", NOW, member="m1")
    session.commit()
    before = queries.newest(session)[0].number
    log_event(session, scene.cohort.id, person, "seat-taken", NOW, member="m1")
    log_event(session, scene.cohort.id, person, "person-withdrawn", NOW, member="m1", was="active")
    session.commit()
    last = queries.newest(session)[0]
    assert (last.number, last.kind, last.whom) == (before + 1, "member-withdrawn", "member:m1")
    assert last.about == f"cohort:{scene.cohort.id}"


def test_erased_person_is_a_number_and_another_with_it_is_not_taken_for_them(session: Session) -> None:
    """Names are those of today; whoever was erased has none, though the database gives the number out again."""
    number = put_user(session, "ana@example.org")
    grant_role(session, "ana@example.org", Role.TRANSLATOR, "ar")
    session.commit()
    given = [event for event in queries.newest(session) if event.kind == EventKind.ROLE_GIVEN]
    assert names_in(session, given) == {(given[0].number, f"user:{number}"): "Ana"}
    assert given[0].about == "role=translator,locale=ar"
    erase_user(session, number)
    session.commit()
    # SQLite gives the number out again; PostgreSQL would only if its counter were set back.
    other = put_user(session, "bela@example.org")
    session.execute(update(User).where(User.id == other).values(id=number))
    session.commit()
    service.record(session, EventKind.ROLE_GIVEN, whom=f"user:{number}", now=NOW)
    session.commit()
    named = names_in(session, queries.newest(session))
    assert (given[0].number, f"user:{number}") not in named
    assert named[queries.newest(session)[0].number, f"user:{number}"] == "Bela"


def test_reading_of_people_is_seen_afterwards(app: Flask, keys: dict[str, str]) -> None:
    """A lead reads a person, once and again: the administrator finds one line, by who, by kind, and in a file of ids alone."""
    lead, admin = (signed_in_client(app, keys[role]) for role in ("lead", "admin"))
    address = f"/en/cohorts/{keys['cohort']}/people/{keys['member']}"
    assert [lead.get(address).status_code for _ in range(2)] == [200, 200]
    assert lead.get(f"{address}0").status_code == 404
    page = admin.get("/en/audit/?person=lead@example.org&kind=person-read").text
    assert "Read what is kept of a person" in page and "Lead" in page
    rows = list(csv.reader(io.StringIO(admin.get("/en/audit/audit.csv?kind=person-read").text.lstrip("\ufeff"))))
    assert [(row[2], row[5], row[6]) for row in rows[1:]] == [
        ("person-read", f"member:{keys['member']}", f"cohort:{keys['cohort']}")
    ]
    assert "@" not in admin.get("/en/audit/audit.csv").text
    for wrong in ("?kind=x&day=yesterday", "?day=9999-12-31", "?person=%00&before=-1", "?day=2026-11-30&person=user:1"):
        assert admin.get(f"/en/audit/{wrong}").status_code == 200
    assert lead.get("/en/audit/").status_code == 404


def test_log_is_verified_at_the_shell(app: Flask) -> None:
    """Whole: 0 and the number of events; changed behind the site's back, also before the seal: 1 and the number."""
    runner = app.test_cli_runner()
    with app.app_context():
        session = current_session(app)
        for number in range(3):
            service.record(session, EventKind.ROLE_GIVEN, whom=f"user:{number}")
        session.commit()
        service.seal(session, site_of(app).keys, NOW.date())
        session.commit()
    assert runner.invoke(args=["keys", "renew", "audit"]).exit_code == 0
    told = runner.invoke(args=["audit", "verify"])
    assert (told.exit_code, "4 events" in told.output) == (0, True)
    with app.app_context():
        session = current_session(app)
        # Rewritten whole, with hashes that fit: the seal alone knows.
        _rewrite(session)
        session.commit()
    told = runner.invoke(args=["audit", "verify"])
    assert (told.exit_code, "number 3" in told.output) == (1, True)


def _rewrite(session: Session) -> None:
    before = FIRST_HASH
    for link in list(queries.links(session)):
        event = replace(link.event, whom="user:99") if link.event.number == 2 else link.event
        before = hash_of(event, before)
        changed = update(AuditEvent).where(AuditEvent.number == event.number)
        session.execute(changed.values(whom=event.whom, hash=before))
    session.execute(update(AuditHead).values(hash=before))


def test_staff_who_sign_in_are_named_and_learners_are_not(app: Flask) -> None:
    """Learning with an account leaves nothing in the log, and neither does signing in to learn."""
    learner, staff = Visitor(app), Visitor(app)
    learner.join("bo@example.org")
    staff.join("ani@example.org")
    with app.app_context():
        grant_role(current_session(app), "ani@example.org", Role.TRANSLATOR)
        current_session(app).commit()
    for visitor, email in ((learner, "bo@example.org"), (staff, "ani@example.org")):
        visitor.send("/en/sign-out", page="/en/me/")
        visitor.sign_in(email)
        assert visitor.is_signed_in
    with app.app_context():
        found = [(event.kind, event.about) for event in queries.newest(current_session(app))]
    assert found == [("signed-in", "password"), ("role-given", "role=translator")]
