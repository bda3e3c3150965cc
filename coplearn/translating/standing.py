"""How a text stands, in words: its state, whether learners see it, and whether it waits for a second reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from coplearn.kernel.text import N_
from coplearn.translating import rules
from coplearn.translating.rows import OneMessage
from coplearn.web.render import say


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state in words: ``kind`` is a badge's (done, again, wrong or note)."""

    text: str
    kind: str


def state_words(
    state: rules.State,
    *,
    stale: bool,
    failing: bool,
    reader: str,
    live: bool,
    older: bool = False,
    shown: bool = True,
) -> list[StateWords]:
    """What state a text is in, and whether learners see it, or ``older`` words; ``shown`` False leaves the second out."""
    if state == "missing":
        return [StateWords(say(N_("Missing")), "wrong")]
    if stale:
        first = StateWords(say(N_("Old: the source has changed")), "again")
    elif failing:
        first = StateWords(say(N_("Kept back by a check")), "wrong")
    elif state == "needs-work":
        first = StateWords(say(N_("Needs work")), "again")
    elif reader == "machine":
        first = StateWords(say(N_("Read again by a machine")), "done")
    elif reader:
        first = StateWords(say(N_("Reviewed")), "done")
    else:
        first = StateWords(say(N_("Written, not reviewed")), "note")
    if not shown:
        return [first]
    if live:
        second = StateWords(say(N_("Learners see it")), "done")
    else:
        second = StateWords(say(N_("Learners see an older text")) if older else say(N_("Not published")), "note")
    return [first, second]


def states_of(one: OneMessage) -> list[StateWords]:
    """The same for the message in the editor."""
    now = one.translation
    live = now.published_rev is not None and now.published_rev == now.rev
    return state_words(
        now.state,
        stale=one.previous is not None,
        failing=now.failing,
        reader=now.reader if one.previous is None else "",
        live=live,
        older=not live and has_published(one),
    )


def has_published(one: OneMessage) -> bool:
    """Whether learners see some translation of the message, be it an older one."""
    return one.translation.published_rev is not None


@dataclass(frozen=True, slots=True)
class Waits:
    """Whether the text goes live only after a second reading, ``why`` it waits for one, and whether this person may make it."""

    needed: bool
    why: str = ""
    may_approve: bool = False


_WHY: Final[Mapping[str, str]] = {
    "support": N_("It says where help is. Such texts go live once somebody else has read them beside the source."),
    "quiz": N_("It belongs to a quiz. Such texts go live once somebody else has read them beside the source."),
    "": N_(
        "The author marked it as one that must be right. It goes live once somebody else has read it beside the source."
    ),
}


def waits_of(one: OneMessage, readers: Sequence[str], actor: rules.Actor, *, may_review: bool) -> Waits:
    """How the message stands with second readings, for whoever looks at it."""
    now = one.translation
    if not rules.needs_second_reader(one.kind, critical=one.critical):
        return Waits(False)
    was_read = now.reader in readers and one.previous is None
    if was_read or now.state == "missing":
        return Waits(not was_read)
    reason = _WHY.get(one.kind) or _WHY[""]
    why = say(reason)
    if now.published_rev is not None and now.published_rev == now.rev:
        why = f"{say(N_('Learners see it since before second readings were asked for.'))} {why}"
    is_whole = now.state == "translated" and not now.failing and one.previous is None
    is_own = now.author_id is not None and now.author_id == actor.user_id
    return Waits(True, why, may_review and is_whole and not is_own)
