"""Reading declarations, their texts, and how their recommendations stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, String, cast, exists, func, null, or_, select, true, union_all
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.declarations.models import (
    AdoptedText,
    Declaration,
    DeclarationDraft,
    DeclarationGroup,
    Recommendation,
    StatusReport,
)
from coplearn.declarations.rules import (
    OVER,
    DeclarationText,
    RecommendationStanding,
    RecommendationState,
    standing_on,
)
from coplearn.findable import PUBLIC, FindableRecord
from coplearn.programme.models.organisations import Organisation
from coplearn.programme.queries.countries import in_reach
from coplearn.programme.queries.findable import circles_of_activity
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.periods import Span
from coplearn.programme.rules.records import OwnActivity, ReachLine
from coplearn.programme.rules.words import (
    ActivityKind,
    ActivityStatus,
    AudienceGroup,
    CountBasis,
    Precision,
    Qualifier,
    Trait,
)


@dataclass(frozen=True, slots=True)
class FollowedRecommendation:
    """A recommendation with its words by language, who shall do it, who looks after it, and every report, oldest first."""

    row: Recommendation
    words: Mapping[str, str]
    organisation: str
    """The organisation that it was matched with; empty for none."""
    keeper: str
    """The name or address of who looks after it; empty for nobody."""
    reports: Sequence[StatusReport]
    standing: RecommendationStanding

    @property
    def addressee(self) -> str:
        """The organisation's name, or the words that were written."""
        return self.organisation or self.row.addressee


def declaration_of(session: Session, public_id: str) -> Declaration | None:
    """The declaration of that address."""
    return session.scalar(select(Declaration).where(Declaration.public_id == public_id))


def declarations_seen(session: Session, access: ProgrammeAccess) -> Sequence[Declaration]:
    """Declarations that somebody may read, the newest round table first."""
    found = select(Declaration).where(in_reach(access, Declaration.country, Declaration.programme_id))
    return session.scalars(found.order_by(Declaration.held_on.desc(), Declaration.id.desc()).limit(500)).all()


def declarations_shown(session: Session, country: str = "") -> Sequence[Declaration]:
    """Declarations with a public page, the newest first."""
    found = select(Declaration).where(Declaration.shown_at.is_not(None)).order_by(Declaration.adopted_on.desc())
    return session.scalars(found.where(Declaration.country == country) if country else found.limit(500)).all()


@dataclass(frozen=True, slots=True)
class CountryRecommendation:
    """A recommendation to a country as it stands: its words by language, its state and its day."""

    words: Mapping[str, str]
    state: RecommendationState
    due_on: date | None
    declaration: str
    """The address of its declaration."""


