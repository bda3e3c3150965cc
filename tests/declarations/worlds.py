"""Declarations made by the verbs, for tests that need one and not its making."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.accounts.queries import user_by_email
from coplearn.campaigns.rules import CampaignDetails
from coplearn.campaigns.service import open_campaign
from coplearn.declarations import queries, service
from coplearn.declarations.models import Declaration
from coplearn.declarations.rules import RoundTable, typed_text
from coplearn.storage.database import current_session

HELD = date(2025, 2, 11)
HELD_AT = datetime(2025, 2, 11, 9, 0, tzinfo=UTC)
ENGLISH = typed_text(
    "Declaration on growing up online",
    "We, the young people at this table, declare:\n\nEvery child has a right to be heard.",
    "1. Teach it in every school\n2. Answer the helpline at night\n- Give young people a seat",
)
ARMENIAN = typed_text(
    "Հռչակագիր",
    "Մենք՝ այս սեղանի երիտասարդներս, հայտարարում ենք.\n\nՅուրաքանչյուր երեխա լսված լինելու իրավունք ունի։",
    "Սովորեցնել ամեն դպրոցում\nՊատասխանել գիշերը\nՏեղ տալ երիտասարդներին",
)


def put_round_table(session: Session, by_id: int, country: str = "AM", held_on: date = HELD) -> Declaration:
    """A round table without a text."""
    table = RoundTable("Safer Internet Day", country, "Yerevan", held_on)
    return service.open_round_table(session, table, by_id, HELD_AT)


def put_adopted(session: Session, by_id: int, country: str = "AM") -> Declaration:
    """A declaration that was adopted in English and Armenian on the day after, with three recommendations."""
    declaration = put_round_table(session, by_id, country)
    for locale, text in (("en", ENGLISH), ("hy", ARMENIAN)):
        service.save_draft(session, declaration, locale, text, 0, by_id, HELD_AT)
    versions, languages = {"en": 1, "hy": 1}, {"en": "en", "hy": "hy"}
    now = HELD_AT + timedelta(days=2)
    service.adopt(session, declaration, versions, languages, HELD + timedelta(days=1), by_id, now)
    return declaration


def put_declared(app: Flask, email: str) -> dict[str, str]:
    """An adopted declaration that everybody sees, and a campaign, of that person, by the names that addresses have."""
    with app.app_context():
        session = current_session(app)
        user = user_by_email(session, email)
        assert user is not None
        declaration = put_adopted(session, user.id)
        service.show(session, declaration, shown=True, now=HELD_AT)
        third = queries.recommendations_of(session, [declaration], HELD)[2]
        campaign = open_campaign(session, CampaignDetails("Posters", "AM", HELD, HELD), user.id, HELD_AT)
        names = {
            "declaration": declaration.public_id,
            "recommendation": third.row.public_id,
            "campaign": campaign.public_id,
        }
        session.commit()
    return names
