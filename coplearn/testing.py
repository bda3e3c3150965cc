"""A kit to test a kind of item or question without the site: a page over a mapping of texts, forms read back from HTML.

Most tests need :class:`Trial` alone. Whatever it gives went through the same guard and gate as on a site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Literal

from markupsafe import Markup, escape

from coplearn.courses.guarded import guard_all
from coplearn.courses.inline import inline_html
from coplearn.courses.kinds.quiz import QuizKind
from coplearn.courses.plugin import (
    Cited,
    Incomplete,
    Item,
    ItemKind,
    Json,
    Message,
    Outcome,
    Phrase,
    Problems,
    QuestionKind,
    SourceFile,
    View,
)
from coplearn.courses.question import SITE_SENTENCES
from coplearn.courses.questions.registry import QUESTION_KINDS
from coplearn.i18n.inline_marks import paragraphs, plain_text

VOID = frozenset({"br", "hr", "img", "input", "wbr"})


@dataclass
class FakePage:
    """A page in one language; ``foreign`` contexts are shown as fallbacks in English. ``said`` are the sentences asked for."""

    texts: Mapping[str, str]
    lang: str = "en"
    dir: Literal["ltr", "rtl"] = "ltr"
    foreign: frozenset[str] = frozenset()
    said: list[str] = field(default_factory=list)
    scored_here: bool = False

    def say(self, text: str, **params: object) -> str:
        """The sentence itself, with its values."""
        self.said.append(text)
        return text % params if params else text

    def text(self, text: str, **params: object) -> Markup:
        """The same as HTML."""
        return escape(self.say(text, **params))

    def phrase(self, phrase: Phrase) -> str:
        """A phrase with its values; tuples are lists."""
        params = {
            name: ", ".join(map(str, value)) if isinstance(value, tuple) else value
            for name, value in phrase.params.items()
        }
        return self.say(phrase.text, **params)

    def asset(self, name: str) -> str | None:
        """An address for any file."""
        return f"/static/plugins/test/{name}"

    def of(self, part: str) -> FakePage:
        """Hand over the page itself."""
        return self

    def inline(self, context: str) -> Markup:
        """The text as inline HTML."""
        inside = inline_html(self.texts[context], self.href)
        if context in self.foreign:
            return Markup('<span class="untranslated" lang="en" dir="ltr">%s</span>') % inside
        return inside

    def blocks(self, context: str) -> Markup:
        """The text's paragraphs."""
        return Markup("").join(
            Markup("<p>%s</p>") % inline_html(part, self.href) for part in paragraphs(self.texts[context])
        )

    def plain(self, context: str) -> str:
        """The text without marks."""
        return plain_text(self.texts[context])

    def attributes(self, context: str) -> Mapping[str, str]:
        """The marks of a fallback."""
        return {"lang": "en", "dir": "ltr", "class": "untranslated"} if context in self.foreign else {}

    def number(self, value: int | float) -> str:
        """The number as it is."""
        return str(value)

    def href(self, target: str) -> str | None:
        """An address for a target of ours, None for any other."""
        return f"/en/{target.replace(':', '/')}" if target.startswith(("ref:", "item:", "help:")) else None

    def figure(self, name: str, alt_context: str) -> Markup:
        """A drawing with its words and nothing in it."""
        return Markup('<svg role="img"><title>%s</title></svg>') % escape(self.texts[alt_context])

    def recording(self, name: str) -> Markup:
        """Empty: the course has no recordings."""
        return Markup("")

    def source(self, source_id: str) -> Cited | None:
        """None: the course has no sources."""
        return None

    def fact(self, fact_id: str) -> Markup:
        """Empty: the course has no facts."""
        return Markup("")


