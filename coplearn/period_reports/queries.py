"""Reading the records that a report counts, in a known number of statements, and editions."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, Text, and_, cast, false, func, or_, select, true
from sqlalchemy.orm import Session

from coplearn.insights.queries import make_room
from coplearn.kernel.errors import Conflict
from coplearn.kernel.text import N_
from coplearn.period_reports.models import PeriodEdition, PeriodEditionRow
from coplearn.period_reports.rules.counting import Sorted, sort_out
from coplearn.period_reports.rules.facts import (
    CountryFact,
    PartnerFact,
    ReachFact,
    RecordFact,
    digest,
    once_each,
    thawed,
)
from coplearn.programme.models.countries import CountryRecord, CountryRecordStatus
from coplearn.programme.models.organisations import Organisation, OrganisationText, Programme
from coplearn.programme.models.records import (
    Activity,
    ActivityCountry,
    ActivityEvidence,
    ActivityReach,
    ActivityVersion,
    Participation,
)
from coplearn.programme.queries.activities import is_in, is_newest, stands, within
from coplearn.programme.queries.countries import readable_records, status_counts
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.records import OwnActivity
from coplearn.programme.rules.sources import ActivitySource
from coplearn.programme.rules.words import RecordState
from coplearn.serving.collector import resting

FactT = TypeVar("FactT")


@dataclass(frozen=True, slots=True)
class RecordScope:
    """The records of a report: of those countries (None: of all, and of none), and of one programme (None: of all)."""

    countries: frozenset[str] | None = None
    programme_id: int | None = None


@dataclass(frozen=True, slots=True)
class AskedReport:
    """The question of a report: its days, its scope, and the name of its programme (empty for all)."""

    scope: RecordScope
    first: date
    last: date
    programme: str = ""

    @property
    def places(self) -> frozenset[str] | None:
        """The countries that are counted; None for all."""
        return self.scope.countries


def records_of(
    session: Session, access: ProgrammeAccess, asked: AskedReport, sources: Iterable[ActivitySource]
) -> Sorted:
    """Every record that the reader may see and that belongs to the period: what was typed in, and what ``sources`` tell of
    this site's own records (ten statements, and those of the sources)."""
    make_room(session)
    scope = asked.scope
    # A role in a programme opens its records, and none of the site's own.
    places = scope.countries if access.countries is None else access.countries & (scope.countries or access.countries)
    told = sources if places is None or places else ()
    own = [one for source in told for one in source(session, asked.first, asked.last, places)]
    with resting():
        typed = facts_of(session, access, scope, asked.first, asked.last)
        return sort_out(once_each(typed, own_facts(own, scope)), asked.first, asked.last)


def facts_of(
    session: Session, access: ProgrammeAccess, scope: RecordScope, first: date, last: date
) -> tuple[RecordFact, ...]:
    """Every record that the reader may see and that has a day in the period, drafts among them, in no order (nine statements)."""
    seen = (within(first, last), _of_scope(access, scope))
    confirmed = _activities(session, and_(stands(), *seen), is_confirmed=True)
    is_draft = and_(is_newest(), Activity.counted.is_(None), Activity.state == RecordState.DRAFT)
    waiting = _activities(session, and_(is_draft, *seen), is_confirmed=False)
    return (*confirmed, *waiting, *_country_records(session, access, scope, first, last))


def _of_scope(access: ProgrammeAccess, scope: RecordScope) -> ColumnElement[bool]:
    asked = true() if scope.countries is None else is_in(scope.countries)
    if scope.programme_id is not None:
        asked = and_(asked, Activity.programme_id == scope.programme_id)
    return and_(asked, _readable(access))


def _readable(access: ProgrammeAccess) -> ColumnElement[bool]:
    """Versions that the reader may see, as ``programme.rules.access.may_see`` has it."""
    if access.countries is None:
        return true()
    own = [is_in(access.countries)] if access.countries else [false()]
    seats = [
        and_(Activity.programme_id == seat.programme_id, is_in({seat.country}) if seat.country else true())
        for seat in access.seats
    ]
    return or_(*own, *seats)


_LISTS: Final = {
    "audiences": ActivityVersion.audiences,
    "languages": ActivityVersion.languages,
    "traits": ActivityVersion.traits,
}


