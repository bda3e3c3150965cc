"""The contents of an exercise's pages: its texts in the page's language, what was entered, and what players may see of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import url_for
from markupsafe import Markup

from coplearn.courses.exercise import Exercise, ExerciseRole
from coplearn.drills.rules import CLOCK, OVER, REVEALED, RUNNING, YES, Playable, minute_of
from coplearn.kernel.text import N_
from coplearn.learning.render_cache import page_of
from coplearn.web.render import say
from coplearn.web.squares import square_of

if TYPE_CHECKING:
    from coplearn.drills.models import DrillEntry, DrillRun
    from coplearn.rooms.models import Room

Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Script:
    """The texts of an exercise in the page's language, by facet (``courses.exercise``)."""

    exercise: Exercise
    title: Markup
    inline: Callable[[str], Markup]
    blocks: Callable[[str], Markup]
    plain: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Holding:
    """The present state of one key of a run: the value, its rev, the entry that made it, and another that contradicts it."""

    value: str = ""
    rev: int = 0
    op_id: str = ""
    minute: int | None = None
    other: str = ""


@dataclass(frozen=True, slots=True)
class OnTable:
    """One message that lies before a player, and what came of it."""

    id: str
    minute: int | None
    then: Sequence[str]


def script_of(one: Playable) -> Script:
    """The exercise's texts."""
    page, prefix = page_of(one.course, one.item), f"{one.item.id}#"
    return Script(
        one.exercise,
        page.inline(f"{prefix}title"),
        lambda facet: page.inline(prefix + facet),
        lambda facet: page.blocks(prefix + facet),
        lambda facet: page.plain(prefix + facet),
    )


def slots_of(run: DrillRun, entries: Iterable[DrillEntry]) -> dict[str, Holding]:
    """The present state of each key; an entry that came too late to hold is told beside it until somebody enters again."""
    found: dict[str, Holding] = {}
    for entry in entries:
        before = found.get(entry.key, Holding())
        if entry.stands:
            minute = minute_of(entry.happened_at, run.began_at)
            found[entry.key] = Holding(entry.value, entry.rev, entry.op_id, minute)
        else:
            found[entry.key] = Holding(before.value, before.rev, before.op_id, before.minute, entry.value)
    return found


def choices() -> dict[str, Choices]:
    """The words of each kind of entry, in the page's language."""
    return {
        "clock": [
            ("waiting", say(N_("Not begun"))),
            (RUNNING, say(N_("The clock runs"))),
            (OVER, say(N_("It is over"))),
        ],
        "inject": [("waiting", say(N_("Not yet"))), (REVEALED, say(N_("Revealed")))],
        "yes": [("no", say(N_("Did not happen"))), (YES, say(N_("It happened: reveal what comes of it")))],
        "fail": [("no", say(N_("Did not happen"))), (YES, say(N_("It happened")))],
    }


def door_of(room: Room | None) -> dict[str, object]:
    """The code on the wall, its address, and its square."""
    if room is None:
        return {"code": "", "address": "", "width": 0, "path": ""}
    address = url_for("rooms.enter", _external=True)
    width, path = square_of(address)
    return {"code": f"{room.code[:3]}-{room.code[3:]}", "address": address, "width": width, "path": path}


def on_table(exercise: Exercise, held: Mapping[str, Holding], role: str) -> list[OnTable]:
    """The messages that a role may see now, the newest first. Nothing of the key is in it."""
    found = [
        OnTable(
            inject.id,
            held[f"inject.{inject.id}"].minute,
            [turn for turn in inject.turns if _is(held, f"turn.{inject.id}.{turn}", YES)],
        )
        for inject in exercise.injects
        if _is(held, f"inject.{inject.id}", REVEALED) and (not inject.to or role in inject.to)
    ]
    return found[::-1]


def _is(held: Mapping[str, Holding], key: str, value: str) -> bool:
    return key in held and held[key].value == value


def is_over(held: Mapping[str, Holding]) -> bool:
    """Whether the exercise is over, so that the hot wash is on."""
    return _is(held, CLOCK, OVER)


def seats_left(exercise: Exercise, taken: Mapping[str, int]) -> list[tuple[ExerciseRole, int]]:
    """Each role with the number of its seats that are free; those that must be filled first."""
    roles = sorted(exercise.roles, key=lambda role: not role.must)
    return [(role, max(0, role.seats - taken.get(role.id, 0))) for role in roles]


def points(exercise: Exercise, held: Mapping[str, Holding]) -> tuple[int, int]:
    """The points scored, and the most that the anchors scored so far could give."""
    scored = [held[key].value for anchor in exercise.anchors if (key := f"score.{anchor}") in held]
    return sum(int(one) for one in scored if one), 3 * len(scored)


def failed(exercise: Exercise, held: Mapping[str, Holding]) -> list[str]:
    """The automatic fails that happened."""
    return [fail for fail in exercise.fails if _is(held, f"fail.{fail}", YES)]


def elapsed(run: DrillRun, now: datetime) -> int | None:
    """The minute of the exercise now, or that at which it ended."""
    return minute_of(run.over_at or now, run.began_at)
