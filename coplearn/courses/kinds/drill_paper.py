"""A drill for its controller, on paper: the key, the law of each country, cards and messages to cut out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markupsafe import Markup

from coplearn.courses.kinds.tabletop import Tabletop
from coplearn.courses.plugin import N_, SCORES, ExerciseRole, Inject, Item, Page, Phrase, box, element, join


def controllers_pack(item: Item[Tabletop], page: Page) -> Markup:
    """Everything that players must not know beforehand, then a sheet for each role and each message."""
    return join(_Pack(item, page).parts())


class _Pack:
    def __init__(self, item: Item[Tabletop], page: Page) -> None:
        self._page, self._prefix, self._exercise = page, f"{item.id}#", item.content.exercise

    def parts(self) -> Iterator[Markup]:
        exercise = self._exercise
        if exercise.prepare:
            yield self._head(N_("Before you begin"))
            yield self._listed("prepare", exercise.prepare)
        yield self._head(N_("If somebody is not well"))
        yield self._listed("distress", exercise.distress)
        yield self._head(N_("The key"))
        yield from (self._inject(inject) for inject in exercise.injects)
        yield self._head(N_("Acts that count as a fail"))
        for fail in exercise.fails:
            yield element("p", None, self._strong(f"fail.{fail}.text"), " ", self._text(f"fail.{fail}.kindly"))
        yield self._head(N_("Scores"))
        for anchor in exercise.anchors:
            yield element("h3", None, self._text(f"anchor.{anchor}.title"))
            rows = [element("li", None, self._text(f"anchor.{anchor}.{score}")) for score in SCORES]
            yield element("ol", {"start": 0}, *rows)
        yield self._head(N_("Hot wash"))
        yield self._listed("wash", exercise.wash)
        yield from (self._card(role) for role in exercise.roles)
        yield from (self._message(inject) for inject in exercise.injects)

    def _inject(self, inject: Inject) -> Markup:
        page, at = self._page, f"inject.{inject.id}"
        wanted = [element("li", None, box(), " ", self._text(f"{at}.key.{key}")) for key in inject.key]
        prompt = None
        if inject.has_prompt:
            ask = element("strong", None, page.say(N_("If nobody moves, ask:")))
            prompt = element("p", None, ask, " ", self._text(f"{at}.prompt"))
        turns = [
            element("p", None, self._strong(f"{at}.turn.{turn}.when"), " ", self._text(f"{at}.turn.{turn}.then"))
            for turn in inject.turns
        ]
        title = element("h3", None, self._minute(inject), " · ", self._text(f"{at}.title"))
        reach = element("p", {"class": "small"}, self._reach(inject))
        return join((title, reach, element("ul", {"class": "boxes"}, *wanted), prompt, *turns))

    def _card(self, role: ExerciseRole) -> Markup:
        at, law = f"role.{role.id}", None
        if role.system:
            country = self._page.plain(f"{self._prefix}system.{role.system}.name")
            law = join(
                (
                    element("h3", None, self._page.say(N_("The law of %(country)s"), country=country)),
                    self._page.blocks(f"{self._prefix}system.{role.system}.text"),
                )
            )
        return element(
            "section",
            {"class": "sheet"},
            element("h2", None, self._text(f"{at}.name")),
            element("p", None, self._text(f"{at}.brief")),
            element("h3", None, self._page.say(N_("Your card, for your eyes only"))),
            self._page.blocks(f"{self._prefix}{at}.secret"),
            law,
        )

    def _message(self, inject: Inject) -> Markup:
        head = element("h2", None, self._minute(inject), " · ", self._reach(inject))
        return element("section", {"class": "sheet"}, head, self._page.blocks(f"{self._prefix}inject.{inject.id}.text"))

    def _reach(self, inject: Inject) -> str:
        if not inject.to:
            return self._page.say(N_("Reaches everybody"))
        names = tuple(self._page.plain(f"{self._prefix}role.{role}.name") for role in inject.to)
        return self._page.phrase(Phrase(N_("Reaches: %(roles)s"), {"roles": names}))

    def _minute(self, inject: Inject) -> str:
        return self._page.say(N_("Minute %(minute)s"), minute=self._page.number(inject.at))

    def _head(self, words: str) -> Markup:
        return element("h2", None, self._page.say(words))

    def _text(self, facet: str) -> Markup:
        return self._page.inline(self._prefix + facet)

    def _strong(self, facet: str) -> Markup:
        return element("strong", None, self._text(facet))

    def _listed(self, facet: str, ids: Iterable[str]) -> Markup:
        return element("ul", None, *(element("li", None, self._text(f"{facet}.{one}")) for one in ids))