@lru_cache(maxsize=4096)
def _listed(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _activities(session: Session, where: ColumnElement[bool], *, is_confirmed: bool) -> list[RecordFact]:
    version = ActivityVersion
    columns = (
        version.id, Activity.public_id, version.number, version.kind, version.status, version.title, version.since,
        version.until, version.precision, version.about, version.place, version.source, version.why,
        # As texts, for a hundred thousand records say the same few lists.
        *(cast(words, Text).label(name) for name, words in _LISTS.items()),
    )  # fmt: skip
    # In no order, for whoever sorts them out puts them in one.
    chosen = select(*columns).join(version, version.activity_id == Activity.id).where(where)
    rows = _rows(session, chosen)
    if not rows:
        return []
    ids = select(version.id).join(Activity, version.activity_id == Activity.id).where(where)
    countries, partners, reach = _countries(session, ids), _partners(session, ids), _reach(session, ids)
    # By position: a hundred thousand times eighteen names take as long to look up as the database takes to answer.
    return [
        RecordFact(
            key=f"activity:{name}",
            version=number,
            kind=kind,
            state=status,
            title=title,
            first=since,
            last=until,
            precision=precision,
            is_confirmed=is_confirmed,
            about=about,
            place=place,
            countries=countries.get(key, ()),
            audiences=_listed(audiences),
            languages=_listed(languages),
            traits=_listed(traits),
            partners=partners.get(key, ()),
            reach=reach.get(key, ()),
            source=source,
            reason=why,
        )
        for (
            key, name, number, kind, status, title, since, until, precision, about, place, source, why,
            audiences, languages, traits,
        ) in rows
    ]  # fmt: skip


def _rows(session: Session, chosen: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    """The rows of a statement that asks for columns alone, straight from the connection: of a hundred thousand the session would
    put each together once more."""
    return session.connection().execute(chosen).all()


def _grouped(rows: Iterable[Any], make: Callable[..., FactT]) -> dict[int, tuple[FactT, ...]]:
    """Results of ``make`` by the id that each row begins with; equal rows share one, which nobody can change."""
    found: dict[int, tuple[FactT, ...]] = {}
    made: dict[tuple[Any, ...], tuple[FactT, ...]] = {}
    for row in rows:
        said = row[1:]
        one = made.get(said)
        if one is None:
            one = made[said] = (make(*said),)
        before = found.get(row[0])
        found[row[0]] = one if before is None else before + one
    return found


@dataclass(frozen=True, slots=True)
class RecordEvidence:
    """A link or a file (``link`` is empty) that shows a record, or the number of it that ``shows`` names."""

    id: int
    title: str
    link: str
    shows: str


def evidence_under(session: Session, access: ProgrammeAccess, keys: Collection[str]) -> dict[str, list[RecordEvidence]]:
    """Evidence of the records of those keys that the reader may open today (one statement)."""
    one, names = ActivityEvidence, [key.removeprefix("activity:") for key in keys if key.startswith("activity:")]
    rows = session.execute(
        select(Activity.public_id, one.id, one.title, one.link, one.shows)
        .join(one, one.activity_id == Activity.id)
        .join(ActivityVersion, is_newest())
        .where(Activity.public_id.in_(names), one.removed_at.is_(None), _readable(access))
        .order_by(one.id)
    )
    found: defaultdict[str, list[RecordEvidence]] = defaultdict(list)
    for name, number, title, link, shows in rows:
        found[f"activity:{name}"].append(RecordEvidence(number, title, link, shows))
    return found


def _countries(session: Session, ids: Select[int]) -> dict[int, tuple[CountryFact, ...]]:
    one = ActivityCountry
    chosen = select(one.version_id, one.country, one.as_source_says).where(one.version_id.in_(ids)).order_by(one.id)
    return _grouped(_rows(session, chosen), CountryFact)


def _reach(session: Session, ids: Select[int]) -> dict[int, tuple[ReachFact, ...]]:
    one = ActivityReach
    columns = (one.version_id, one.audience, one.basis, one.number, one.qualifier, one.unit, one.age_band, one.words)
    return _grouped(_rows(session, select(*columns).where(one.version_id.in_(ids)).order_by(one.id)), ReachFact)


def _partners(session: Session, ids: Select[int]) -> dict[int, tuple[PartnerFact, ...]]:
    """Organisations as the writer chose them, else as a person matched the text later, else the text itself."""
    matched = (
        select(OrganisationText.text_key, func.max(OrganisationText.organisation_id).label("organisation_id"))
        .where(OrganisationText.undone_at.is_(None))
        .group_by(OrganisationText.text_key)
        .subquery("matched")
    )
    found_id = func.coalesce(Participation.organisation_id, matched.c.organisation_id)
    rows = _rows(
        session,
        select(
            Participation.version_id, Participation.text, Participation.text_key,
            Organisation.id, Organisation.name, Organisation.kind,
        )
        .outerjoin(matched, matched.c.text_key == Participation.text_key)
        .outerjoin(Organisation, Organisation.id == found_id)
        .where(Participation.version_id.in_(ids))
        .order_by(Participation.id)
    )  # fmt: skip

    def partner(text: str, key: str, number: int | None, name: str | None, kind: str | None) -> PartnerFact:
        return PartnerFact(name or text, kind or "", f"organisation:{number}" if number else key)

    return _grouped(rows, partner)


def _country_records(
    session: Session, access: ProgrammeAccess, scope: RecordScope, first: date, last: date
) -> list[RecordFact]:
    """The latest state in the period of each record about a country: one that stands, else one that waits."""
    record, status = CountryRecord, CountryRecordStatus
    where = [readable_records(access), status.taken_back_at.is_(None), status.until >= first, status.since <= last]
    if scope.countries is not None:
        where.append(record.country.in_(sorted(scope.countries)))
    if scope.programme_id is not None:
        where.append(record.programme_id == scope.programme_id)
    rows = session.execute(
        select(record, status, status_counts())
        .join(status, status.record_id == record.id)
        .where(*where)
        .order_by(record.country, record.kind, record.id, status.since, status.id)
    )
    latest: dict[int, RecordFact] = {}
    for one, state, counts in rows:
        fact = _country_fact(one, state, is_confirmed=bool(counts))
        if one.id not in latest or fact.is_confirmed or not latest[one.id].is_confirmed:
            latest[one.id] = fact
    return list(latest.values())


def _country_fact(record: CountryRecord, status: CountryRecordStatus, *, is_confirmed: bool) -> RecordFact:
    return RecordFact(
        key=f"country:{record.public_id}",
        version=status.id,
        kind=record.kind,
        state=status.status,
        title=record.title or status.words,
        first=status.since,
        last=status.until,
        precision=status.precision,
        is_confirmed=is_confirmed,
        countries=(CountryFact(record.country, record.as_source_says),),
        partners=(PartnerFact(record.lead_body),) if record.lead_body else (),
        source=" · ".join(filter(None, (status.source, status.document))),
    )


def own_facts(found: Iterable[OwnActivity], scope: RecordScope) -> list[RecordFact]:
    """The activities of our own records as facts; parts of a whole are told by the whole, and none is of a programme."""
    if scope.programme_id is not None:
        return []
    return [
        RecordFact(
            key=one.about,
            version=1,
            kind=one.kind,
            state=one.status,
            title=one.title,
            first=one.span.since,
            last=one.span.until,
            precision=one.span.precision,
            is_own=True,
            about=one.about,
            countries=tuple(CountryFact(country) for country in one.countries),
            languages=one.languages,
            traits=tuple(one.traits),
            reach=tuple(
                ReachFact(
                    line.group, line.basis, line.number, line.qualifier, line.unit, line.age_band, line.words
                )
                for line in one.reach
            ),
        )
        for one in found
        if not one.part_of
    ]  # fmt: skip


def programmes(session: Session, access: ProgrammeAccess) -> list[tuple[int, str]]:
    """The programmes that the reader may ask for, by number and name (one statement)."""
    chosen = select(Programme.id, Programme.name).where(Programme.archived_at.is_(None)).order_by(Programme.name)
    if access.countries is None or access.countries:
        return [(row[0], row[1]) for row in session.execute(chosen)]
    return [
        (row[0], row[1])
        for row in session.execute(chosen.where(Programme.id.in_({seat.programme_id for seat in access.seats})))
    ]


def edition_by(session: Session, public_id: str) -> PeriodEdition | None:
    """The edition of that address (one statement)."""
    return session.scalar(select(PeriodEdition).where(PeriodEdition.public_id == public_id))


def editions(session: Session) -> list[PeriodEdition]:
    """Every edition, the newest first (one statement)."""
    return list(session.scalars(select(PeriodEdition).order_by(PeriodEdition.id.desc())))


def edition_facts(session: Session, edition_id: int) -> tuple[RecordFact, ...]:
    """The records as the edition tells them (one statement). Raises Conflict where a row is not as it was kept."""
    rows = session.execute(
        select(PeriodEditionRow.key, PeriodEditionRow.digest, PeriodEditionRow.content)
        .where(PeriodEditionRow.edition_id == edition_id)
        .order_by(PeriodEditionRow.id)
    )
    found = []
    for key, kept, content in rows:
        if digest(content) != kept:
            raise Conflict(
                N_("The record %(key)s of this edition is not what was handed on. Tell whoever runs this site."),
                key=key,
            )
        found.append(thawed(content))
    return tuple(found)


def kept_records(session: Session, edition: PeriodEdition) -> Sorted:
    """The records as an edition tells them (one statement)."""
    return sort_out(edition_facts(session, edition.id), edition.first_day, edition.last_day)


def question_of(edition: PeriodEdition, programme: str = "") -> AskedReport:
    """The question that an edition answers."""
    scope = RecordScope(frozenset(edition.countries) or None, edition.programme_id)
    return AskedReport(scope, edition.first_day, edition.last_day, programme)


def latest_edition(session: Session, countries: Collection[str], programme_id: int | None) -> PeriodEdition | None:
    """The newest edition of the same scope (one statement)."""
    wanted = sorted(countries)
    found = (one for one in editions(session) if one.countries == wanted and one.programme_id == programme_id)
    return next(found, None)
