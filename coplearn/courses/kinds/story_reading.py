"""A scenario's file read into a story, with every fault that it can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from coplearn.courses.kinds.story import (
    ENDS,
    PARTS,
    SHOWS,
    Condition,
    NextScene,
    Part,
    Scene,
    SceneChoice,
    States,
    Story,
    Variant,
)
from coplearn.courses.kinds.walks import check_walks
from coplearn.courses.plugin import Fields, Schema, distinct, schema

_MOST_CHOICES: Final = 4
_MOST_STATES: Final = 8
_MOST_VALUES: Final = 6
_MOST_ENTRIES: Final = 6
_WORDS: Final[Schema] = {"anyOf": [schema.ID, schema.rows(schema.ID, 1, _MOST_VALUES)]}
_CONDITION: Final = {**schema.by_id(_WORDS), "minProperties": 1}
_VARIANT: Final = schema.mapping({"id": schema.ID, "when": _CONDITION, "text": schema.TEXT}, ("id", "text"))
_WAY: Final = schema.mapping({"when": _CONDITION, "node": schema.ID}, ("node",))
_TEXTS: Final[Schema] = {"anyOf": [schema.TEXT, schema.rows(_VARIANT, 2, _MOST_ENTRIES)]}
_CHOICE: Final[Mapping[str, Schema]] = {
    "id": schema.ID,
    "text": schema.TEXT,
    "to": {"anyOf": [schema.ID, schema.rows(_WAY, 2, _MOST_ENTRIES)]},
    "when": _CONDITION,
    "set": {**schema.by_id(schema.ID), "minProperties": 1},
    "defensible": schema.FLAG,
    "tempting": schema.FLAG,
    "unsafe": schema.FLAG,
    "cost": schema.TEXT,
}
_SCENE: Final[Mapping[str, Schema]] = {
    **dict.fromkeys(PARTS, _TEXTS),
    "needs": _CONDITION,
    "end": schema.one_word(ENDS),
    "choices": schema.rows(schema.mapping(_CHOICE, ("id", "text", "to")), 1, _MOST_CHOICES),
}
_STATES: Final[Schema] = {
    **schema.by_id(schema.rows(schema.ID, 2, _MOST_VALUES)),
    "minProperties": 1,
    "maxProperties": _MOST_STATES,
}
STORY_KEYS: Final[Mapping[str, Schema]] = {
    "intro": schema.TEXT,
    "start": schema.ID,
    "states": _STATES,
    "shows": schema.rows(schema.one_word(SHOWS), 1),
    "nodes": schema.by_id(schema.mapping(_SCENE, ("text",))),
}


def read_story(fields: Fields) -> Story | None:
    """Read the story and note every fault; None when it could not be walked."""
    intro, start = fields.text("intro", required=False), fields.identifier("start")
    before = len(fields.problems.errors)
    states = _states(fields)
    reading = _Reading(states, is_lost=len(fields.problems.errors) > before)
    table = fields.table("nodes")
    read = {identity: reading.scene(identity, entry) for identity, entry in table.items()}
    scenes = {identity: scene for identity, scene in read.items() if scene is not None}
    shows = fields.list_of("shows", "|".join(SHOWS), f"Known: {', '.join(SHOWS)}.", required="shows" in fields.data)
    whole = bool(table) and _check_targets(fields, start, table, scenes)
    if start is None or len(scenes) < len(table) or not whole or reading.is_lost:
        return None
    story = Story(start, scenes, intro, reading.states, frozenset(shows))
    return story if check_walks(story, fields) else None


def _states(fields: Fields) -> dict[str, tuple[str, ...]]:
    """The states with their values."""
    states = fields.words_by_id("states", most=_MOST_VALUES)
    if len(states) > _MOST_STATES:
        mend = f"Remember only what changes the story: {_MOST_STATES} at most."
        fields.error("states", "number-of-states", f"The story remembers {len(states)} things.", mend)
    for name, values in states.items():
        if len(values) < 2:
            mend = "List 2 or more; the first is how the story begins."
            fields.error(f"states.{name}", "number-of-values", f'The state "{name}" can never change.', mend)
    return states


@dataclass(slots=True)
class _Reading:
    """Reads scenes by the states that the story has. ``is_lost`` says that a state or what asks for it could not be read."""

    states: Mapping[str, tuple[str, ...]]
    is_lost: bool = False

    def scene(self, identity: str, fields: Fields) -> Scene | None:
        """One node; None when it cannot be walked through."""
        fields.only(*_SCENE)
        present = [part for part in PARTS if part == "text" or fields.data.get(part) is not None]
        parts = {part: self._variants(fields, part) for part in present}
        needs = self._condition(fields, "needs")
        end = fields.word("end", ENDS) if "end" in fields.data else None
        choices = _end(fields) if "end" in fields.data else self._way_on(fields)
        if "repair" in parts and "reason" not in parts:
            mend = "Say kindly why it went so."
            fields.error("repair", "repair-without-reason", "This scene has a repair but no reason.", mend)
        if not all(parts.values()) or choices is None or ("end" in fields.data and end is None):
            return None
        return Scene(identity, parts, end, choices, fields.place(), needs)

    def _variants(self, fields: Fields, part: Part) -> tuple[Variant, ...]:
        """A part's texts: one for all states, or a list by state."""
        if not isinstance(fields.data.get(part), list):
            text = fields.text(part)
            return () if text is None else (Variant(part, text),)
        rows = fields.rows(part, 2, _MOST_ENTRIES)
        alone, found = distinct(rows, "text"), []
        for row in rows:
            row.only("id", "when", "text")
            identity, text, when = row.identifier(), row.text("text"), self._condition(row, "when")
            if identity is not None and text is not None:
                found.append(Variant(f"{part}.{identity}", text, when))
        # A reason or a repair may be for some states only; a scene without words, or an end without help, may not.
        self._check_otherwise(rows, is_needed=part in ("text", "support"))
        return tuple(found) if alone and len(found) == len(rows) else ()

    def _way_on(self, fields: Fields) -> tuple[SceneChoice, ...] | None:
        if "support" in fields.data:
            mend = "Move it to an end, or add `end`."
            fields.error("support", "support-without-end", "Only an end has support.", mend)
        if "choices" not in fields.data:
            mend = "Add `choices`, or `end: good` or `end: fair`."
            fields.error("", "no-way-on", "This scene has neither choices nor an end.", mend)
            return None
        rows = fields.rows("choices", 1, _MOST_CHOICES)
        if len(rows) == 1 and "reason" not in fields.data:
            mend = "Give 2 to 4 choices; a single way on is for scenes with a reason."
            fields.error("choices", "one-choice", "A decision needs something to decide.", mend)
        alone = distinct(rows, "choice")
        choices = tuple(choice for choice in map(self._choice, rows) if choice is not None)
        _check_costs(rows, choices)
        return choices if rows and alone and len(choices) == len(rows) else None

    def _choice(self, fields: Fields) -> SceneChoice | None:
        fields.only(*_CHOICE)
        identity, text, ways = fields.identifier(), fields.text("text"), self._ways(fields)
        when, sets = self._condition(fields, "when"), self._sets(fields)
        cost, is_defensible = fields.text("cost", required=False), fields.flag("defensible")
        is_tempting, is_unsafe = fields.flag("tempting"), fields.flag("unsafe")
        if text is not None and "](" in text.text:
            fields.error(
                "text", "choice-with-link", "A choice cannot hold a link.", "Put the link into the scene's text."
            )
        if is_defensible and "cost" not in fields.data:
            mend = "Say in `cost` what a person pays for it: time, trust, certainty."
            fields.error("defensible", "cost-missing", "A defensible choice costs something too.", mend)
        if is_defensible and (is_tempting or is_unsafe):
            mend = "Take `defensible` away, or what speaks against it."
            fields.error("defensible", "defensible-and-not", "A defensible choice is neither wrong nor unsafe.", mend)
        if identity is None or text is None or not ways:
            return None
        return SceneChoice(
            id=identity,
            text=text,
            ways=ways,
            place=fields.place(),
            when=when,
            sets=sets,
            cost=cost,
            is_defensible=is_defensible,
            is_tempting=is_tempting,
            is_unsafe=is_unsafe,
        )

    def _ways(self, fields: Fields) -> tuple[NextScene, ...]:
        if not isinstance(fields.data.get("to"), list):
            node = fields.identifier("to")
            return () if node is None else (NextScene(node, fields.place("to")),)
        rows, found = fields.rows("to", 2, _MOST_ENTRIES), []
        for row in rows:
            row.only("when", "node")
            node, when = row.identifier("node"), self._condition(row, "when")
            if node is not None:
                found.append(NextScene(node, row.place("node"), when))
        self._check_otherwise(rows, is_needed=True)
        return tuple(found) if len(found) == len(rows) else ()

    def _check_otherwise(self, rows: tuple[Fields, ...], *, is_needed: bool) -> None:
        for number, row in enumerate(rows, 1):
            is_last = number == len(rows)
            if "when" not in row.data and not is_last:
                mend = "Give it a `when`, or move it to the end."
                row.error("", "otherwise-place", "What stands after this entry is never shown.", mend)
            if "when" in row.data and is_last and is_needed:
                self.is_lost = True
                mend = "Add a last entry without `when`."
                row.error("when", "otherwise-missing", "Nothing is left for all other cases.", mend)

    def _condition(self, fields: Fields, name: str) -> Condition:
        """The condition that ``name`` puts on the states, each fault noted."""
        return self._known(fields, name, fields.words_by_id(name, most=_MOST_VALUES))

    def _sets(self, fields: Fields) -> States:
        changed = self._known(fields, "set", fields.words_by_id("set"))
        return {name: values[0] for name, values in changed.items()}

    def _known(self, fields: Fields, name: str, asked: Condition) -> Condition:
        """The same, with every state and value that the story does not have noted."""
        given = fields.data.get(name, {})
        if self.is_lost or not isinstance(given, Mapping) or len(asked) < len(given):
            # What was told already explains the rest.
            self.is_lost = True
            return asked
        for state, values in asked.items():
            known = self.states.get(state, ())
            strange = [value for value in values if value not in known]
            if not strange:
                continue
            self.is_lost = True
            what = f'"{state}" is never "{strange[0]}".' if known else f'The story has no state "{state}".'
            mend = (
                f"Its values: {', '.join(known)}." if known else f"Its states: {', '.join(self.states) or 'none yet'}."
            )
            fields.error(f"{name}.{state}", "state-unknown", what, mend)
        return asked


