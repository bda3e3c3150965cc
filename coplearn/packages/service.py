"""Bring packages in, let learners play them, and keep what a package says of them: the last word, never an earlier one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Update, and_, bindparam, case, func, or_, select, update
from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.packages.models import Package, PackageRecord, PackageState, PackageVersion
from coplearn.packages.queries import items_of, record_of, standard_of, states_of
from coplearn.packages.reading import refusal_as_json, report_as_json
from coplearn.packages.rules import (
    MOST_VALUES,
    SUSPEND,
    CertificateRule,
    PackageCommit,
    PackageItem,
    PackageReport,
    PackageStandard,
    Reached,
    VersionState,
    is_later,
    reached_in,
    reached_together,
)
from coplearn.packages.sealing import Launch
from coplearn.storage.upserts import insert_all_new, insert_new

_GONE: Final = N_("This upload has been decided about already. Load the page again to see what became of it.")


# ── Bringing in ──


def add_upload(session: Session, key: str, name: str, size: int, by_id: int | None, now: datetime) -> PackageVersion:
    """Note an archive that lies in the store and waits to be read."""
    version = PackageVersion(
        package_id=None,
        key=key,
        state=VersionState.WAITING,
        locale="",
        standard="",
        title="",
        items={},
        report={},
        file_name=name[-200:],
        bytes=size,
        files=0,
        added_at=now,
        by_id=by_id,
        decided_at=None,
    )
    session.add(version)
    session.flush()
    return version


def note_report(version: PackageVersion, report: PackageReport, now: datetime) -> None:
    """Note what was found in a package."""
    version.state, version.decided_at = VersionState.READ, now
    version.standard, version.title = report.standard.value, report.title[:200]
    version.items = {"items": [item.as_json() for item in report.items], "course": report.course}
    version.bytes, version.files, version.report = report.bytes, report.files, report_as_json(report)
    version.digest = report.digest


def note_refusal(version: PackageVersion, refused: Refused, now: datetime) -> None:
    """Note why a package is not played here; nothing is kept of its files."""
    version.state, version.decided_at, version.bytes = VersionState.REFUSED, now, 0
    version.report = refusal_as_json(refused)


def let_in(
    session: Session,
    version: PackageVersion,
    package: Package | None,
    locale: str,
    now: datetime,
    rule: CertificateRule | None = None,
    title: str = "",
) -> Package:
    """Let a package that was read be played: as a new one with that ``rule`` of its certificate, or as ``package`` in that
    language, in place of what was there, with the rule that it has.

    ``title`` corrects the manifest's; empty keeps it.

    Raises Refused for one that was decided about meanwhile.
    """
    if version.state != VersionState.READ or version.package_id is not None:
        raise Refused(_GONE)
    if package is None:
        package = Package(public_id=secrets.token_hex(6), created_at=now, hidden_at=None)
        package.earns_certificate, package.needed_score = (rule.is_given, rule.score) if rule else (False, None)
        session.add(package)
        session.flush()
    same = (PackageVersion.package_id == package.id, PackageVersion.locale == locale)
    live = PackageVersion.state == VersionState.LIVE
    session.execute(update(PackageVersion).where(*same, live).values(state=VersionState.REPLACED, decided_at=now))
    before = session.scalar(select(func.max(PackageVersion.number)).where(*same)) or 0
    version.package_id, version.locale, version.number = package.id, locale, before + 1
    version.state, version.decided_at = VersionState.LIVE, now
    version.title = " ".join(title.split())[:200] or version.title
    session.flush()
    audit.record(session, EventKind.PACKAGE_LET_IN, about=f"{package.public_id},{locale}", now=now)
    return package


def discard(session: Session, version: PackageVersion, now: datetime) -> None:
    """Forget an upload that is not played; its files are the caller's to take away. Raises Refused for any other."""
    if version.package_id is not None:
        raise Refused(_GONE)
    session.delete(version)
    session.flush()
    audit.record(session, EventKind.PACKAGE_REMOVED, about=version.key, now=now)


def show(session: Session, package: Package, *, shown: bool, now: datetime) -> None:
    """Let a package be begun, or take it out of every list. What learners have of it stays."""
    package.hidden_at = None if shown else now
    session.flush()
    kind = EventKind.PACKAGE_LET_IN if shown else EventKind.PACKAGE_REMOVED
    audit.record(session, kind, about=package.public_id, now=now)


def forget_version(session: Session, version: PackageVersion) -> None:
    """Forget an upload that nobody decided about; of a version that was played, everything but what certificates name."""
    if version.package_id is None:
        session.delete(version)
        return
    version.state, version.bytes, version.items, version.report = VersionState.FORGOTTEN, 0, {}, {}
    version.file_name, version.by_id = "", None


