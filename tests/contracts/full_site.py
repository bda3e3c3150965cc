"""A site full of things, with a good value for everything that stands in an address."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Membership
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import (
    NOW,
    put_certification,
    put_evaluation,
    put_meeting,
    put_scene,
    put_teach_back,
    signed_in_client,
)

VALUES = (
    "", "x", "/", "1", "-1", "0.0", "ZZ", "..", "\0", "a\0b", "\u202e", "é" * 50, "x" * 3_000, str(2**31), str(2**63),
    "9" * 5_000, "٣", "1e999", "NaN", "[]", "%s%(x)s", "{0.__class__}", "//evil.example", "javascript:alert(1)",
    "9999-12-31", "0001-01-01", "2026-W01-1", "\ud7ff\uffff",
)  # fmt: skip


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
            put_certification(session, scene.cohort, member)
            self.names["teach_back"] = taught.public_id
            session.commit()
            keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
        course = site_of(app).library.current().courses["cop-parents"]
        self.good: dict[str, Any] = {
            "lang": "en",
            "course_code": course.code,
            "item_code": next(one.code for one in course.items.values() if one.kind == "quiz"),
            "cohort_id": self.names["cohort"],
            "member_id": self.names["member"],
            "meeting_id": self.names["meeting"],
            "roster_id": self.names["roster"],
            "teach_back_id": self.names["teach_back"],
            "target": "ar",
            "domain": "cop-parents",
            "number": "1",
            "kind": "po",
            "token": "made-up",
        }
        self.clients = {
            "visitor": app.test_client(),
            **{who: signed_in_client(app, keys[who]) for who in ("trainee", "lead", "admin")},
        }
        self.tokens = {
            who: hidden_fields(client.get("/en/help").text)["csrf_token"] for who, client in self.clients.items()
        }

    def address(self, rule: Rule, pick: random.Random, spoil: float) -> str:
        """An address that the rule is for, some of its values spoilt."""

        def value(found: re.Match[str]) -> str:
            name = found[1].rpartition(":")[2]
            good = str(self.good.get(name, "1"))
            if name == "lang" or pick.random() >= spoil:
                return good
            return quote(pick.choice(VALUES)[:400].replace("/", "") or "x", safe="")

        return re.sub(r"<([^>]+)>", value, rule.rule)
