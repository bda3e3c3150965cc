"""Take operations of one learner in one course: each is scored as its page would have done, and kept once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from coplearn.courses.course import Course
from coplearn.courses.guarded import KindFailed
from coplearn.courses.plugin import Incomplete, Item, Outcome
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.learning.joining import finish_edition
from coplearn.learning.queries import edition_times, editions_of
from coplearn.learning.rules import Edition, edition_of
from coplearn.learning.service import AnsweredBefore, AnsweredItem, Submission, keep_answer, take_turn
from coplearn.offline.operations.rules import EditionOrder, Operation, counts_still, made_at, order_around

GONE: Final = N_("This step is not in the course any more. What you did in the course is kept.")
CHANGED: Final = N_(
    "This step was changed before your answer arrived, so it does not fit any more. Please answer it once more."
)
UNREADABLE: Final = N_("This answer could not be read. Please open the step and answer it once more.")
MISSING: Final = N_("Something was missing in this answer. Please open the step and answer it once more.")
ANOTHER: Final = N_("This answer came before in another form, and that one is kept.")
_SEEDS: Final = 2**31


@dataclass(slots=True)
class TakenOperations:
    """The result of a sending: what is kept now (or was before), what never will be and why, and the items that are done.

    What stands in none of them can be sent again: the program of its step failed (``failed``).
    """

    ops: list[str] = field(default_factory=list)
    refused: list[tuple[str, Phrase]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    failed: list[KindFailed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Held:
    """The course as it is now, and what is known of the editions that operations name."""

    course: Course
    now: Edition
    editions: Mapping[str, Edition]
    orders: Mapping[str, EditionOrder | None]

    def counted_in(self, item: Item[Any], one: Operation, at: datetime) -> Edition:
        """The edition that an operation is booked for: its own, as long as that counts, else the present one."""
        then = self._shown(item, one)
        return then if then is not None and counts_still(self.orders.get(then.digest), at) else self.now

    def is_unchanged(self, item: Item[Any], one: Operation) -> bool:
        """Whether the item asks now what it asked when it was answered."""
        then = self._shown(item, one)
        return one.made_of == item.digest or (then is not None and self.now.says_the_same(item.id, then))

    def _shown(self, item: Item[Any], one: Operation) -> Edition | None:
        """The earlier edition in which it was shown; None where that is not known, or had another such item."""
        then = self.editions.get(one.course_digest)
        had = then.items.get(item.id) if then is not None else None
        return then if had is not None and had["digest"] == one.made_of else None


def take_operations(
    session: Session, course: Course, learner_id: int, locale: str, sent: Sequence[Operation], now: datetime
) -> TakenOperations:
    """Keep what a device sends late, in the order of the device; an operation that came before is not kept again.

    Three statements an operation and four beside them at most. Raises NotFound for a learner who is gone.
    """
    connection, taken = session.connection(), TakenOperations()
    take_turn(connection, learner_id, now)
    held, late = _held(session, course, {one.course_digest for one in sent}), dict[str, Edition]()
    for one in sent:
        item = course.item_by_code(one.item)
        try:
            answer = _judge(held, item, one, locale, now)
            keep_answer(connection, learner_id, *answer)
        except KindFailed as failed:
            taken.failed.append(failed)
            continue
        except Refused as refused:
            taken.refused.append((one.op, Phrase(ANOTHER) if isinstance(refused, AnsweredBefore) else refused.phrase))
            continue
        taken.ops.append(one.op)
        if answer[0].finishes:
            late[one.course_digest] = held.editions[one.course_digest]
        if answer[1].outcome.done and one.item not in taken.done:
            taken.done.append(one.item)
    for digest, edition in late.items():
        order = held.orders[digest]
        if order is not None:
            finish_edition(connection, learner_id, edition, order.earlier, order.later, now)
    session.expire_all()
    return taken


def _held(session: Session, course: Course, digests: Collection[str]) -> _Held:
    older = sorted(set(digests) - {course.digest, ""})
    editions = editions_of(session, course.id, older)
    times = edition_times(session, course.id) if editions else {}
    orders = {digest: order_around(digest, times) for digest in editions}
    return _Held(course, edition_of(course, {}), editions, orders)


def _judge(
    held: _Held, item: Item[Any] | None, one: Operation, locale: str, now: datetime
) -> tuple[AnsweredItem, Submission]:
    """The operation as an answer. Raises Refused for what cannot be counted, and KindFailed."""
    if item is None:
        raise Refused(GONE)
    if not one.steps:
        raise Refused(UNREADABLE)
    course, kind = held.course, held.course.kinds[item.kind]
    unchanged = held.is_unchanged(item, one)
    try:
        outcome = _outcome(course, item, one)
    except Incomplete:
        raise Refused(MISSING if unchanged else CHANGED) from None
    asked = bool(outcome.answers or outcome.votes) or outcome.score is not None
    if asked and not unchanged and not kind.kind.stepwise:
        raise Refused(CHANGED)
    edition = held.counted_in(item, one, now)
    target = AnsweredItem(
        course.id,
        edition.version,
        edition.digest,
        item.id,
        kind.attempts_allowed(item),
        course.required,
        kind.kind.stepwise,
        bool(kind.tally_keys(item)),
        finishes=course.digest if edition is not held.now else "",
    )
    made = made_at(one, now)
    return target, Submission(one.op, locale, one.seed % _SEEDS, outcome, now, made)


def _outcome(course: Course, item: Item[Any], one: Operation) -> Outcome:
    """The score of the form, or of a walk from its beginning: what other devices did in the same story does not disturb it."""
    kind, state = course.kinds[item.kind], dict[str, Any]()
    if one.is_walk and not kind.kind.stepwise:
        raise Refused(UNREADABLE)
    outcome = kind.answer(item, one.steps[0], state)
    for form in one.steps[1:]:
        outcome = kind.answer(item, form, outcome.state)
    return outcome
