"""Organisations, and a person's word that a text means one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.rules.words import new_public_id
from coplearn.i18n.countries import COUNTRIES
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.programme.models.organisations import CountryName, Organisation, OrganisationText
from coplearn.programme.rules.names import country_of
from coplearn.programme.rules.records import LONGEST_TITLE, one_line, text_key
from coplearn.programme.rules.words import OrganisationKind
from coplearn.storage.upserts import insert_new

_KNOWN: Final = N_("This name means another country already. Write the country's usual name in your list.")


@dataclass(frozen=True, slots=True)
class OrganisationContent:
    """Everything that is kept of an organisation."""

    name: str
    kind: OrganisationKind = OrganisationKind.NOT_STATED
    country: str = ""
    address: str = ""
    sourced_id: str = ""


def add_organisation(
    session: Session, content: OrganisationContent, *, by_id: int | None, now: datetime
) -> Organisation:
    """Add it. Raises Refused when one of that name is there already, and for a name or an address that cannot be."""
    checked_organisation(content)
    organisation = Organisation(public_id=new_public_id(), created_by_id=by_id, created_at=now)
    _write(session, organisation, content)
    session.add(organisation)
    session.flush()
    audit.record(session, EventKind.ORGANISATION_WRITTEN, about=f"organisation:{organisation.id}", now=now)
    return organisation


def change_organisation(
    session: Session, organisation: Organisation, content: OrganisationContent, now: datetime
) -> None:
    """Correct what is kept of it. Raises Refused as :func:`add_organisation`."""
    checked_organisation(content)
    _write(session, organisation, content)
    session.flush()
    audit.record(session, EventKind.ORGANISATION_WRITTEN, about=f"organisation:{organisation.id}", now=now)


def checked_organisation(content: OrganisationContent) -> None:
    """Raise Refused for content that cannot be."""
    if not text_key(content.name):
        raise Refused(N_("Give the organisation a name."))
    if len(content.name) > LONGEST_TITLE:
        raise Refused(N_("Use at most %(count)s characters."), count=LONGEST_TITLE)
    if content.country and content.country not in COUNTRIES:
        raise Refused(N_("Choose a country."))
    if content.address and not content.address.startswith(("https://", "http://")):
        raise Refused(N_("Begin the address with https://."))
    if len(content.address) > 500:
        raise Refused(N_("Use at most %(count)s characters."), count=500)


def match_text(session: Session, written: str, organisation: Organisation, *, by_id: int | None, now: datetime) -> None:
    """Say that a text means that organisation, wherever it stands. Raises Refused when it means another one already."""
    key, about = text_key(written), f"organisation:{organisation.id}"
    values = {
        "organisation_id": organisation.id,
        "written": written[:LONGEST_TITLE],
        "text_key": key,
        "by_id": by_id,
        "at": now,
    }
    if key and insert_new(session, OrganisationText, values):
        audit.record(session, EventKind.ORGANISATION_MATCHED, about=about, now=now)
        return
    standing = session.scalar(
        select(OrganisationText).where(OrganisationText.text_key == key, OrganisationText.undone_at.is_(None))
    )
    if standing is None or standing.organisation_id != organisation.id:
        raise Refused(N_("Somebody matched this text with another organisation. Undo that first."))


def undo_match(session: Session, match: OrganisationText, *, by_id: int | None, now: datetime) -> None:
    """Take that back: the text is unmatched again, and both stay to be read."""
    if match.undone_at is None:
        match.undone_by_id, match.undone_at = by_id, now
        session.flush()
        about = f"organisation:{match.organisation_id}"
        audit.record(session, EventKind.ORGANISATION_UNMATCHED, about=about, now=now)


def name_country(session: Session, written: str, country: str, *, by_id: int | None, now: datetime) -> None:
    """Say which country a name of a source means: lists that name it so are read by it from here on.

    Raises Refused for a name that everybody has, or that somebody else explained otherwise: it holds for all countries' lists.
    """
    if country not in COUNTRIES or not text_key(written):
        raise Refused(N_("Choose a country."))
    if country_of(written, "en", {}) not in (None, country):
        raise Refused(_KNOWN)
    values = {"country": country, "written": written[:200], "text_key": text_key(written), "by_id": by_id, "at": now}
    if not insert_new(session, CountryName, values):
        known = session.scalars(select(CountryName).where(CountryName.text_key == text_key(written))).one()
        if known.country != country and known.by_id != by_id:
            raise Refused(_KNOWN)
        known.country = country


def _write(session: Session, organisation: Organisation, content: OrganisationContent) -> None:
    key = text_key(content.name)
    other = session.scalar(select(Organisation.id).where(Organisation.name_key == key))
    if other is not None and other != organisation.id:
        raise Refused(N_("There is an organisation of this name already."))
    organisation.name, organisation.name_key = one_line(content.name), key
    organisation.kind, organisation.country = content.kind.value, content.country
    organisation.address, organisation.sourced_id = content.address, content.sourced_id
