"""Recording a round table, keeping drafts, fixing the adopted text, and following up its recommendations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.queries import user_by_email
from coplearn.accounts.rules import UNCONFIRMED
from coplearn.accounts.service import end_sessions
from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.evidence import Stored
from coplearn.cohorts.common.rules.words import new_public_id
from coplearn.declarations import queries
from coplearn.declarations.models import (
    AdoptedText,
    Declaration,
    DeclarationDraft,
    DeclarationGroup,
    Recommendation,
    StatusReport,
)
from coplearn.declarations.rules import (
    DeclarationText,
    RecommendationReport,
    RoundTable,
    adopted_file,
    problems_of_report,
    problems_of_text,
    reminders,
    why_not_adopt,
)
from coplearn.i18n.time_zones import local_day
from coplearn.kernel.errors import Conflict, Refused
from coplearn.kernel.fixed_text import fixed_hash
from coplearn.kernel.text import N_
from coplearn.outbox.service import cancel_letters, queue_letter
from coplearn.programme.rules.records import ReachLine, check_reach

REMINDER: Final = "recommendation-due"
MOST_GROUPS: Final = 40


def _about(declaration: Declaration) -> str:
    return f"declaration:{declaration.public_id}"


def open_round_table(session: Session, table: RoundTable, by_id: int, now: datetime) -> Declaration:
    """Record a round table; the declaration has no text yet."""
    assert table.held_on is not None
    made = Declaration(
        public_id=new_public_id(),
        title=table.title,
        country=table.country,
        place=table.place,
        programme_id=table.programme_id,
        held_on=table.held_on,
        created_at=now,
        created_by_id=by_id,
        adopted_on=None,
        adopted_at=None,
        adopted_by_id=None,
        shown_at=None,
    )
    session.add(made)
    session.flush()
    audit.record(session, EventKind.ROUND_TABLE_RECORDED, about=_about(made), now=now)
    return made


def change_round_table(session: Session, declaration: Declaration, table: RoundTable, now: datetime) -> None:
    """Correct what is said of the round table. Raises Refused for a country or a day that the adopted text rules out."""
    assert table.held_on is not None
    if declaration.adopted_on is not None:
        if table.country != declaration.country:
            raise Refused(N_("The adopted text names the country, so it cannot be changed any more."))
        if table.held_on > declaration.adopted_on:
            raise Refused(N_("That day is after the declaration was adopted."))
    declaration.title, declaration.place = table.title, table.place
    declaration.country, declaration.held_on = table.country, table.held_on
    declaration.programme_id = table.programme_id
    session.flush()
    audit.record(session, EventKind.ROUND_TABLE_RECORDED, about=_about(declaration), now=now)


def add_group(session: Session, declaration: Declaration, line: ReachLine, now: datetime) -> None:
    """Write down a group that took part. Raises Refused where number and basis do not go together."""
    check_reach(line)
    if len(queries.groups_of(session, declaration.id)) >= MOST_GROUPS:
        raise Refused(N_("Write at most %(count)s groups."), count=MOST_GROUPS)
    session.add(
        DeclarationGroup(
            declaration_id=declaration.id,
            group=line.group,
            age_band=line.age_band,
            number=line.number,
            qualifier=line.qualifier,
            basis=line.basis,
        )
    )
    session.flush()
    audit.record(session, EventKind.ROUND_TABLE_RECORDED, about=_about(declaration), now=now)


def remove_group(session: Session, declaration: Declaration, group_id: int, now: datetime) -> None:
    """Take a group off the list; one that is not there is gone already."""
    for one in queries.groups_of(session, declaration.id):
        if one.id == group_id:
            session.delete(one)
            audit.record(session, EventKind.ROUND_TABLE_RECORDED, about=_about(declaration), now=now)
    session.flush()


def save_draft(
    session: Session,
    declaration: Declaration,
    locale: str,
    text: DeclarationText,
    made_of: int,
    by_id: int,
    now: datetime,
) -> DeclarationDraft:
    """Keep a version in one language; the same text again is no new one.

    ``made_of`` is the number of the version that the writer had before them, 0 for none. Raises Conflict when somebody else
    saved a newer one meanwhile, and Refused when this language is adopted.
    """
    assert not problems_of_text(text)
    _lock(session, declaration)
    if locale in queries.adopted_of(session, declaration.id):
        raise Refused(N_("The text in this language is adopted. It cannot be changed any more."))
    drafts = queries.drafts_of(session, declaration.id, locale)
    newest = drafts[0] if drafts else None
    if newest is not None and queries.text_of(newest) == text:
        return newest
    if (newest.number if newest is not None else 0) != made_of:
        raise Conflict(
            N_("Somebody saved a newer version meanwhile. Yours is still here: compare the two, then save it again.")
        )
    draft = DeclarationDraft(
        declaration_id=declaration.id,
        locale=locale,
        number=made_of + 1,
        title=text.title,
        body=text.body,
        recommendations=list(text.recommendations),
        at=now,
        by_id=by_id,
    )
    session.add(draft)
    session.flush()
    audit.record(session, EventKind.DECLARATION_DRAFTED, about=f"{_about(declaration)},{locale}", now=now)
    return draft


def _lock(session: Session, declaration: Declaration) -> None:
    """Hold the declaration, so that a text is adopted or written, one after the other."""
    session.execute(select(Declaration.id).where(Declaration.id == declaration.id).with_for_update())
    session.refresh(declaration)


def adopt(
    session: Session,
    declaration: Declaration,
    versions: Mapping[str, int],
    languages: Mapping[str, str],
    adopted_on: date | None,
    by_id: int,
    now: datetime,
) -> None:
    """Fix the text in those languages: ``versions`` are the numbers that the reader had before them, ``languages`` the tags
    by which the files name their language. The first time makes the recommendations. Later ones add languages.

    Raises Refused, and Conflict when a newer version was saved meanwhile.
    """
    _lock(session, declaration)
    done, newest = queries.adopted_of(session, declaration.id), queries.newest_drafts(session, declaration.id)
    day = declaration.adopted_on or adopted_on
    chosen = {code: newest[code] for code in versions if code in newest and code not in done}
    texts = {code: queries.text_of(draft) for code, draft in chosen.items()}
    before = {code: queries.text_of(draft) for code, (_, draft) in done.items()}
    refusal = why_not_adopt({**before, **texts} if texts else {}, day, declaration.held_on, now.date())
    if refusal is not None:
        raise Refused(refusal.text, **refusal.params)
    if any(draft.number != versions[code] for code, draft in chosen.items()):
        raise Conflict(N_("Somebody saved a newer version meanwhile. Read it, then fix the text again."))
    assert day is not None
    for code, draft in chosen.items():
        file = adopted_file(texts[code], languages[code], declaration.country, day)
        session.add(
            AdoptedText(
                declaration_id=declaration.id,
                draft_id=draft.id,
                locale=code,
                file=file.decode(),
                sha256=fixed_hash(file),
                fixed_at=now,
            )
        )
        audit.record(session, EventKind.DECLARATION_ADOPTED, about=f"{_about(declaration)},{code}", now=now)
    if declaration.adopted_on is None:
        declaration.adopted_on, declaration.adopted_at, declaration.adopted_by_id = day, now, by_id
        _make_recommendations(session, declaration, len(next(iter(texts.values())).recommendations))
    session.flush()


def _make_recommendations(session: Session, declaration: Declaration, count: int) -> None:
    for number in range(1, count + 1):
        session.add(
            Recommendation(
                public_id=new_public_id(),
                declaration_id=declaration.id,
                number=number,
                addressee="",
                organisation_id=None,
                due_on=None,
                first_due_on=None,
                keeper_id=None,
            )
        )


def show(session: Session, declaration: Declaration, *, shown: bool, now: datetime) -> None:
    """Give the declaration a public page, or take it away. Raises Refused before it is adopted."""
    if shown and declaration.adopted_on is None:
        raise Refused(N_("Only an adopted declaration can have a public page."))
    if shown != (declaration.shown_at is not None):
        declaration.shown_at = now if shown else None
        audit.record(session, EventKind.DECLARATION_SHOWN, about=_about(declaration), now=now)
    session.flush()


def assign(
    session: Session,
    recommendation: Recommendation,
    addressee: str,
    organisation_id: int | None,
    due_on: date | None,
    keeper_address: str,
    now: datetime,
) -> None:
    """Say who shall do it, by when, and who looks after it (a mail address; empty for nobody).

    Reminders that wait for another day or another reader are taken back, and every session of whoever looks after it no
    longer ends. Raises Refused for an address without an account, or that nobody confirmed.
    """
    keeper = user_by_email(session, keeper_address) if keeper_address else None
    if keeper_address and (keeper is None or not keeper.active):
        raise Refused(N_("Nobody has an account with that address here. Invite them first, or leave it empty."))
    if keeper is not None and keeper.confirmed_at is None:
        raise Refused(UNCONFIRMED)
    keeper_id = keeper.id if keeper is not None else None
    if (due_on, keeper_id) != (recommendation.due_on, recommendation.keeper_id):
        cancel_letters(session, prefix=f"{REMINDER}:{recommendation.public_id}:")
    before = recommendation.keeper_id
    recommendation.addressee, recommendation.organisation_id = addressee, organisation_id
    recommendation.due_on, recommendation.keeper_id = due_on, keeper_id
    recommendation.first_due_on = recommendation.first_due_on or due_on
    whom = f"user:{keeper_id}" if keeper_id is not None else ""
    about = f"recommendation:{recommendation.public_id}"
    audit.record(session, EventKind.RECOMMENDATION_ASSIGNED, whom=whom, about=about, now=now)
    session.flush()
    if before is not None and before != keeper_id:
        end_sessions(session, before)


def tell(
    session: Session,
    recommendation: Recommendation,
    declaration: Declaration,
    report: RecommendationReport,
    stored: Stored | None,
    by_id: int,
    now: datetime,
) -> StatusReport:
    """Write a report down; whoever calls has kept the file that came with it."""
    assert declaration.adopted_on is not None and report.told_on is not None
    assert not problems_of_report(report, declaration.adopted_on, now.date())
    made = StatusReport(
        recommendation_id=recommendation.id,
        state=report.state,
        told_on=report.told_on,
        words=report.words,
        link=report.link,
        file_name=stored.name if stored else "",
        file_sha256=stored.sha256 if stored else "",
        file_type=stored.type if stored else "",
        at=now,
        by_id=by_id,
    )
    session.add(made)
    session.flush()
    about = f"recommendation:{recommendation.public_id},{report.state}"
    audit.record(session, EventKind.RECOMMENDATION_TOLD, about=about, now=now)
    return made


def remind_keepers(session: Session, now: datetime) -> int:
    """Write to those who look after a recommendation that is due soon or now and not over; how many letters.

    The day is the one where the reader is. Each reader gets one letter of a kind for a due day, however often this is done.
    """
    rows = session.execute(
        select(Recommendation, Declaration, User)
        .join(Declaration, Declaration.id == Recommendation.declaration_id)
        .join(User, User.id == Recommendation.keeper_id)
        .where(Recommendation.due_on.is_not(None), User.active)
        .order_by(Recommendation.id)
    ).all()
    open_lines = {
        line.row.id
        for line in queries.recommendations_of(session, list({row[1] for row in rows}), now.date())
        if not line.standing.is_over
    }
    written = 0
    for recommendation, _, keeper in rows:
        if recommendation.id not in open_lines:
            continue
        assert recommendation.due_on is not None
        for which in reminders(recommendation.due_on, local_day(now, keeper.time_zone or "UTC")):
            written += _remind(session, recommendation, keeper, which, now)
    return written


def _remind(session: Session, recommendation: Recommendation, keeper: User, which: str, now: datetime) -> bool:
    assert recommendation.due_on is not None
    day = recommendation.due_on.isoformat()
    letter = queue_letter(
        session,
        key=f"{REMINDER}:{recommendation.public_id}:{day}:{which}:{keeper.id}",
        to=keeper.email,
        locale=keeper.locale,
        time_zone=keeper.time_zone or "UTC",
        kind=REMINDER,
        params={
            "name": keeper.name or "",
            "recommendation": recommendation.public_id,
            "due_on": day,
            "is_due": which == "due",
        },
        now=now,
    )
    return letter is not None
