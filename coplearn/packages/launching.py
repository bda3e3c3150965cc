"""Packages that say in statements what is reached (cmi5, xAPI): launched with a session of our LRS, heard, and recorded.

A loading of the frame is a session. What a package says in it comes by the LRS, in whose transaction it is heard here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode
from uuid import uuid4

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.packages import cmi5_rules as cmi5
from coplearn.packages.cmi5_rules import UnitSession
from coplearn.packages.models import Package, PackageRecord, PackageState
from coplearn.packages.queries import states_of, version_by_id
from coplearn.packages.rules import PackageItem, PackageStandard, Reached, percent_of, reached_by_statements
from coplearn.packages.sealing import Launch
from coplearn.packages.service import PlayedVersion, note_reached, played_version
from coplearn.xapi.models import PackageSession
from coplearn.xapi.queries.keys import count_sessions, open_sessions, sender_of, session_of
from coplearn.xapi.queries.statements import StatementQuery, find_statements, statements_by_id
from coplearn.xapi.rules.formats import Rejected, instant
from coplearn.xapi.rules.indexing import SENDER, mark
from coplearn.xapi.rules.outcomes import VERBS
from coplearn.xapi.rules.statements import Json
from coplearn.xapi.service.packages import (
    OpenedPackage,
    actor_of,
    end_registration,
    fetch_token,
    open_package,
    put_launch_data,
    put_preferences,
    tell,
)

MOST_SESSIONS: Final = 120
"""Sessions of one learner in an hour: a page that loads itself again and again comes to an end, and so does beginning again."""
_AFTER: Final = timedelta(milliseconds=1)
"""So much later than what it says the site says what follows from it: each statement has an instant of its own."""
_OF_XAPI: Final = {word: verb for verb, word in VERBS.items() if word in ("completed", "passed", "failed")} | {
    "scored": cmi5.SCORED
}


@dataclass(frozen=True, slots=True)
class LaunchPlace:
    """The addresses of a launch: the site's own, the LRS's, the file that is opened, and where a package leads when it ends."""

    home: str
    endpoint: str
    start: str
    back: str


@dataclass(frozen=True, slots=True)
class _Learning:
    """A learner in a package, as statements name both."""

    record: PackageRecord
    public_id: str
    version: PlayedVersion
    actor: Json

    @property
    def is_cmi5(self) -> bool:
        return self.version.standard is PackageStandard.CMI5

    def activity_of(self, item: PackageItem) -> str:
        """The activity of a part: what xAPI packages are called by themselves, and by us where cmi5 wants it (8.1.5)."""
        return cmi5.iri_of(self.public_id, "au", item.id) if self.is_cmi5 else item.id

    def item_at(self, activity: str) -> PackageItem | None:
        return next((one for one in self.version.items if self.activity_of(one) == activity), None)

    def unit(self, item: PackageItem, session_id: int) -> UnitSession:
        code = cmi5.session_code(self.record.registration, session_id)
        return UnitSession(code, self.activity_of(item), item.id, self.record.registration, self.actor)


# ── Launching ──


def open_part(session: Session, launch: Launch, version: PlayedVersion, place: LaunchPlace, now: datetime) -> str:
    """Open a session for one loading of a part, and give the address at which the package begins, with all that it needs.

    A session of the same learner in the same package that is still open is ended before, and said to be abandoned. Raises
    NotFound for a record that is gone, and Rejected (429) for a page that loads itself without end.
    """
    record, item = _locked(session, PackageRecord.id == launch.record_id), version.item(launch.item)
    state = _state(session, launch.record_id, launch.item)
    if record is None or item is None or state is None:
        raise NotFound(N_("There is no page at this address."))
    record.registration = record.registration or str(uuid4())
    if count_sessions(session, record.learner_id, now - timedelta(hours=1)) >= MOST_SESSIONS:
        raise Rejected(429, "This package was loaded too often. Wait an hour.")
    learning = _learning(session, record, version, place.home)
    told = _ended(session, learning, now)
    opened = open_package(session, record.learner_id, learning.activity_of(item), record.registration, place.home, now)
    unit = learning.unit(item, opened.session_id)
    if learning.is_cmi5:
        put_launch_data(session, opened, cmi5.launch_data(unit, item, place.back), now)
        put_preferences(session, opened, {"languagePreference": launch.language}, now)
        told.append(cmi5.launched(unit, item, place.start, now))
    state.launch, state.version_id = launch.number, version.id
    state.seconds_before, state.seconds = state.seconds_before + state.seconds, 0
    _keep(session, learning, item, state, {**state.said, "launched": now.isoformat()}, None, now)
    _say(session, learning, [*told, *_satisfied(session, learning, unit, now)], place.home, now)
    return _address(session, learning, opened, place, now)


def _learning(session: Session, record: PackageRecord, version: PlayedVersion, home: str) -> _Learning:
    package = session.get_one(Package, record.package_id)
    return _Learning(record, package.public_id, version, actor_of(session, record.learner_id, home))


def _ended(session: Session, learning: _Learning, now: datetime) -> list[Json]:
    """End the sessions that are open, and give the statements that they were abandoned."""
    told = []
    for one in open_sessions(session, learning.record.registration):
        item = learning.item_at(one.activity)
        if learning.is_cmi5 and item is not None:
            told.append(cmi5.abandoned(learning.unit(item, one.id), _seconds_of(session, one), now))
        one.terminated_at = now
    session.flush()
    end_registration(session, learning.record.registration, now)
    return told


def _seconds_of(session: Session, opened: PackageSession) -> int:
    """The time from the launch to the last statement (9.5.4.2)."""
    last = find_statements(session, StatementQuery((mark(SENDER, sender_of(opened)),), limit=1))
    if not last:
        return 0
    return int((instant(json.loads(last[0].body)["stored"]) - opened.created_at).total_seconds())


def _address(session: Session, learning: _Learning, opened: OpenedPackage, place: LaunchPlace, now: datetime) -> str:
    params = {"endpoint": place.endpoint, "actor": json.dumps(opened.actor), "registration": opened.registration}
    if learning.is_cmi5:
        params |= {"fetch": f"{place.endpoint}fetch/{opened.fetch_token}", "activityId": opened.activity}
    else:
        token = fetch_token(session, opened.fetch_token, now)
        params |= {"auth": f"Basic {token}", "activity_id": opened.activity}
    address, mark_, fragment = place.start.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{urlencode(params, quote_via=quote)}{mark_}{fragment}"


# ── Hearing ──


def hear(session: Session, sender: str, statements: Sequence[Json], home: str, now: datetime) -> None:
    """Record what a package said in its session. Raises Rejected (403) for what cmi5 has no place for; then nothing is stored."""
    opened = session_of(session, sender)
    record = _locked(session, PackageRecord.registration == opened.registration) if opened is not None else None
    row = version_by_id(session, record.version_id) if record is not None else None
    if opened is None or record is None or row is None:
        return
    session.refresh(opened)  # another statement may have come while the record was waited for
    learning = _learning(session, record, played_version(row), home)
    item = learning.item_at(opened.activity)
    state = _state(session, record.id, item.id) if item is not None else None
    if item is None or state is None:
        return
    unit = learning.unit(item, opened.id)
    said, scores = dict(state.said), list[int | None]()
    for one in statements:
        if learning.is_cmi5:
            scores += _heard_of_cmi5(opened, unit, item, one, said, now)
        else:
            scores += _heard_of_xapi(opened, one, said)
    state.seconds = max(state.seconds, int((now - opened.created_at).total_seconds()))
    _keep(session, learning, item, state, said, max((one for one in scores if one is not None), default=None), now)
    _say(session, learning, _satisfied(session, learning, unit, now), home, now + _AFTER)


def _heard_of_cmi5(
    opened: PackageSession, unit: UnitSession, item: PackageItem, told: Json, said: dict[str, str], now: datetime
) -> list[int | None]:
    """The score of a statement, which is noted in ``said`` and in the session. Raises Rejected."""
    word = cmi5.hold_session(told, unit, opened.terminated_at, now)
    begun, ended = opened.initialized_at is not None, opened.terminated_at is not None
    cmi5.hold_order(word, said, unit.code, initialized=begun, terminated=ended)
    cmi5.hold_result(word, told, item)
    if word == "initialized":
        opened.initialized_at = now
    elif word == "terminated":
        opened.terminated_at = now
    elif word:
        said[word] = told["timestamp"]
        if word in ("passed", "failed"):
            said[cmi5.JUDGED] = unit.code
        return [percent_of(told.get("result", {}).get("score", {}))]
    return []


def _heard_of_xapi(opened: PackageSession, told: Json, said: dict[str, str]) -> list[int | None]:
    """The score of a statement about the activity that was launched; its verb and its result say what was reached."""
    word = next((word for word, verb in _OF_XAPI.items() if verb == told["verb"]["id"]), "")
    if not word or told["object"].get("id") != opened.activity:
        return []
    result = told.get("result", {})
    success = {True: "passed", False: "failed"}.get(result.get("success"), "")
    found = {word, success, "completed" if result.get("completion") is True else ""} - {"", "scored"}
    said |= {one: str(told["timestamp"]) for one in found}
    return [percent_of(result.get("score", {}))]


# ── Recording ──


def _locked(session: Session, which: ColumnElement[bool]) -> PackageRecord | None:
    """The record, kept from everybody else until the transaction ends: what follows from two statements is said once."""
    found = select(PackageRecord).where(which).with_for_update().execution_options(populate_existing=True)
    return session.scalars(found).one_or_none()


def _state(session: Session, record_id: int, item: str) -> PackageState | None:
    return session.scalars(select(PackageState).filter_by(record_id=record_id, item=item)).one_or_none()


def _keep(
    session: Session,
    learning: _Learning,
    item: PackageItem,
    state: PackageState,
    said: dict[str, str],
    score: int | None,
    now: datetime,
) -> None:
    found, before = reached_by_statements(item, said), Reached(state.done, state.passed, state.score)
    reached = before.better(Reached(found.done, found.passed, score))
    state.said, state.saved_at, learning.record.seen_at = said, now, now
    state.done, state.passed, state.score = reached.done, reached.passed, reached.score
    session.flush()
    if reached != before:
        note_reached(session.connection(), learning.record.id, learning.version, now)
        session.refresh(learning.record)


def _satisfied(session: Session, learning: _Learning, unit: UnitSession, now: datetime) -> list[Json]:
    """The statements that are still to be said: of each block and of the course whose parts are all satisfied (9.3.9)."""
    if not learning.is_cmi5:
        return []
    states, groups = states_of(session, learning.record.id), dict[tuple[str, str], bool]()
    for item in learning.version.items:
        said = states[item.id].said if item.id in states else {}
        done = not item.is_asked or reached_by_statements(item, said).done
        for group in (*(("block", name) for name in item.blocks), ("course", learning.version.course)):
            groups[group] = groups.get(group, True) and done
    wanted = {cmi5.iri_of(learning.public_id, *group): group for group, done in groups.items() if done}
    known = statements_by_id(session, [cmi5.satisfied_id(unit.registration, one) for one in wanted])
    return [
        cmi5.satisfied(unit, kind, activity, name, now)
        for activity, (kind, name) in wanted.items()
        if cmi5.satisfied_id(unit.registration, activity) not in known
    ]


def _say(session: Session, learning: _Learning, statements: Sequence[Json], home: str, now: datetime) -> None:
    if statements:
        tell(session, learning.record.learner_id, statements, home, now)
