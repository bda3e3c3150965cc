"""A site full of things, with a good value for everything that stands in an address."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Membership
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields, post_with_token
from tests.cohorts.worlds import (
    NOW,
    put_certification,
    put_evaluation,
    put_meeting,
    put_scene,
    put_teach_back,
    signed_in_client,
)
from tests.contracts.shared_things import put_certificate, put_shared, put_translated, stage_of
from tests.contracts.things import put_everything
from tests.drills.worlds import EXERCISE

VALUES = (
    "", "x", "/", "1", "-1", "0.0", "ZZ", "..", "\0", "a\0b", "\u202e", "é" * 50, "x" * 3_000, str(2**31), str(2**63),
    "9" * 5_000, "٣", "1e999", "NaN", "[]", "%s%(x)s", "{0.__class__}", "//evil.example", "javascript:alert(1)",
    "9999-12-31", "0001-01-01", "2026-W01-1", "\ud7ff\uffff",
)  # fmt: skip


QUERIES: Mapping[str, str] = {
    "drafting.compare": "old=1&new=2",
    "statements.compare": "old=1&new=2",
    "translating.turn": "after=0.0",
    "period_reports.edition_records": "of=frameworks",
    "period_reports.report_records": "from=2025-01-01&to=2025-09-30&of=frameworks",
    "lti.register": "openid_configuration=https://moodle.example/openid",
}
"""What these pages are asked with, without which there is none."""
NOT_THERE: Mapping[str, str] = {
    "api": "Asks for a program's key (tests/api: a table of its own, and what its description can make).",
    "lrs": "Asks for a program's key (tests/xapi).",
    "overlays": "No course is adapted for a country (tests/overlays).",
    "brands": "No country has a brand (tests/overlays).",
    "providers": "Nobody signs in with a provider (tests/providers).",
    "recorded": "No course brings anything to be heard (tests/recordings).",
    "recordings.captions": "No course brings anything to be heard (tests/recordings).",
    "probes.plugin_file": "No course brings files of its own (tests/courses/test_kinds_of_packages.py).",
    "keeping.kept_file": "No course brings files of its own (tests/offline/keeping).",
    "course_exports.file": "No package was made: a job makes it (tests/course_exports).",
    "launched.join_page": "Only in the frame of a platform, for whom it sent (tests/lti/test_joining.py).",
    "security.confirm_email": "Leads to the sign-in page in a session of its own (tests/accounts).",
    "second_factors.code": "Only between a password and its code (tests/second_factors).",
    "second_factors.remove": "Nobody has an app that makes codes (tests/second_factors).",
    "platforms.members": "The platform itself is asked, and none answers (tests/lti/test_platforms.py).",
}
"""Addresses behind which nothing stands, by endpoint or by blueprint, with the reason."""


def reason_not_there(rule: Rule) -> str:
    """The reason why nothing stands behind the addresses of that rule; empty where something does."""
    return NOT_THERE.get(rule.endpoint) or NOT_THERE.get(rule.endpoint.partition(".")[0], "")


class Site:
    """A site full of things, with a stranger, a cohort's lead, a trainee and an admin in front of it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            session = current_session(app)
            scene = put_scene(session)
            put_meeting(session, scene.cohort, NOW + timedelta(days=500))
            self.names = dict(scene.names)
            member = session.scalars(select(Membership).where(Membership.public_id == self.names["member"])).one()
            taught = put_teach_back(session, member)
            put_evaluation(session, taught)
            self.names["certification"] = put_certification(session, scene.cohort, member).number or ""
            self.names["teach_back"] = taught.public_id
            session.commit()
            keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
        self.clients = {
            "visitor": app.test_client(),
            **{who: signed_in_client(app, keys[who]) for who in ("trainee", "lead", "admin")},
        }
        # The first look at the Arabic texts takes them into the store, and there is a message with a number.
        assert self.clients["admin"].get("/en/translate/ar/cop-parents/").status_code == 200
        course = site_of(app).library.current().courses["cop-parents"]
        lesson = f"/en/c/{course.code}/{next(iter(course.items.values())).code}"
        assert post_with_token(self.clients["trainee"], lesson, {}).status_code == 303
        self.names |= put_shared(app, "admin@example.org") | put_translated(app)
        with app.test_request_context("/en/"):
            app.preprocess_request()
            stage = stage_of(app, current_session(app), "admin@example.org", "trainee@example.org", self.names)
            made = put_everything(stage)
        number = put_certificate(app, "trainee@example.org")
        self.good: dict[str, str] = {
            "lang": "en",
            "course_code": course.code,
            "item_code": next(one.code for one in course.items.values() if one.kind == "quiz"),
            "course_id": course.id,
            "certificates.number": number,
            **{f"{name}_id": self.names[name] for name in ("cohort", "member", "meeting", "roster", "teach_back")},
            **{f"{name}_id": self.names[name] for name in ("activity", "organisation", "programme")},
            **{
                name: self.names[name]
                for name in ("declaration", "recommendation", "campaign", "said", "offer", "edit")
            },
            "target": "ar",
            "domain": "cop-parents",
            "translating.kind": "po",
            "translating.number": self.names["message"],
            "number": "1",
            "sitting": "before",
            "drills.run_id": self.names["run"],
            "drills.room_id": self.names["room"],
            "drills.course_id": EXERCISE["course_id"],
            "drills.item_id": EXERCISE["item_id"],
            "keeping.part.name": "paper-1",
            "keeping.site_page.name": "help",
            "static.filename": "css/coplearn.css",
            **made,
        }
        self.tokens = {
            who: hidden_fields(client.get("/en/help").text)["csrf_token"] for who, client in self.clients.items()
        }
        # A browser is in one room: what is voted on in the hall, and the table of an exercise.
        self.rooms = {"visitor": made["presenting.room"], "trainee": self.names["room_code"]}
        for who, code in self.rooms.items():
            assert post_with_token(self.clients[who], "/en/room/", {"code": code}).status_code == 303

    def value(self, rule: Rule, name: str) -> str | None:
        """The value of a real thing for that argument of a route; None where this site has none."""
        names = (f"{rule.endpoint}.{name}", f"{rule.endpoint.partition('.')[0]}.{name}", name)
        return next((self.good[one] for one in names if one in self.good), None)

    def page(self, rule: Rule) -> str:
        """The address of a real thing, with the question that belongs to it."""
        asked = QUERIES.get(rule.endpoint)
        path = self.address(rule, random.Random(0), 0)
        return f"{path}?{asked}" if asked else path

    def address(self, rule: Rule, pick: random.Random, spoil: float) -> str:
        """An address that the rule is for, some of its values spoilt."""

        def value(found: re.Match[str]) -> str:
            name = found[1].rpartition(":")[2]
            if name == "lang" or pick.random() >= spoil:
                return self.value(rule, name) or "1"
            return quote(pick.choice(VALUES)[:400].replace("/", "") or "x", safe="")

        return re.sub(r"<([^>]+)>", value, rule.rule)