# ── Playing ──


def begin(
    session: Session, learner_id: int, version: PackageVersion, now: datetime, *, again: bool = False
) -> PackageRecord:
    """Begin a version, or go on in it; with ``again`` from its beginning. What was reached stays in any case."""
    package_id = version.package_id or 0
    record = record_of(session, learner_id, package_id)
    if record is None:
        # Pressed twice at one moment it is begun once.
        mine = {"learner_id": learner_id, "package_id": package_id}
        insert_new(session, PackageRecord, {**mine, "version_id": version.id, "started_at": now, "seen_at": now})
        record = session.scalars(select(PackageRecord).filter_by(**mine)).one()
    states = states_of(session, record.id)
    news = [_state(record.id, item.id, version.id, now) for item in items_of(version) if item.id not in states]
    insert_all_new(session, PackageState, news)
    for state in states.values():
        state.version_id = version.id
        if again:
            state.said, state.suspended = {}, ""
            state.seconds_before, state.seconds = 0, 0
            # What a page of before still sends comes too late.
            state.launch, state.number = launch_number(state, now), 0
    record.version_id, record.seen_at = version.id, now
    if again:
        record.registration = ""
    session.flush()
    return record


def _state(record_id: int, item: str, version_id: int, now: datetime) -> dict[str, Any]:
    empty = {"launch": 0, "number": 0, "said": {}, "suspended": "", "seconds_before": 0, "seconds": 0}
    return {"record_id": record_id, "item": item, "version_id": version_id, **empty, "done": False, "saved_at": now}


def launch_number(state: PackageState | None, now: datetime) -> int:
    """The number of a new launch: later than each before, whichever way clocks went."""
    return max(int(now.timestamp() * 1000), state.launch + 1 if state is not None else 0)


def speaks_another(states: dict[str, PackageState], version: PackageVersion) -> bool:
    """Whether what a learner has was kept by another version, or in another language, than the one to be played."""
    return any(one.version_id != version.id and (one.said or one.suspended) for one in states.values())


# ── What a package says ──

_STATE = PackageState.__table__.c
_KEPT: Final = select(
    _STATE.id, _STATE.launch, _STATE.number, _STATE.said, _STATE.seconds_before, _STATE.seconds, _STATE.done,
    _STATE.passed, _STATE.score,
).where(_STATE.record_id == bindparam("record"), _STATE.item == bindparam("which"))  # fmt: skip
_WHERE_EARLIER: Final = update(PackageState).where(
    _STATE.id == bindparam("which_id"),
    or_(
        _STATE.launch < bindparam("a_launch"),
        and_(_STATE.launch == bindparam("a_launch"), _STATE.number < bindparam("a_number")),
    ),
)
_SAID: Final = (
    "version_id", "launch", "number", "said", "seconds_before", "seconds", "done", "passed", "score", "saved_at",
)  # fmt: skip


def _keeping(*names: str) -> Update:
    """The statement that keeps those columns, put together once: to do so for each commit takes as long as all the rest of it."""
    return _WHERE_EARLIER.values({name: bindparam(f"new_{name}", type_=_STATE[name].type) for name in names})


_KEEP: Final = _keeping(*_SAID)
_KEEP_SUSPENDED: Final = _keeping(*_SAID, "suspended")


@dataclass(frozen=True, slots=True)
class PlayedVersion:
    """Everything that has to be known of a version to judge what it says: its standard, and its items in their order."""

    id: int
    standard: PackageStandard
    items: tuple[PackageItem, ...]
    course: str = ""
    """The identifier of its course, where it is one of cmi5."""

    def item(self, name: str) -> PackageItem | None:
        """The item of that identifier."""
        return next((one for one in self.items if one.id == name), None)


def played_version(version: PackageVersion) -> PlayedVersion:
    """The facts of a version by which a commit is judged."""
    return PlayedVersion(version.id, standard_of(version), tuple(items_of(version)), version.items.get("course", ""))


