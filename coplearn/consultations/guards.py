"""The way in to the pages of consultations: for staff by the programme's permissions, for others by what is public or by letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec

from flask import current_app, g, session
from flask.typing import ResponseReturnValue
from wtforms import Field

from coplearn.cohorts.common.guards import no_such_address, nobody_here, the_session
from coplearn.consultations.mail import read_token
from coplearn.consultations.models import AskedOrganisation, Statement, StatementRemark, StatementVersion
from coplearn.consultations.queries.asking import AskedVersion, asked_at, asking_at
from coplearn.consultations.queries.said import remark_of
from coplearn.consultations.queries.statements import public_numbers, statement_of, version_of
from coplearn.consultations.rules.words import ConsultationWay
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.programme.guards import ProgrammeContext, present_access
from coplearn.programme.rules.access import may_edit, may_see
from coplearn.web.limits import count_try, one_too_many, over_limit
from coplearn.web.render import say_phrase

P = ParamSpec("P")
_DAY: Final = 86_400
_BY_ADDRESS: Final = 200
"""Comments a day from one network address: a training room has one."""
_BY_ACCOUNT: Final = 60
_BY_ORGANISATION: Final = 400


@dataclass(frozen=True, slots=True)
class StatementContext:
    """A person at work on a statement, and whether they may write."""

    who: ProgrammeContext
    statement: Statement
    may_edit: bool


@dataclass(frozen=True, slots=True)
class AskedContext:
    """An organisation at the address of its letter."""

    asked: AskedOrganisation
    name: str
    asking: AskedVersion


def _context(who: ProgrammeContext, statement: Statement | None, edits: bool) -> StatementContext:
    if statement is None:
        raise nobody_here()
    countries = [statement.country] if statement.country else []
    if not may_see(who.access, countries, statement.programme_id):
        raise nobody_here()
    writes = may_edit(who.access, countries, statement.programme_id)
    if edits and not writes:
        raise nobody_here()
    return StatementContext(who, statement, writes)


def enter_statement(public_id: str, *, edits: bool = False) -> StatementContext:
    """Let in whoever may read a statement's pages for staff, or (``edits``) write them. Raises NotYours otherwise."""
    who = present_access()
    return _context(who, statement_of(the_session(), public_id), edits)


def enter_asking(public_id: str, *, edits: bool = False) -> tuple[StatementContext, AskedVersion]:
    """The same at a consultation."""
    who = present_access()
    asking = asking_at(the_session(), public_id)
    return _found(who, asking, edits)


def _found(who: ProgrammeContext, asking: AskedVersion | None, edits: bool) -> tuple[StatementContext, AskedVersion]:
    if asking is None:
        raise nobody_here()
    return _context(who, asking.statement, edits), asking


def public_statement(public_id: str) -> tuple[Statement, StatementVersion]:
    """A statement that everybody may read, in the version that is shown. Raises NotFound otherwise."""
    statement = statement_of(the_session(), public_id)
    number = None if statement is None or statement.shown is None else statement.agreed or statement.shown
    version = version_of(the_session(), statement.id, number) if statement is not None and number is not None else None
    if statement is None or version is None:
        raise no_such_address()
    return statement, version


def public_versions(statement: Statement, *numbers: int) -> list[StatementVersion]:
    """Versions that everybody may read. Raises NotFound where one of them is not."""
    known = public_numbers(the_session(), statement, utcnow().date())
    found = [version_of(the_session(), statement.id, number) for number in numbers if number in known]
    versions = [one for one in found if one is not None]
    if len(versions) != len(numbers):
        raise no_such_address()
    return versions


def public_asking(public_id: str) -> AskedVersion:
    """A consultation that everybody may read: it is open to all, or its summary was published. Raises NotFound otherwise."""
    asking = asking_at(the_session(), public_id)
    if asking is None or not (ConsultationWay(asking.consultation.way).is_open or asking.consultation.told_at):
        raise no_such_address()
    return asking


def asked_organisation(token: str) -> AskedContext:
    """The organisation that the address was sent to. Raises NotFound for one that was made up or closed."""
    number = read_token(current_app, token)
    found = asked_at(the_session(), number) if number is not None else None
    if found is None or found[0].ended_at is not None:
        raise no_such_address()
    return AskedContext(*found)


def remark_here(asking: AskedVersion, public_id: str) -> StatementRemark:
    """A remark of that consultation. Raises NotYours for any other."""
    found = remark_of(the_session(), asking.consultation.id, public_id)
    if found is None:
        raise nobody_here()
    return found


def own_remark_here(context: AskedContext, public_id: str) -> StatementRemark:
    """A remark that the organisation itself made. Raises NotFound for any other."""
    found = remark_of(the_session(), context.asking.consultation.id, public_id)
    if found is None or found.asked_id != context.asked.id:
        raise no_such_address()
    return found


def counts_remarks(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let a view know (:func:`check_limit`) whether this address, account or organisation sent as much as it may in a day.

    It stands above whatever begins to write: the counters are on a connection of their own.
    """

    @wraps(view)
    def counted(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        account, token = session.get("_user_id"), kwargs.get("token")
        number = read_token(current_app, str(token)) if token else None
        if number is not None:
            wait = one_too_many("remarks", _BY_ORGANISATION, _DAY, f"asked:{number}")
        else:
            wait = over_limit("remarks", _BY_ADDRESS)
            count_try("remarks", _DAY)
            if wait is None and account:
                wait = one_too_many("remarks", _BY_ACCOUNT, _DAY, f"account:{account}")
        g.remarks_wait = wait
        return view(*args, **kwargs)

    return counted


def check_limit() -> None:
    """Raise Refused where nothing more is taken from there today."""
    if g.get("remarks_wait") is not None:
        raise Refused(N_("That is as much as can be sent in one day. Your text is still here: send it tomorrow."))


@contextmanager
def refusals_at(field: Field) -> Iterator[None]:
    """Let a refusal inside become a sentence at a form's field; what was not committed is let go."""
    try:
        yield
    except Refused as error:
        the_session().rollback()
        field.errors = [say_phrase(error.phrase)]
