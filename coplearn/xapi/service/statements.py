"""Taking statements: all of a request or none, never one twice, and never one changed."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from secrets import randbelow
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import literal, select, update
from sqlalchemy.orm import Session

from coplearn.storage.dialects import in_turn, own_words
from coplearn.storage.upserts import insert_all_new, insert_new
from coplearn.xapi.models import KeptActivity, KeptAttachment, KeptStatement, StatementMark
from coplearn.xapi.queries.keys import may_void_all
from coplearn.xapi.queries.statements import (
    Reference,
    definitions_of,
    marks_by_number,
    references_to,
    statements_by_id,
)
from coplearn.xapi.rules.access import LrsScope, LrsSender, hold_bounds
from coplearn.xapi.rules.comparing import same
from coplearn.xapi.rules.formats import Rejected, written
from coplearn.xapi.rules.indexing import SENDER, defined_in, first_number, mark, marks_of
from coplearn.xapi.rules.multipart import FilePart
from coplearn.xapi.rules.shapes import merged
from coplearn.xapi.rules.statements import VOIDED, Json

_SPREAD: Final = 1024
_COLUMNS: Final = ("number", "statement_id", "sender", "learner_id", "body", "target", "voids", "is_voided")
_TURN: Final = 0x78415049
"""The number of the turn in which statements are stored (``storage.dialects.in_turn``)."""
_MOST_MARKS: Final = 1_000
"""So many marks a statement takes over from what it refers to, and no more."""
_MOST_TAKEN: Final = 50_000
"""So many all statements of one request together, while nobody else stores."""
_FARTHEST: Final = 100
"""Statements that refer to one another before the last one comes, which then gives its marks that far."""


def take_statements(
    session: Session,
    sender: LrsSender,
    statements: Sequence[Json],
    parts: Mapping[str, FilePart],
    now: datetime,
    *,
    modern: bool = False,
    heard: Callable[[Sequence[Json]], None] = lambda fresh: None,
) -> list[str]:
    """Store statements that were read (``rules.statements``), and give their ids in the same order.

    One that is here already and says the same is left as it is; the others, as they were stored, are ``heard`` at the end.
    ``now`` is read after the transaction began. Raises Rejected, and then nothing may be committed: 409 for another statement
    under an id that is taken, 403 for one that this sender may not send.
    """
    # Whatever refers to a statement has to see it, or be seen by it, also when both come at the same moment.
    in_turn(session, _TURN, alone=any(one["object"].get("objectType") == "StatementRef" for one in statements))
    ids = [(one.get("id") or str(uuid4())).lower() for one in statements]
    if len(set(ids)) != len(ids):
        raise Rejected(400, "Two statements of this request have the same id.")
    told: dict[str, Json] = {}
    rows: list[KeptStatement] = []
    for place, (statement_id, statement) in enumerate(zip(ids, statements, strict=True)):
        hold_bounds(sender, statement)
        at = now + timedelta(microseconds=place)
        told[statement_id] = _completed(statement, statement_id, sender, at, modern=modern)
        rows.append(_row(told[statement_id], sender, at))
    made = _insert(session, rows)
    if len(made) < len(rows):
        _hold_same(session, {one: found for one, found in zip(ids, statements, strict=True) if one not in made})
        told, rows = {one: told[one] for one in ids if one in made}, [one for one in rows if one.statement_id in made]
    if rows:
        _hold_voiding(session, sender, rows)
        about = references_to(session, list(told))
        _mark(session, rows, told, sender, about)
        _void(session, rows, about)
        _keep_files(session, sender, parts)
        if sender.may(LrsScope.DEFINE):
            _define(session, told.values())
        heard(list(told.values()))
    return ids


def _completed(statement: Json, statement_id: str, sender: LrsSender, at: datetime, *, modern: bool) -> Json:
    stored = written(at)
    return {
        **statement,
        "id": statement_id,
        "timestamp": statement.get("timestamp", stored),
        "stored": stored,
        "authority": sender.authority,
        "version": statement.get("version", "2.0.0" if modern else "1.0.0"),
    }


def _row(told: Json, sender: LrsSender, at: datetime) -> KeptStatement:
    refers = told["object"].get("objectType") == "StatementRef"
    return KeptStatement(
        number=first_number(at, randbelow(_SPREAD)),
        statement_id=told["id"],
        sender=sender.name,
        learner_id=sender.learner_id,
        body=json.dumps(told, ensure_ascii=False, separators=(",", ":")),
        target=told["object"]["id"].lower() if refers else None,
        voids=told["verb"]["id"] == VOIDED,
        is_voided=False,
    )


def _hold_voiding(session: Session, sender: LrsSender, fresh: Sequence[KeptStatement]) -> None:
    targets = {one.target for one in fresh if one.voids and one.target}
    if not targets or sender.may():
        return
    others = select(literal(1)).where(KeptStatement.statement_id.in_(targets), KeptStatement.sender != sender.name)
    if session.execute(others.limit(1)).first() is not None:
        raise Rejected(403, "This key voids its own statements alone; others need the scope all.")


def _insert(session: Session, rows: Sequence[KeptStatement]) -> set[str]:
    """Insert them, but for those whose id is taken or just being taken by another request, and give the ids of the inserted."""
    # In the order of their ids, so that two requests with the same statements do not wait for one another.
    ordered = sorted(rows, key=lambda one: one.statement_id)
    values = [{name: getattr(one, name) for name in _COLUMNS} for one in ordered]
    inserting = _inserting(own_words(session.get_bind().dialect))
    return set(session.connection().scalars(inserting, values)) if values else set()


@cache
def _inserting(words: Any) -> Any:
    """Made once: to put this statement together takes longer than to insert a row with it."""
    return words.insert(KeptStatement.__table__).on_conflict_do_nothing().returning(KeptStatement.statement_id)


def _hold_same(session: Session, sent: Mapping[str, Json]) -> None:
    """Raise Rejected unless what is here under these ids says what was sent under them."""
    known = statements_by_id(session, sent)
    for statement_id, statement in sent.items():
        if statement_id not in known:
            raise Rejected(503, "Two statements came at the same instant. Send this one again.")
        if not same(json.loads(known[statement_id].body), statement):
            raise Rejected(409, f"There is another statement with the id {statement_id}.")


def _mark(
    session: Session,
    fresh: Sequence[KeptStatement],
    told: Mapping[str, Json],
    sender: LrsSender,
    about: Sequence[Reference],
) -> None:
    """Write down what each is found by: what it says itself, and whatever it refers to is found by (Communication, 2.1.3)."""
    marks = {one.statement_id: marks_of(told[one.statement_id], sender.name) for one in fresh}
    _take_over(session, fresh, marks, mark(SENDER, sender.name))
    _insert_marks(session, {one.number: marks[one.statement_id] for one in fresh})
    own = {mark(SENDER, sender.name)}
    _pass_on(session, {statement_id: found - own for statement_id, found in marks.items()}, about)


def _take_over(session: Session, fresh: Sequence[KeptStatement], marks: dict[str, set[int]], own: int) -> None:
    """Add to the marks of each what its target is found by, but for who sent that; a target may be in the same request."""
    targets = {one.target for one in fresh if one.target}
    if not targets:
        return
    there = statements_by_id(session, targets - marks.keys())
    kept = marks_by_number(session, [one.number for one in there.values()])
    theirs = {one.statement_id: kept[one.number] - {mark(SENDER, one.sender)} for one in there.values()}
    targets_here = {one.statement_id: one.target for one in fresh}
    done, left = set[str](), _MOST_TAKEN
    for start in targets_here:
        # From each along what it refers to, and back: no statement is looked at more often than it has to be.
        way: dict[str, str] = {}
        at: str | None = start
        while at in targets_here and at not in way and at not in done:
            way[at] = targets_here[at] or ""
            at = targets_here[at]
        turns = 2 if at in way else 1
        for statement_id, target in reversed(list(way.items()) * turns):
            found = theirs.get(target) or marks.get(target, set()) - {own}
            room = max(0, min(left, _MOST_MARKS - len(marks[statement_id])))
            added = set(list(found - marks[statement_id])[:room])
            marks[statement_id] |= added
            left -= len(added)
        done |= way.keys()


def _pass_on(session: Session, marks: Mapping[str, set[int]], about: Sequence[Reference]) -> None:
    """Give marks to statements that referred to these before they came (``about``), and to those that refer to them in turn."""
    given, seen = dict(marks), set(marks)
    for _ in range(_FARTHEST):
        about = [one for one in about if one.statement_id not in seen]
        if not about:
            return
        added = {one.number: set(list(given[one.target])[:_MOST_MARKS]) for one in about}
        _insert_marks(session, added)
        given = {one.statement_id: added[one.number] for one in about}
        seen |= given.keys()
        about = references_to(session, list(given))


def _insert_marks(session: Session, marks: Mapping[int, set[int]]) -> None:
    rows = [{"mark": one, "number": number} for number, found in marks.items() for one in sorted(found)]
    insert_all_new(session, StatementMark, rows)


def _void(session: Session, fresh: Sequence[KeptStatement], about: Sequence[Reference]) -> None:
    """Void what these void, and of these what one ``about`` it voided before it came. What voids is never voided."""
    targets = {one.target for one in fresh if one.voids and one.target}
    senders = {one.statement_id: one.sender for one in fresh if not one.voids}
    early = [one for one in about if one.voids and one.target in senders]
    strange = {one.sender for one in early if one.sender != senders[one.target]}
    # Whoever voids their own alone may not do it to others' before these come.
    able = may_void_all(session, strange) if strange else set()
    voided = targets | {one.target for one in early if one.sender in (senders[one.target], *able)}
    if voided:
        these = KeptStatement.statement_id.in_(voided) & KeptStatement.voids.is_(False)
        session.execute(
            update(KeptStatement).where(these).values(is_voided=True).execution_options(synchronize_session=False)
        )


def _keep_files(session: Session, sender: LrsSender, parts: Mapping[str, FilePart]) -> None:
    for part in parts.values():
        kept = {"content_type": part.content_type or "application/octet-stream", "data": b64encode(part.data).decode()}
        insert_new(session, KeptAttachment, {"sha2": part.sha2, "learner_id": sender.learner_id} | kept)


def _define(session: Session, told: Iterable[Json]) -> None:
    said: dict[str, Json] = {}
    for statement in told:
        for activity in defined_in(statement):
            if activity.get("definition"):
                said[activity["id"]] = merged(said.get(activity["id"]), activity["definition"])
    if not said:
        return
    known = definitions_of(session, said)
    for iri, definition in sorted(said.items()):
        whole = merged(known.get(iri), definition)
        if whole == known.get(iri):
            continue
        number = mark("definition", iri)
        if iri in known:
            session.execute(update(KeptActivity).where(KeptActivity.mark == number).values(definition=whole))
        else:
            insert_new(session, KeptActivity, {"mark": number, "iri": iri, "definition": whole})