def _end(fields: Fields) -> tuple[SceneChoice, ...]:
    if "choices" in fields.data:
        fields.error("choices", "end-with-choices", "An end has no choices.", "Remove the choices, or the end.")
    if "support" not in fields.data:
        mend = "Add `support`: where help is if this touches the learner's own family."
        fields.error("end", "end-without-support", "This end does not say where help is.", mend)
    return ()


def _check_costs(rows: tuple[Fields, ...], choices: tuple[SceneChoice, ...]) -> None:
    costs: set[str] = set()
    for row, choice in zip(rows, choices, strict=False):
        cost = choice.cost.text.casefold() if choice.cost is not None and choice.is_defensible else None
        if cost in costs:
            mend = "Two defensible choices differ in what they cost: say how."
            row.error("cost", "same-cost", "Another choice of this scene costs the same.", mend)
        elif cost is not None:
            costs.add(cost)


def _check_targets(fields: Fields, start: str | None, table: Mapping[str, Fields], scenes: Mapping[str, Scene]) -> bool:
    whole = True
    if start is not None and start not in table:
        fields.error("start", "unknown-scene", f'The start "{start}" is not a node.', "Name one of the nodes.")
        whole = False
    for scene in scenes.values():
        for choice in scene.choices:
            for way in choice.ways:
                if way.node not in table:
                    what = f'The choice "{choice.id}" leads to "{way.node}", which is not a node.'
                    fields.problems.error(way.place, "unknown-scene", what, "Name one of the nodes.")
                    whole = False
    return whole