def keep_commit(
    connection: Connection, launch: Launch, version: PlayedVersion, sent: PackageCommit, now: datetime
) -> int:
    """Keep what a package says of an item, in two statements, and two more when something was reached by it.

    Returns 0 when it is kept, and else the number of the launch whose later word holds, and keeps nothing. The connection's
    transaction is the caller's. Raises NotFound for a record that is gone.
    """
    item = version.item(launch.item)
    row = connection.execute(_KEPT, {"record": launch.record_id, "which": launch.item}).first()
    if item is None or row is None:
        raise NotFound(N_("There is no page at this address."))
    if not is_later((launch.number, sent.number), (row.launch, row.number)):
        return int(row.launch)
    said, before = _merged(row.said, sent), Reached(row.done, row.passed, row.score)
    reached = before.better(reached_in(version.standard, item, said))
    is_new = launch.number > row.launch
    values: dict[str, Any] = {
        "version_id": version.id,
        "launch": launch.number,
        "number": sent.number,
        "said": said,
        "seconds_before": row.seconds_before + (row.seconds if is_new else 0),
        "seconds": sent.seconds,
        "done": reached.done,
        "passed": reached.passed,
        "score": reached.score,
        "saved_at": now,
    }
    if SUSPEND in sent.values:
        values["suspended"] = sent.values[SUSPEND]
    statement = _KEEP_SUSPENDED if "suspended" in values else _KEEP
    earlier = {"which_id": row.id, "a_launch": launch.number, "a_number": sent.number}
    if connection.execute(statement, earlier | {f"new_{name}": value for name, value in values.items()}).rowcount != 1:
        return launch.number
    if reached != before:
        note_reached(connection, launch.record_id, version, now)
    return 0


def _merged(kept: Mapping[str, str], sent: PackageCommit) -> dict[str, str]:
    """The elements that were kept with those that changed; no more of them than may be."""
    said = {**kept, **{name: value for name, value in sent.values.items() if name != SUSPEND}}
    return dict(list(said.items())[:MOST_VALUES])


def note_reached(connection: Connection, record_id: int, version: PlayedVersion, now: datetime) -> None:
    """Note what came of a whole package once an item's result is another."""
    rows = connection.execute(
        select(_STATE.item, _STATE.done, _STATE.passed, _STATE.score).where(_STATE.record_id == record_id)
    )
    by_item = {row.item: Reached(row.done, row.passed, row.score) for row in rows}
    whole = reached_together(
        by_item.get(item.id, Reached()).better(Reached(done=not item.is_asked)) for item in version.items
    )
    record = PackageRecord.__table__.c
    better = {
        "seen_at": now,
        "score": record.score
        if whole.score is None
        else case((record.score > whole.score, record.score), else_=whole.score),
        "done_at": func.coalesce(record.done_at, now if whole.done else None),
        "passed_at": func.coalesce(record.passed_at, now if whole.passed else None),
    }
    if whole.done:
        is_first = record.done_at.is_(None) | (record.passed_at.is_(None) & bool(whole.passed))
        better["done_version_id"] = case((is_first, version.id), else_=record.done_version_id)
    connection.execute(update(PackageRecord).where(PackageRecord.id == record_id).values(better))


def join_packages(session: Session, source: int, target: int) -> None:
    """Give what one learner did in packages to another, as when a visitor signs in: of two to one item the later stays."""
    mine = {
        row.package_id: row for row in session.scalars(select(PackageRecord).where(PackageRecord.learner_id == target))
    }
    for record in session.scalars(select(PackageRecord).where(PackageRecord.learner_id == source)).all():
        same = mine.get(record.package_id)
        if same is None:
            record.learner_id = target
            continue
        _join_states(session, record, same)
        same.done_version_id = _done_version(same, record)
        if record.registration and record.seen_at > same.seen_at:
            same.registration = record.registration
        same.score = max((one for one in (same.score, record.score) if one is not None), default=None)
        for name in ("done_at", "passed_at"):
            found = [one for one in (getattr(same, name), getattr(record, name)) if one is not None]
            setattr(same, name, min(found, default=None))
        session.flush()
        session.delete(record)
    session.flush()


def _done_version(*both: PackageRecord) -> int | None:
    """The version in which the first of them was passed, or else done."""
    far = datetime.max.replace(tzinfo=UTC)
    first = min(both, key=lambda one: (one.passed_at or far, one.done_at or far))
    return first.done_version_id


def _join_states(session: Session, source: PackageRecord, target: PackageRecord) -> None:
    mine = states_of(session, target.id)
    for item, state in states_of(session, source.id).items():
        same = mine.get(item)
        if same is None:
            state.record_id = target.id
        elif state.saved_at > same.saved_at:
            better = _reached(state).better(_reached(same))
            session.delete(same)
            session.flush()
            state.record_id, state.done, state.passed, state.score = target.id, better.done, better.passed, better.score
        else:
            better = _reached(same).better(_reached(state))
            same.done, same.passed, same.score = better.done, better.passed, better.score
    session.flush()


def _reached(state: PackageState) -> Reached:
    return Reached(state.done, state.passed, state.score)
