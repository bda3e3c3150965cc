"""Reading a drill's file: the exercise, its texts in reading order, and every fault that would show in the room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from coplearn.courses.plugin import SCORES, Exercise, ExerciseRole, Fields, Inject, Schema, Text, schema

_TEXTS: Final = schema.by_id(schema.TEXT)
_TURN: Final = schema.mapping({"when": schema.TEXT, "then": schema.TEXT}, ("when", "then"))
_ROLE: Final[Mapping[str, Schema]] = {
    "name": schema.TEXT,
    "system": schema.ID,
    "seats": schema.whole_number(1, 12),
    "must": schema.FLAG,
    "brief": schema.TEXT,
    "secret": schema.TEXT,
}
_INJECT: Final[Mapping[str, Schema]] = {
    "at": schema.whole_number(0, 600),
    "to": schema.rows(schema.ID, 1),
    "title": schema.TEXT,
    "text": schema.TEXT,
    "key": _TEXTS,
    "prompt": schema.TEXT,
    "turns": schema.by_id(_TURN),
}
_ANCHOR: Final[Mapping[str, Schema]] = dict.fromkeys(("title", *SCORES), schema.TEXT)
_FAIL: Final[Mapping[str, Schema]] = {"text": schema.TEXT, "kindly": schema.TEXT}
_SYSTEM: Final[Mapping[str, Schema]] = {"name": schema.TEXT, "text": schema.TEXT}
TABLETOP_KEYS: Final[Mapping[str, Schema]] = {
    "people": schema.mapping(
        {"least": schema.whole_number(2, 60), "most": schema.whole_number(2, 60)}, ("least", "most")
    ),
    "aim": schema.TEXT,
    "intro": schema.TEXT,
    "rules": _TEXTS,
    "prepare": _TEXTS,
    "systems": schema.by_id(schema.mapping(_SYSTEM, ("name", "text"))),
    "roles": schema.by_id(schema.mapping(_ROLE, ("name", "brief", "secret"))),
    "injects": schema.by_id(schema.mapping(_INJECT, ("at", "title", "text", "key"))),
    "anchors": schema.by_id(schema.mapping(_ANCHOR, tuple(_ANCHOR))),
    "fails": schema.by_id(schema.mapping(_FAIL, tuple(_FAIL))),
    "distress": _TEXTS,
    "wash": _TEXTS,
    "fixes": schema.whole_number(1, 9),
}
_ROLE_NOTE: Final = "Only the person who holds this role reads it."
_KEY_NOTE: Final = "A decision that the controller looks for; players never see it."
_WHEN_NOTE: Final = "For the controller: when this happens."


@dataclass(frozen=True, slots=True)
class Said:
    """One text: its facet, its source, and what translators are told of it."""

    facet: str
    text: Text
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tabletop:
    """A drill as written: the exercise, and its texts in reading order."""

    exercise: Exercise
    texts: tuple[Said, ...]


def read_tabletop(fields: Fields) -> Tabletop | None:
    """Read the drill and note every fault; None when it could not be run."""
    before = len(fields.problems.errors)
    reader = _Reader(fields)
    exercise = reader.exercise()
    return Tabletop(exercise, tuple(reader.said)) if len(fields.problems.errors) == before else None


class _Reader:
    """Reads part by part and keeps each text as it comes."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.said: list[Said] = []

    def exercise(self) -> Exercise:
        """The whole, in the order in which translators read it."""
        fields, minutes = self.fields, self.fields.data.get("minutes")
        length = minutes if isinstance(minutes, int) else 0
        for name in ("aim", "intro"):
            self._keep(name, fields.text(name))
        rules = self._listed("rule", "rules")
        prepare = self._listed("prepare", "prepare", required=False)
        systems = self._table("system", "systems", _SYSTEM)
        roles = tuple(self._role(name, row, systems) for name, row in fields.table("roles").items())
        least, most = self._people(roles)
        injects = self._injects([role.id for role in roles], length)
        return Exercise(
            minutes=length,
            least=least,
            most=most,
            rules=rules,
            prepare=prepare,
            systems=systems,
            roles=roles,
            injects=injects,
            anchors=self._wanted(
                "anchor", "anchors", _ANCHOR, 3, "by which a group is measured, each with four scores"
            ),
            fails=self._wanted("fail", "fails", _FAIL, 1, "that end an exercise whatever the scores are"),
            distress=self._plan(),
            wash=self._listed("wash", "wash"),
            fixes=fields.integer("fixes", 1, 9) or 3,
        )

    def _keep(self, facet: str, text: Text | None, note: str = "") -> None:
        if text is not None:
            self.said.append(Said(facet, text, note))

    def _listed(self, facet: str, name: str, *, required: bool = True) -> tuple[str, ...]:
        if name not in self.fields.data and not required:
            return ()
        found = self.fields.texts(name)
        for identity, text in found.items():
            self._keep(f"{facet}.{identity}", text)
        return tuple(found)

    def _plan(self) -> tuple[str, ...]:
        if not self.fields.data.get("distress"):
            mend = "Say who leaves the room with whom, where to, and how the others go on."
            self.fields.error("distress", "drill-distress", "There is no plan for somebody in distress.", mend)
            return ()
        return self._listed("distress", "distress")

    def _table(self, facet: str, name: str, keys: Mapping[str, Schema]) -> tuple[str, ...]:
        rows = self.fields.table(name, required=False)
        for identity, row in rows.items():
            row.only(*keys)
            for key in keys:
                self._keep(f"{facet}.{identity}.{key}", row.text(key))
        return tuple(rows)

    def _wanted(self, facet: str, name: str, keys: Mapping[str, Schema], least: int, what: str) -> tuple[str, ...]:
        """A table without which nothing could be judged."""
        given = self.fields.data.get(name)
        if isinstance(given, Mapping) and len(given) >= least:
            return self._table(facet, name, keys)
        mend = f"Give {least} or more."
        self.fields.error(name, f"drill-{name}", f"There are too few {name}, {what}.", mend)
        return ()

    def _role(self, identity: str, row: Fields, systems: Sequence[str]) -> ExerciseRole:
        row.only(*_ROLE)
        self._keep(f"role.{identity}.name", row.text("name"))
        self._keep(f"role.{identity}.brief", row.text("brief"))
        if not row.data.get("secret"):
            mend = "Write `secret`: what this role knows and the others have to ask for."
            row.error("secret", "drill-secret", "This role knows nothing that the others do not.", mend)
        else:
            self._keep(f"role.{identity}.secret", row.text("secret"), _ROLE_NOTE)
        system = row.data.get("system")
        if system is not None and system not in systems:
            row.error("system", "drill-unknown", f'"{system}" is not one of the systems.', "Name one of them.")
        return ExerciseRole(
            identity, row.integer("seats", 1, 12) or 1, str(system) if system else None, row.flag("must")
        )

    def _people(self, roles: Sequence[ExerciseRole]) -> tuple[int, int]:
        rows = self.fields.data.get("people")
        if not isinstance(rows, Mapping):
            self.fields.error("people", "missing-key", '"people" is missing.', "Write people: {least: 8, most: 24}.")
            return 0, 0
        people = Fields(self.fields.source, self.fields.problems, rows, "people")
        people.only("least", "most")
        least = people.integer("least", 2, 60, required=True) or 0
        most = people.integer("most", 2, 60, required=True) or 0
        seats, needed = sum(role.seats for role in roles), sum(role.must for role in roles)
        if most > seats or least > most:
            what = f"The roles have {seats} seats for {least} to {most} people."
            self.fields.error("people", "drill-seats", what, "Give the roles more `seats`, or take fewer people.")
        if needed > least:
            what = f"{needed} roles must be filled, and {least} people are enough."
            self.fields.error("people", "drill-seats", what, "Let fewer roles be `must: true`.")
        return least, most

    def _injects(self, roles: Sequence[str], length: int) -> tuple[Inject, ...]:
        found: list[Inject] = []
        last = -1
        for identity, row in self.fields.table("injects").items():
            row.only(*_INJECT)
            at = self._time(row, last, length)
            last = at if at is not None else last
            found.append(self._inject(identity, row, at or 0, roles))
        return tuple(found)

    def _time(self, row: Fields, last: int, length: int) -> int | None:
        if row.data.get("at") is None:
            row.error("at", "drill-time", "This inject has no time.", "Write `at`: the minute when it is revealed.")
            return None
        at = row.integer("at", 0, 600)
        if at is not None and at <= last:
            mend = f"Put the injects in order; the one before is at minute {last}."
            row.error("at", "drill-order", f"This inject, at minute {at}, is out of order.", mend)
        if at is not None and at >= length > 0:
            mend = "Bring it earlier, or give the drill more minutes."
            row.error("at", "drill-order", f"The drill is over after {length} minutes.", mend)
        return at

    def _inject(self, identity: str, row: Fields, at: int, roles: Sequence[str]) -> Inject:
        facet = f"inject.{identity}"
        self._keep(f"{facet}.title", row.text("title"))
        self._keep(f"{facet}.text", row.text("text"))
        key = row.texts("key") if row.data.get("key") else {}
        if not key:
            mend = "Write `key`: the decisions wanted, by id."
            row.error("key", "drill-key", "The controller has no key to this inject.", mend)
        for name, text in key.items():
            self._keep(f"{facet}.key.{name}", text, _KEY_NOTE)
        self._keep(f"{facet}.prompt", row.text("prompt", required=False))
        turns = row.table("turns", required=False)
        for name, turn in turns.items():
            turn.only("when", "then")
            self._keep(f"{facet}.turn.{name}.when", turn.text("when"), _WHEN_NOTE)
            self._keep(f"{facet}.turn.{name}.then", turn.text("then"))
        given = row.data.get("to")
        to = tuple(str(one) for one in given) if isinstance(given, list) else ()
        if (given is not None and not to) or set(to) - set(roles):
            unknown = ", ".join(sorted(set(to) - set(roles)))
            row.error("to", "drill-unknown", f"It goes to nobody at the table: {unknown}.", "List ids of roles.")
        return Inject(identity, at, to, tuple(key), tuple(turns), "prompt" in row.data)
