"""The drill: a tabletop exercise on decisions, run by a facilitator; its page in the course tells the players' part alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from markupsafe import Markup

from coplearn.courses.kinds.drill_paper import controllers_pack
from coplearn.courses.kinds.tabletop import TABLETOP_KEYS, Tabletop, read_tabletop
from coplearn.courses.plugin import (
    N_,
    Exercise,
    Fields,
    Item,
    ItemKind,
    Json,
    Message,
    Outcome,
    Page,
    Problems,
    Schema,
    SourceFile,
    View,
    element,
    join,
)

_WANTED = ("people", "aim", "intro", "rules", "roles", "injects", "anchors", "fails", "distress", "wash")


class DrillKind(ItemKind[Tabletop]):
    """A tabletop exercise. What players must not know beforehand stands in no page of the course, on screen or on paper."""

    name: ClassVar[str] = "drill"
    label: ClassVar[str] = N_("Tabletop exercise")
    extension: ClassVar[str] = ".yaml"
    place: ClassVar[str] = N_("Module %(module)s of %(modules)s · Step %(item)s of %(items)s: tabletop exercise")
    icon: ClassVar[str] = "try"
    lead: ClassVar[str] = N_("Run it from its own page, or with the pack on paper: it has its own clock.")
    talk: ClassVar[int] = 0
    same_for_all: ClassVar[bool] = True
    finish: ClassVar[tuple[str, str]] = (N_("I have taken part: next"), N_("I have taken part"))
    keys: ClassVar[frozenset[str]] = frozenset(TABLETOP_KEYS)
    schema: ClassVar[Schema] = {"properties": TABLETOP_KEYS, "required": list(_WANTED)}

    def parse(self, source: SourceFile, problems: Problems) -> Tabletop | None:
        """Read all of it; refused is what would fail in the room: no time, no secret, no key, no anchors, no plan for distress."""
        return read_tabletop(Fields.whole(source, problems))

    def messages(self, item: Item[Tabletop]) -> Iterator[Message]:
        """Every text in reading order; those by which people are kept safe are critical, decisions wanted are read twice."""
        for said in item.content.texts:
            about = (said.note,) if said.note else ()
            critical = said.facet.startswith(("rule.", "distress.", "fail."))
            yield Message(
                f"{item.id}#{said.facet}",
                said.text.text,
                said.text.place,
                notes=about,
                critical=critical,
                read_twice=".key." in said.facet,
            )

    def findable(self, item: Item[Tabletop]) -> list[str]:
        """The texts it is found by: its purpose and ground rules; what happens in it comes as a surprise to those who play."""
        open_parts = ("aim", "intro", "rule.")
        return [f"{item.id}#{said.facet}" for said in item.content.texts if said.facet.startswith(open_parts)]

    def exercise(self, item: Item[Tabletop]) -> Exercise | None:
        """The exercise, for whoever runs it."""
        return item.content.exercise

    def render(self, item: Item[Tabletop], page: Page, view: View) -> Markup:
        """The players' part: what it is for, the ground rules, who sits at the table."""
        return self.paper(item, page)

    def offline_body(self, item: Item[Tabletop], page: Page) -> Markup:
        """The players' part, to read: it is run from the facilitator's own page."""
        return self.paper(item, page)

    def answer(self, item: Item[Tabletop], form: Mapping[str, Sequence[str]], state: Mapping[str, Json]) -> Outcome:
        """Any submission says that somebody has taken part."""
        return Outcome(done=True, answers={})

    def guide(self, item: Item[Tabletop], page: Page) -> Markup:
        """The controller's pack."""
        return join((self.paper(item, page), controllers_pack(item, page)))

    def paper(self, item: Item[Tabletop], page: Page) -> Markup:
        """The same on paper."""
        exercise = item.content.exercise
        people = page.say(
            N_("For %(least)s to %(most)s people and a facilitator, %(minutes)s minutes, around one table."),
            least=page.number(exercise.least),
            most=page.number(exercise.most),
            minutes=page.number(exercise.minutes),
        )
        how = page.say(
            N_(
                "A facilitator opens it on this site and gives out a code: with it each of you takes a role, without a name."
            )
        )
        rules = [element("li", None, page.inline(f"{item.id}#rule.{rule}")) for rule in exercise.rules]
        roles = [
            part
            for role in exercise.roles
            for part in (
                element("dt", None, page.inline(f"{item.id}#role.{role.id}.name")),
                element("dd", None, page.inline(f"{item.id}#role.{role.id}.brief")),
            )
        ]
        return join(
            (
                page.blocks(f"{item.id}#aim"),
                element("p", {"class": "facts"}, people),
                element("p", None, how),
                page.blocks(f"{item.id}#intro"),
                element("h2", None, page.say(N_("Ground rules"))),
                element("ul", None, *rules),
                element("h2", None, page.say(N_("Who sits at the table"))),
                element("dl", {"class": "roles"}, *roles),
            )
        )
