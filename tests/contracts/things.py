"""Things of every part of the site, made through its verbs, by the names of the values that stand in their addresses."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlsplit

from flask_security.confirmable import generate_confirmation_token
from flask_security.recoverable import generate_reset_password_token
from sqlalchemy import select

from coplearn.accounts.models import Grant, Invitation, User
from coplearn.accounts.rules import Granted
from coplearn.administration.people.rules import Invited
from coplearn.administration.people.service.invitations import invite
from coplearn.cohorts.common.models.certification import Evaluation, FollowUp
from coplearn.cohorts.common.models.cohort import Cohort, CohortStaff, Membership, StaffRequest
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.cohorts.common.rules.words import StaffRole
from coplearn.cohorts.outcomes.queries.certification import token_hash
from coplearn.cohorts.outcomes.rules.badges import AskedBadge
from coplearn.cohorts.people.presenters.members import invitation_token
from coplearn.cohorts.people.service.staffing import ask_staff
from coplearn.cohorts.series import service as series_verbs
from coplearn.cohorts.series.rules import PagePart, PartDraft
from coplearn.credentials.presenters import signing_key
from coplearn.files.uploads import UploadPurpose
from coplearn.guides.cards import card
from coplearn.kernel.words import Role
from coplearn.lti.models import LtiDeployment
from coplearn.lti.rules import Platform, PlatformDraft, ProvedLaunch, Target
from coplearn.lti.service import launches, platforms
from coplearn.outbox.letters import stop_code
from coplearn.outbox.models import Letter
from coplearn.packages.models import PackageVersion
from coplearn.packages.queries import items_of, live_package
from coplearn.packages.rules import CertificateRule
from coplearn.packages.sealing import Launch, launch_token
from coplearn.packages.service import begin, launch_number
from coplearn.practice.mail import make_token as practice_token
from coplearn.presenting.service import AskedPart, open_presentation
from coplearn.rooms.queries import room_of_number
from coplearn.second_factors.models import Passkey, SignedIn
from coplearn.second_factors.service import note_session
from coplearn.site import site_of
from coplearn.tokens.rules import TokenKind, TokenScope
from coplearn.tokens.service import make_token
from coplearn.webhooks.rules import EVENTS
from coplearn.webhooks.service import make_webhook
from coplearn.xapi.models import LrsKey
from coplearn.xapi.rules.access import LrsScope
from coplearn.xapi.service.keys import make_key
from tests.cohorts.outcomes.test_brought_badges import KEYS
from tests.cohorts.series.test_series import ANI, BEN, come, put_series, put_session
from tests.cohorts.worlds import NOW, put_member
from tests.contracts.programme_things import (
    put_campaigns,
    put_declarations,
    put_editions,
    put_experts,
    put_hub,
    put_programme,
    put_statements,
)
from tests.contracts.shared_things import Stage, course_of
from tests.packages.building import cmi5_shaped, plain_12
from tests.packages.manage import let_in, put_upload

CARD, JOIN = "AAAAABBBBB", "K7MP3WXA"


def put_everything(stage: Stage) -> dict[str, str]:
    """Things of every part that ``put_shared`` made none of: by argument, with the blueprint or endpoint that alone means it."""
    made: dict[str, str] = {}
    for put in (
        _cohort, _series, _presenting, put_statements, put_declarations, put_campaigns, put_programme, put_editions, put_hub,
        put_experts, _packages, _platforms, _accounts, _practice,
    ):  # fmt: skip
        made |= put(stage)
    stage.session.commit()
    return made


def _cohort(stage: Stage) -> dict[str, str]:
    session, now = stage.session, stage.now
    cohort, member = stage.row(Cohort, "cohort"), stage.row(Membership, "member")
    cohort.join_code = JOIN
    asked = AskedBadge("b" * 16, "First aid", "First aid", json.loads(KEYS))
    cohort.asked_badges = [asked.as_row()]
    member.card_code = CARD
    # Somebody who was put on the list and has not come: their card and their invitation are still good.
    invited = put_member(session, cohort, None, name="Salma", state="invited", joined_at=None, card_code=CARD[::-1])
    invited.email = "salma@example.org"
    session.add(
        FollowUp(membership_id=member.id, token_hash=token_hash("t" * 32), due_on=now.date(), sent_at=now, answers={})
    )
    ask_staff(session, stage.owner, cohort.id, "learner@example.org", StaffRole.OBSERVER, now)
    session.flush()
    letter = session.scalars(select(Letter.public_id).where(Letter.scope.contains(cohort.public_id))).first()
    evidence = stage.keep(UploadPurpose.EVIDENCE)
    evaluation = session.scalars(select(Evaluation).where(Evaluation.teach_back_id.is_not(None))).one()
    evaluation.evidence_name, evaluation.evidence_sha256 = evidence.name, evidence.sha256
    evaluation.evidence_type = evidence.type
    staff = session.scalars(
        select(CohortStaff).where(CohortStaff.cohort_id == cohort.id, CohortStaff.role == "observer")
    )
    return {
        "cohorts.code": JOIN,
        "cohorts.open_card.code": CARD[::-1],
        "cohorts.take_card.code": CARD[::-1],
        "cohorts.card_code": CARD,
        "cohorts.token": "t" * 32,
        "cohorts.accept.token": invitation_token(invited),
        "cohorts.accept_now.token": invitation_token(invited),
        "cohorts.asked_id": session.scalars(select(StaffRequest.public_id)).one(),
        **{f"cohorts.{verb}.asked_id": asked.id for verb in ("ask_no_more", "badge_to_bring", "bring_badge")},
        "cohorts.staff_id": str(staff.one().id),
        "cohorts.evaluation_id": str(evaluation.id),
        "cohorts.letter_id": letter or "",
        "cohorts.action": "approve",
        "cohorts.kind": "csv",
        "cohorts.number": stage.names["certification"],
        "feeds.token": cohort.calendar_token,
    }


def _series(stage: Stage) -> dict[str, str]:
    series, host = put_series(stage.session)
    ahead = (stage.now - NOW).days + 20
    meeting = put_session(stage.session, series, host, ahead, "Round", capacity=2, waiting_list=True, agenda="Start")
    parts = {
        PagePart.SPEAKER: PartDraft(text="Ada", organisation="Fund", yes=True),
        PagePart.MATERIAL: PartDraft(text="Slides", link="https://example.org/slides", yes=True),
        PagePart.ACTION: PartDraft(text="Write it down", organisation="Fund", due_on=stage.now.date()),
    }
    for part, draft in parts.items():
        series_verbs.add_part(stage.session, host, series.id, meeting.public_id, part, draft, stage.now)
    come(stage.session, series, meeting, ANI, BEN)
    return {"series_id": series.public_id, "series.meeting_id": meeting.public_id, "series.part": "speakers"}


def _presenting(stage: Stage) -> dict[str, str]:
    course = course_of(stage.app)
    meeting = stage.row(Meeting, "meeting")
    part = AskedPart(course.id, course.modules[0].id, course.version)
    poll = open_presentation(stage.session, stage.owner.id, part, meeting.id, "presenting.hall", stage.now)
    room = room_of_number(stage.session, poll.room_id)
    assert room is not None
    return {
        "presenting.run_id": poll.public_id,
        "presenting.room_id": room.public_id,
        "presenting.room": room.code,
        "presenting.form": "a",
        "guides.form": "key",
        "guides.card_picture.item_code": next(one.code for one in course.items.values() if card(course, one)),
    }


def _packages(stage: Stage) -> dict[str, str]:
    app, session, now = stage.app, stage.session, stage.now

    def begun(public_id: str) -> tuple[PackageVersion, str]:
        """The version that is played, and the word of a launch of the learner."""
        live = live_package(session, public_id)
        assert live is not None
        played = live.shown_in("en")
        record = begin(session, stage.learner, played, now)
        item = items_of(played)[0].id
        launch = Launch(record.id, played.id, item, launch_number(None, now), "http://localhost", "en")
        return played, launch_token(app, launch)

    public_id = let_in(app, session, plain_12(), rule=CertificateRule(is_given=True, score=80))
    played, token = begun(public_id)
    _, by_statements = begun(let_in(app, session, cmi5_shaped()))
    return {
        "packages.public_id": public_id,
        "package_certificates.public_id": public_id,
        "packages.number": "1",
        "packages.key": put_upload(app, session, plain_12("Not judged yet")).key,
        "played.key": played.key,
        "played.file.name": "index.html",
        "played.runtime.name": "adapter.js",
        "played.token": token,
        "played.opened.token": by_statements,
    }


def _platforms(stage: Stage) -> dict[str, str]:
    session, now = stage.session, stage.now
    address = "https://moodle.example"
    draft = PlatformDraft(
        name="Moodle of the Ministry",
        issuer=address,
        client_id="c",
        login_url=f"{address}/auth",
        token_url=f"{address}/token",
        keys_url=f"{address}/jwks",
    )
    number = platforms.add_platform(session, draft, now)
    platforms.add_deployment(session, number, "1", now)
    row = session.scalars(select(LtiDeployment.id).where(LtiDeployment.platform_id == number)).one()
    course = course_of(stage.app)
    launch = ProvedLaunch(
        "1", "somebody", now + timedelta(hours=1), "en", "", "link", "Parents, autumn", is_learner=True
    )
    link = launches.keep_link(session, row, launch, Target(course.id, course.modules[0].id), now)
    platform = Platform(number, draft.name, address, "c", draft.login_url, draft.token_url, draft.keys_url, "", True)
    person = launches.let_in(session, platform, launch, lambda learner: f"launched-{learner}", now)
    launches.expect_score(session, link, person)
    return {
        "platform_id": str(number),
        "link_id": str(link.id),
        "row": str(row),
        "lti.token": platforms.invite(session, now),
        "launched.module_id": course.modules[0].id,
    }


def _accounts(stage: Stage) -> dict[str, str]:
    app, session, now, owner = stage.app, stage.session, stage.now, stage.owner
    invite(session, owner, [Invited("guest@example.org", "Guest")], Granted(Role.TRANSLATOR, "ar", "", ""), "en", now)
    letter = session.scalars(select(Letter).where(Letter.to_address == "guest@example.org")).one()
    number = session.scalars(select(Invitation.id).where(Invitation.email == "guest@example.org")).one()
    coordinator = session.scalars(select(User).where(User.email == "coordinator@example.org")).one()
    role = session.scalars(select(Grant.id).where(Grant.user_id == coordinator.id)).one()
    note_session(session, owner.id, "k" * 32, "A telephone", now)
    device = session.scalars(select(SignedIn.id).where(SignedIn.user_id == owner.id)).one()
    key = Passkey(user_id=owner.id, credential_id="c", public_key="p", sign_count=0, name="Telephone", added_at=now)
    session.add(key)
    month = (now + timedelta(days=30)).date()
    scopes = [scope.value for scope in TokenScope]
    tokens = {
        kind: make_token(session, owner.id, kind, "A program", scopes, month, now)
        for kind in (TokenKind.PERSONAL, TokenKind.CLIENT)
    }
    lrs = make_key(session, "A player", [LrsScope.WRITE], month, owner.id, now)
    session.flush()
    hook = make_webhook(session, owner.id, "https://hooks.example.org/a", list(EVENTS), (), now)
    signing_key(now)
    fresh = session.scalars(select(User).where(User.email == "learner@example.org")).one()
    fresh.confirmed_at = None
    return {
        "user_id": str(coordinator.id),
        "role_id": str(role),
        "invitation_id": str(number),
        "invited.token": letter.params["token"],
        "second_factors.number": str(device),
        "second_factors.remove_passkey.number": str(key.id),
        "tokens.public_id": tokens[TokenKind.PERSONAL].token.public_id,
        "tokens.end_client.public_id": tokens[TokenKind.CLIENT].token.public_id,
        "key_id": str(session.scalars(select(LrsKey.id).where(LrsKey.key == lrs.key)).one()),
        "webhook_id": hook.public_id,
        "pages.public_id": stage.names["letter"],
        "pages.kind": "cohort-reminder",
        "pages.code": stop_code(app, "cohort-reminder", fresh.email),
        "credentials.host": urlsplit(site_of(app).settings.address).netloc,
        "security.confirm_email.token": generate_confirmation_token(fresh),  # type: ignore[no-untyped-call] # Flask-Security is not typed
        "security.reset_password.token": generate_reset_password_token(fresh),  # type: ignore[no-untyped-call]
    }


def _practice(stage: Stage) -> dict[str, str]:
    return {"practice.token": practice_token(stage.app, stage.learner, course_of(stage.app))}
