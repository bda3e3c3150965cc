"""The letter that invites somebody, and what is done about invitations once a day."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.administration.people.service.invitations import LETTER, forget_invitations
from coplearn.kernel.text import N_
from coplearn.outbox.letters import LetterKind
from coplearn.site import site_of

_INVITATION = LetterKind(
    LETTER,
    N_("An invitation from %(site)s"),
    "people/letters/invitation.txt",
    params=("name", "token", "sender"),
    secret=True,
    title=N_("Invitation to a role"),
)


def register_people(app: Flask) -> None:
    """Make the letter known to the outbox, and the day's work. Register after the outbox."""
    site_of(app).letters.add(_INVITATION)
    site_of(app).jobs.daily("old invitations")(forget_old_invitations)


def forget_old_invitations(_app: Flask, session: Session, now: datetime) -> None:
    """Forget people who were invited too long ago."""
    forget_invitations(session, now)
