"""A course with two kinds of its own for one test: a poll, and a step whose program can be made to fail."""

from __future__ import annotations

from pathlib import Path

from tests.courses.makecourse import Folder, make_course

PLUGIN = """
from pathlib import Path

from coplearn.courses.plugin import Incomplete, ItemKind, Message, Outcome, Phrase, element, join

CHOOSE = "Choose one."


class Poll(ItemKind):
    name = "poll"
    label = "Poll"
    extension = ".yaml"
    keys = frozenset({"options"})
    has_result = True
    anchor = "votes"
    words = {"choose": CHOOSE}

    def parse(self, source, problems):
        return source.data["options"]

    def messages(self, item):
        return iter(())

    def tally_keys(self, item):
        return item.content

    def render(self, item, page, view):
        if view.answers is not None:
            rows = [f"{name}: {view.tally.get(name, 'few')}" for name in item.content]
            mine = element("p", {"id": "votes"}, f"You chose {view.answers['choice']}. ", "; ".join(rows))
            return join((mine, view.onward))
        buttons = [element("button", {"name": "choice", "value": name}, name) for name in item.content]
        return join(buttons)

    def answer(self, item, form, state):
        chosen = "".join(form.get("choice", ()))
        if chosen not in item.content:
            raise Incomplete({"choice": Phrase(CHOOSE)})
        return Outcome(done=True, answers={"choice": chosen}, votes=(chosen,))

    def paper(self, item, page):
        return element("p", None, "poll")


def forever():
    return forever()


class Odd(Poll):
    name = "odd"
    label = "Odd"

    def fail(self, what):
        fails = Path(__file__).with_name("fails.txt").read_text()
        if what in fails:
            if "recursion" in fails:
                forever()
            raise SystemExit("SECRET")

    def render(self, item, page, view):
        self.fail("render")
        typed = "".join(view.values.get("choice", ()))
        return join((element("p", None, f"typed: {typed}"), super().render(item, page, view)))

    def answer(self, item, form, state):
        self.fail("answer")
        if "nan" in form.get("choice", ()):
            return Outcome(done=True, answers={"n": float("nan")})
        return super().answer(item, form, state)

    def paper(self, item, page):
        self.fail("paper")
        return super().paper(item, page)


class Still(ItemKind):
    name = "still"
    label = "Still"
    place = "Stand %(item)s of %(items)s, part %(module)s of %(modules)s"
    icon = "support"
    extension = ".yaml"
    keys = frozenset()
    same_for_all = True
    finish = ("Seen, go on", "Seen")
    renders = 0

    def parse(self, source, problems):
        return 1

    def messages(self, item):
        return iter(())

    def render(self, item, page, view):
        Still.renders += 1
        return element("p", None, f"rendered {Still.renders}")

    def answer(self, item, form, state):
        if "refuse" in form:
            raise Incomplete({"field": Phrase("Refused for one.")})
        return Outcome(done=True, answers={})

    def paper(self, item, page):
        return element("p", None, "still")


class Drill(Still):
    name = "recital"
    label = "Drill"
    keys = frozenset({"right"})
    scored = True
    same_for_all = False
    finish = None

    def parse(self, source, problems):
        return source.data["right"]

    def render(self, item, page, view):
        return element("button", {"name": "choice", "value": "sea"}, "sea")

    def answer(self, item, form, state):
        right = item.content in form.get("choice", ())
        return Outcome(done=True, score=100 if right else 0, passed=right, answers={})


kinds = (Poll, Odd, Still, Drill)
"""


def strange_course(where: Path) -> Folder:
    """The template's course with a poll, an odd step and a recital before its end; write ``fails.txt`` to let the odd one fail."""
    folder = make_course(where)
    folder.write("plugin.py", PLUGIN)
    folder.write("fails.txt", "")
    for number, kind in enumerate(("poll", "odd"), start=1):
        text = f"id: our-{kind}\nkind: {kind}\ntitle: Our {kind}\nminutes: 1\noptions: [sea, lake]\n"
        folder.write(f"01-begin/00-{number}-{kind}.yaml", text)
    folder.write("01-begin/00-3-still.yaml", "id: our-still\nkind: still\ntitle: Our still\nminutes: 1\n")
    recital = "id: our-recital\nkind: recital\ntitle: Our recital\nminutes: 1\nright: sea\n"
    folder.write("01-begin/00-4-recital.yaml", recital)
    return folder