class Trial:
    """An item of a kind under test, taken by one learner: ``page`` shows it, ``send`` answers it, ``result`` shows what came.

    Pages come back as a tree of :class:`PageNode`, checked for being well formed, accessible, and without inline code.
    """

    def __init__(
        self,
        kind: type[ItemKind[Any]],
        data: Mapping[str, Json],
        body: str = "",
        question_kinds: Sequence[type[QuestionKind]] = (),
    ) -> None:
        known = {**QUESTION_KINDS, **{one.kind: one for one in question_kinds}}
        self.kind = guard_all([kind], [], known, "course")[kind.name]
        self.item = self.kind.settle(item_of(self.kind.kind, data, body), _Alone())
        self.state: Mapping[str, Json] = {}
        self.outcome: Outcome | None = None
        self.said: list[str] = []
        self._words = {*kind.words.values(), *(word for one in question_kinds for word in one.words.values())}

    @classmethod
    def of_question(cls, kind: type[QuestionKind], data: Mapping[str, Json]) -> Trial:
        """A check with one question of that kind; of one that is not scored, beside one that is."""
        options = [{"id": name, "text": name, "reason": name, "correct": name == "yes"} for name in ("yes", "no", "so")]
        beside = {"id": "beside", "kind": "one", "stem": "Yes?", "options": options}
        questions = [{**data, "kind": kind.kind}] + ([] if kind.scored else [beside])
        return cls(QuizKind, {"questions": questions}, question_kinds=(kind,))

    @property
    def messages(self) -> list[Message]:
        """The messages for translators."""
        return messages_of(self.kind.kind, self.item)

    def page(self, view: View | None = None, foreign: Iterable[str] = ()) -> PageNode:
        """The item as the learner finds it; ``view`` adds what else is known, ``foreign`` are texts that lack a translation."""
        return self._read(foreign, lambda page: self.kind.render(self.item, page, view or View(state=self.state)))

    def send(self, form: Mapping[str, Sequence[str]]) -> Outcome:
        """Answer it. Raises Incomplete; what it carries can be shown with ``refused``."""
        self.outcome = self.kind.answer(self.item, form, self.state)
        self.state = self.outcome.state
        return self.outcome

    def refused(self, form: Mapping[str, Sequence[str]]) -> PageNode:
        """The page after a form that cannot be taken: what was typed is still there, and says what is missing."""
        try:
            self.send(form)
        except Incomplete as incomplete:
            return self.page(View(state=self.state, values=form, errors=incomplete.errors))
        raise AssertionError("the form was taken")

    def result(self, tally: Mapping[str, int] | None = None) -> PageNode:
        """The page that shows what the last answer came to."""
        assert self.outcome is not None, "nothing was sent"
        return self.page(View(state=self.state, answers=self.outcome.answers, tally=tally or {}))

    def paper(self) -> PageNode:
        """The item as it is printed."""
        return self._read((), lambda page: self.kind.paper(self.item, page))

    def kept(self) -> PageNode | None:
        """The item on a page without a network, its feedback closed; None where it needs the network.

        It is the same each time, and holds in clear no text of a question but what is asked.
        """
        page = page_of(self.kind.kind, self.item)
        html = self.kind.offline_body(self.item, page)
        if html is None:
            return None
        assert html == self.kind.offline_body(self.item, page), "another page each time"
        asked = str(self.kind.render(self.item, page, View()))
        for question in self.kind.questions(self.item):
            for context in (question.context(self.item.id, facet) for facet, _ in question.texts()):
                shown = str(page.inline(context))
                assert shown in asked or shown not in html, f"in clear before the answer: {context}"
        return self._read((), lambda _: html)

    def untranslated(self, *site: str) -> set[str]:
        """The sentences said so far that nobody can translate: no ``words`` of the kind, and none of the site's (``site``
        are others of its sentences that the kind uses)."""
        return set(self.said) - self._words - set(SITE_SENTENCES) - set(site)

    def _read(self, foreign: Iterable[str], render: Callable[[FakePage], Markup]) -> PageNode:
        page = page_of(self.kind.kind, self.item, foreign)
        html = render(page)
        self.said += page.said
        return tree(html)


class _Alone:
    """A course of nothing else."""

    item_ids = frozenset({"it"})
    media: frozenset[str] = frozenset()
    pass_mark = 70
    has_critical_skills = False

    def source_ids(self, module: str) -> frozenset[str]:
        return frozenset()

    def critical_skills(self, module: str) -> frozenset[str]:
        return frozenset()


def item_of(kind: ItemKind[Any], data: Mapping[str, Any], body: str = "") -> Item[Any]:
    """The item that ``data`` makes; it must be free of problems."""
    content, problems = parsed(kind, data, body)
    assert not problems, problems
    assert content is not None
    return Item(id="it", kind=kind.name, title="T", minutes=2, module="m", path="m/it", code="x1", content=content)


def parsed(kind: ItemKind[Any], data: Mapping[str, Any], body: str = "") -> tuple[Any, list[str]]:
    """The content that the kind makes of ``data``, and its problems as ``code key``; each key is on a line of its own."""
    problems = Problems()
    lines = {key: number for number, key in enumerate(keys_of(data), start=1)}
    content = kind.parse(SourceFile("m/it.yaml", data, lines, body), problems)
    by_line = {number: key for key, number in lines.items()}
    return content, [f"{problem.code} {by_line.get(problem.place.line, '')}" for problem in problems]


def keys_of(data: Any, prefix: str = "") -> list[str]:
    """Every dotted key of nested data, in reading order."""
    entries: Iterable[tuple[Any, Any]] = data.items() if isinstance(data, Mapping) else enumerate(data)
    found = []
    for name, value in entries:
        key = f"{prefix}.{name}" if prefix else str(name)
        found.append(key)
        if isinstance(value, Mapping | list):
            found += keys_of(value, key)
    return found


def page_of(kind: ItemKind[Any], item: Item[Any], foreign: Iterable[str] = ()) -> FakePage:
    """A page that has every message of the item, and nothing else."""
    return FakePage({message.context: message.text for message in messages_of(kind, item)}, foreign=frozenset(foreign))