def recommendations_in(session: Session, country: str) -> list[CountryRecommendation]:
    """The recommendations of a country's adopted declarations that are not over, the newest declaration first (one statement)."""
    told = (
        select(StatusReport.state)
        .where(StatusReport.recommendation_id == Recommendation.id)
        .order_by(StatusReport.told_on.desc(), StatusReport.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    one = (
        select(
            Recommendation.declaration_id, Recommendation.number, Recommendation.due_on, Declaration.public_id,
            Declaration.adopted_on, told.label("told"),
        )
        .join(Declaration, Declaration.id == Recommendation.declaration_id)
        .where(Declaration.country == country, or_(told.is_(None), told.not_in(OVER)))
        .order_by(Declaration.adopted_on.desc(), Declaration.id, Recommendation.number)
        .limit(200)
        .subquery("one")
    )  # fmt: skip
    empty = (cast(null(), Integer), cast(null(), Date), cast(null(), String), cast(null(), Date), cast(null(), String))
    texts = (
        select(AdoptedText.declaration_id, *empty, AdoptedText.locale, DeclarationDraft.recommendations, AdoptedText.id)
        .join(DeclarationDraft, DeclarationDraft.id == AdoptedText.draft_id)
        .where(AdoptedText.declaration_id.in_(select(one.c.declaration_id)))
    )
    # Beside each other and not joined, because each text holds the words of all lines.
    rows: Sequence[Any] = session.execute(union_all(texts, select(*one.c, null(), null(), null()))).all()
    words = _words_in((row[0], row[6], row[7]) for row in sorted(rows, key=lambda row: row[8] or 0) if row[8])
    lines = [row for row in rows if row[8] is None]
    lines.sort(key=lambda row: (row[4] is None, -row[4].toordinal() if row[4] else 0, row[0], row[1]))
    return [
        CountryRecommendation(
            words.get((key, number), {}),
            RecommendationState(state or RecommendationState.NOT_BEGUN),
            due_on,
            declaration,
        )
        for key, number, due_on, declaration, _, state, *_ in lines
    ]


def round_tables(
    session: Session, since: date | None, until: date | None, countries: Collection[str] | None, today: date
) -> list[OwnActivity]:
    """The round tables of a period and of those countries as activities, with who took part (one statement)."""
    where = [Declaration.held_on >= since] if since is not None else []
    where += [Declaration.held_on <= until] if until is not None else []
    where += [Declaration.country.in_(sorted(countries))] if countries is not None else []
    rows = session.execute(
        select(Declaration, DeclarationGroup)
        .outerjoin(DeclarationGroup, DeclarationGroup.declaration_id == Declaration.id)
        .where(*where)
        .order_by(Declaration.held_on, Declaration.id, DeclarationGroup.id)
    )
    found: dict[int, tuple[Declaration, list[DeclarationGroup]]] = {}
    for one, group in rows:
        groups = found.setdefault(one.id, (one, []))[1]
        groups += [group] if group is not None else []
    return [_activity(one, groups, today) for one, groups in found.values()]


def _activity(one: Declaration, groups: Sequence[DeclarationGroup], today: date) -> OwnActivity:
    return OwnActivity(
        about=f"declaration:{one.id}",
        kind=ActivityKind.ROUND_TABLE,
        status=ActivityStatus.HELD if one.held_on <= today else ActivityStatus.PLANNED,
        span=Span(one.held_on, one.held_on, Precision.DAY),
        countries=(one.country,),
        title=one.title,
        traits=(Trait.DECLARATION,) if one.adopted_on is not None and one.adopted_on <= today else (),
        reach=tuple(_reach(group) for group in groups if group.number is not None),
        endpoint="declarations.one",
        values={"declaration": one.public_id},
    )


def _reach(group: DeclarationGroup) -> ReachLine:
    return ReachLine(
        AudienceGroup(group.group),
        CountBasis(group.basis),
        group.number,
        Qualifier(group.qualifier),
        age_band=group.age_band,
    )


def groups_of(session: Session, declaration_id: int) -> Sequence[DeclarationGroup]:
    """The groups that took part, in the order in which they were written."""
    mine = DeclarationGroup.declaration_id == declaration_id
    return session.scalars(select(DeclarationGroup).where(mine).order_by(DeclarationGroup.id)).all()


def drafts_of(session: Session, declaration_id: int, locale: str) -> Sequence[DeclarationDraft]:
    """The versions in one language, the newest first."""
    mine = (DeclarationDraft.declaration_id == declaration_id, DeclarationDraft.locale == locale)
    return session.scalars(select(DeclarationDraft).where(*mine).order_by(DeclarationDraft.number.desc())).all()


def newest_drafts(session: Session, declaration_id: int) -> dict[str, DeclarationDraft]:
    """The newest version in each language."""
    mine = DeclarationDraft.declaration_id == declaration_id
    newest = select(func.max(DeclarationDraft.id)).where(mine).group_by(DeclarationDraft.locale)
    rows = session.scalars(
        select(DeclarationDraft).where(DeclarationDraft.id.in_(newest)).order_by(DeclarationDraft.id)
    )
    return {one.locale: one for one in rows}


def text_of(draft: DeclarationDraft) -> DeclarationText:
    """The text of a version."""
    return DeclarationText(draft.title, draft.body, tuple(draft.recommendations))


def adopted_of(session: Session, declaration_id: int) -> dict[str, tuple[AdoptedText, DeclarationDraft]]:
    """The adopted texts by language, each with the version that it was made of, in the order in which they were fixed."""
    rows = session.execute(
        select(AdoptedText, DeclarationDraft)
        .join(DeclarationDraft, DeclarationDraft.id == AdoptedText.draft_id)
        .where(AdoptedText.declaration_id == declaration_id)
        .order_by(AdoptedText.id)
    )
    return {adopted.locale: (adopted, draft) for adopted, draft in rows}


def titles_of(session: Session, declarations: Sequence[Declaration]) -> dict[int, dict[str, str]]:
    """The adopted titles of each declaration by language (one statement)."""
    found: dict[int, dict[str, str]] = {}
    rows = session.execute(
        select(AdoptedText.declaration_id, AdoptedText.locale, DeclarationDraft.title)
        .join(DeclarationDraft, DeclarationDraft.id == AdoptedText.draft_id)
        .where(AdoptedText.declaration_id.in_([one.id for one in declarations]))
        .order_by(AdoptedText.id)
    )
    for number, locale, title in rows:
        found.setdefault(number, {})[locale] = title
    return found


def recommendations_of(
    session: Session, declarations: Sequence[Declaration], today: date
) -> list[FollowedRecommendation]:
    """Every recommendation of those declarations with all that is known of it (three statements)."""
    by_id = {one.id: one for one in declarations if one.adopted_on is not None}
    if not by_id:
        return []
    rows = session.execute(
        select(Recommendation, Organisation.name, func.coalesce(User.name, User.email))
        .outerjoin(Organisation, Organisation.id == Recommendation.organisation_id)
        .outerjoin(User, User.id == Recommendation.keeper_id)
        .where(Recommendation.declaration_id.in_(by_id))
        .order_by(Recommendation.declaration_id.desc(), Recommendation.number)
    ).all()
    reports: dict[int, list[StatusReport]] = {}
    mine = select(Recommendation.id).where(Recommendation.declaration_id.in_(by_id))
    told = select(StatusReport).where(StatusReport.recommendation_id.in_(mine)).order_by(StatusReport.id)
    for one in session.scalars(told):
        reports.setdefault(one.recommendation_id, []).append(one)
    words = _words_of(session, list(by_id))
    lines = []
    for row, organisation, keeper in rows:
        mine_told, declaration = reports.get(row.id, []), by_id[row.declaration_id]
        assert declaration.adopted_on is not None
        standing = standing_on(today, mine_told, row.due_on, declaration.adopted_on)
        said = words.get((row.declaration_id, row.number), {})
        lines.append(FollowedRecommendation(row, said, organisation or "", keeper or "", mine_told, standing))
    return lines


def _words_of(session: Session, declaration_ids: Sequence[int]) -> dict[tuple[int, int], dict[str, str]]:
    return _words_in(
        session.execute(
            select(AdoptedText.declaration_id, AdoptedText.locale, DeclarationDraft.recommendations)
            .join(DeclarationDraft, DeclarationDraft.id == AdoptedText.draft_id)
            .where(AdoptedText.declaration_id.in_(declaration_ids))
            .order_by(AdoptedText.id)
        )
    )


def _words_in(texts: Iterable[Any]) -> dict[tuple[int, int], dict[str, str]]:
    """Words of each line of declarations by language, of (declaration, language, lines) in the order of adopting."""
    found: dict[tuple[int, int], dict[str, str]] = {}
    for declaration_id, locale, lines in texts:
        for number, line in enumerate(lines, 1):
            found.setdefault((declaration_id, number), {})[locale] = line
    return found


def recommendation_of(session: Session, public_id: str) -> tuple[Recommendation, Declaration] | None:
    """The recommendation of that address with its declaration."""
    row = session.execute(
        select(Recommendation, Declaration)
        .join(Declaration, Declaration.id == Recommendation.declaration_id)
        .where(Recommendation.public_id == public_id)
    ).first()
    return (row[0], row[1]) if row is not None else None


def report_with_file(session: Session, recommendation_id: int, report_id: int) -> StatusReport | None:
    """The report of that recommendation, where a file came with it."""
    mine = (StatusReport.id == report_id, StatusReport.recommendation_id == recommendation_id)
    return session.scalar(select(StatusReport).where(*mine, StatusReport.file_sha256 != ""))


def files_named(session: Session, keys: Collection[str]) -> set[str]:
    """Fingerprints among some of files that came with a report (one statement)."""
    return set(session.scalars(select(StatusReport.file_sha256).where(StatusReport.file_sha256.in_(keys))))


def address_of(session: Session, user_id: int | None) -> str:
    """The mail address of an account; empty for none."""
    return session.scalar(select(User.email).where(User.id == user_id)) or "" if user_id is not None else ""


def keeps_recommendation() -> ColumnElement[bool]:
    """Whether a row of ``user`` looks after a recommendation: what they report of it, everybody reads at once."""
    return exists().where(Recommendation.keeper_id == User.id)


# ── Found by the search (kernel.findable) ──


def declaration_stamps(session: Session) -> dict[str, str]:
    """A stamp of all adopted declarations: there are few (one statement)."""
    row = session.execute(
        select(
            func.count(Declaration.adopted_on),
            func.count(Declaration.shown_at),
            func.max(Declaration.shown_at),
            func.sum(func.coalesce(Declaration.programme_id, 0)),
            select(func.count(AdoptedText.id)).scalar_subquery(),
        ).where(Declaration.adopted_on.is_not(None))
    ).one()
    return {"0": ".".join(str(one) for one in row)} if row[0] else {}


def all_declarations(session: Session, _piece: str) -> Iterator[FindableRecord]:
    """Every adopted declaration, in each language that it was adopted in (one statement)."""
    return _findable(session, true())


def declarations_at(session: Session, places: Collection[str]) -> Iterator[FindableRecord]:
    """The adopted declarations at those places (one statement)."""
    wanted = {place.partition(".")[0] for place in places}
    return (one for one in _findable(session, Declaration.public_id.in_(wanted)) if one.place in places)


def _findable(session: Session, which: ColumnElement[bool]) -> Iterator[FindableRecord]:
    rows = session.execute(
        select(Declaration, DeclarationDraft)
        .join(AdoptedText, AdoptedText.declaration_id == Declaration.id)
        .join(DeclarationDraft, DeclarationDraft.id == AdoptedText.draft_id)
        .where(Declaration.adopted_on.is_not(None), which)
    )
    for one, text in rows:
        own = circles_of_activity([one.country] if one.country else [], one.programme_id)
        yield FindableRecord(
            place=f"{one.public_id}.{text.locale}",
            locale=text.locale,
            title=text.title,
            texts=(text.body, *text.recommendations, one.place),
            circles=frozenset({PUBLIC}) if one.shown_at is not None else own,
            endpoint="declared.page",
            values={"declaration": one.public_id, "text": text.locale},
        )


def export_of(session: Session, user_id: int) -> dict[str, Any]:
    """Everything about declarations that an account did, for the person's own download."""
    by = (Declaration.created_by_id == user_id, Declaration.adopted_by_id == user_id)
    return {
        "round_tables": [
            [one.title, one.country, one.place, one.held_on.isoformat(), one.created_at.isoformat()]
            + [one.adopted_on.isoformat() if one.adopted_on and one.adopted_by_id == user_id else ""]
            for one in session.scalars(select(Declaration).where(or_(*by)).order_by(Declaration.id))
        ],
        "drafts": [
            [one.locale, one.number, one.title, one.body, one.recommendations, one.at.isoformat()]
            for one in session.scalars(
                select(DeclarationDraft).where(DeclarationDraft.by_id == user_id).order_by(DeclarationDraft.id)
            )
        ],
        "looked_after": [
            [one.public_id, one.addressee, one.due_on.isoformat() if one.due_on else ""]
            for one in session.scalars(select(Recommendation).where(Recommendation.keeper_id == user_id))
        ],
        "reports": [
            [one.state, one.told_on.isoformat(), one.words, one.link, one.file_name, one.at.isoformat()]
            for one in session.scalars(
                select(StatusReport).where(StatusReport.by_id == user_id).order_by(StatusReport.id)
            )
        ],
    }