def messages_of(kind: ItemKind[Any], item: Item[Any]) -> list[Message]:
    """The item's messages; each context once."""
    messages = list(kind.messages(item))
    assert len({message.context for message in messages}) == len(messages)
    return messages


@dataclass
class PageNode:
    """One element of a parsed page."""

    tag: str
    attributes: dict[str, str]
    inside: list[PageNode | str] = field(default_factory=list)

    def all(self, tag: str = "", **wanted: str) -> list[PageNode]:
        """Every descendant of that tag with those attributes."""
        found: list[PageNode] = []
        for child in self.inside:
            if isinstance(child, PageNode):
                if (not tag or child.tag == tag) and wanted.items() <= child.attributes.items():
                    found.append(child)
                found += child.all(tag, **wanted)
        return found

    def of_class(self, name: str) -> list[PageNode]:
        """Every descendant of that class."""
        return [node for node in self.all() if name in node.attributes.get("class", "").split()]

    @property
    def text(self) -> str:
        """The parsed text; blocks are apart from what stands beside them."""
        return " ".join("".join(child if isinstance(child, str) else child.spaced for child in self.inside).split())

    @property
    def spaced(self) -> str:
        """The text as it stands inside another's."""
        inside = "".join(child if isinstance(child, str) else child.spaced for child in self.inside)
        return inside if self.tag in ("a", "code", "em", "span", "strong") else f" {inside} "


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = PageNode("root", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"an attribute twice in <{tag}>: {names}"
        assert not any(name == "style" or name.startswith("on") for name in names), names
        assert tag not in ("script", "style", "form"), tag
        node = PageNode(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def tree(html: Markup) -> PageNode:
    """The page as a tree; it must be well formed, without inline code or style, and accessible."""
    assert isinstance(html, Markup)
    reader = _Tree()
    reader.feed(str(html))
    reader.close()
    assert reader.open == [reader.root], f"left open: {[node.tag for node in reader.open]}"
    _check_accessible(reader.root)
    return reader.root


def _check_accessible(root: PageNode) -> None:
    nodes = root.all()
    ids = [node.attributes["id"] for node in nodes if "id" in node.attributes]
    assert len(set(ids)) == len(ids), f"an id twice: {sorted(ids)}"
    labelled = {node.attributes["for"] for node in nodes if node.tag == "label" and "for" in node.attributes}
    wrapped = {id(inner) for label in root.all("label") for inner in label.all() if label.text}
    for node in nodes:
        for name in ("for", "aria-labelledby", "aria-describedby"):
            for target in node.attributes.get(name, "").split():
                assert target in ids, f'{name}="{target}" leads nowhere'
        if node.tag in ("input", "select", "textarea") and node.attributes.get("type") != "hidden":
            named = node.attributes.get("id") in labelled or id(node) in wrapped or "aria-labelledby" in node.attributes
            assert named, f"no label: {node.attributes}"
        if node.tag == "fieldset":
            first = next(child for child in node.inside if isinstance(child, PageNode))
            assert first.tag == "legend" and first.text, "a fieldset without a legend"
        if node.tag in ("button", "a", "legend", "h2", "h3", "label"):
            assert node.text, f"an empty <{node.tag}>"
        if node.attributes.get("role") in ("group", "radiogroup") and node.tag != "fieldset":
            assert "aria-labelledby" in node.attributes
    for error in root.of_class("field__error"):
        tied = [node for node in nodes if error.attributes["id"] in node.attributes.get("aria-describedby", "").split()]
        assert tied and error.text, f"an error tied to nothing: {error.attributes}"


def filled(root: PageNode, choose: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """A submission as a browser makes it: only values that the page offers for each field."""
    form: dict[str, list[str]] = {}
    for name, wanted in choose.items():
        offered: list[str] = []
        for control in root.all("input", name=name) + root.all("button", name=name):
            offered.append(control.attributes["value"])
        for select in root.all("select", name=name):
            offered += [option.attributes["value"] for option in select.all("option")]
        assert set(wanted) <= set(offered) or root.all("textarea", name=name), (name, wanted, offered)
        form[name] = wanted
    for hidden in root.all("input", type="hidden"):
        form[hidden.attributes["name"]] = [hidden.attributes["value"]]
    return form


def sent_again(root: PageNode) -> dict[str, list[str]]:
    """The fields a browser would send from the page as it stands."""
    form: dict[str, list[str]] = {}
    for node in root.all("input"):
        if "name" in node.attributes and (node.attributes.get("type") == "hidden" or "checked" in node.attributes):
            form.setdefault(node.attributes["name"], []).append(node.attributes["value"])
    for select in root.all("select"):
        options = select.all("option")
        chosen = [option for option in options if "selected" in option.attributes] or options[:1]
        form[select.attributes["name"]] = [chosen[0].attributes["value"]]
    for area in root.all("textarea"):
        form[area.attributes["name"]] = [
            "".join(part for part in area.inside if isinstance(part, str)).removeprefix("\n")
        ]
    return form
