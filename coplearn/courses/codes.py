"""Every problem code with the rule it stands for; docs/courses.md lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_FILES: Final[Mapping[str, str]] = {
    "file-missing": "A file that is named is not there.",
    "file-outside": "A file or folder is a link, or leads out of the course's folder.",
    "file-too-big": "A file is larger than 1 MB.",
    "file-unreadable": "The system does not let the file be read.",
    "file-nul": "A NUL character is in a text file.",
    "file-encoding": "A text file is not UTF-8.",
    "file-bom": "A text file begins with a byte order mark.",
    "front-matter": "A Markdown file does not begin with front matter between two lines ---.",
    "yaml-syntax": "YAML that cannot be read.",
    "yaml-twice": "A key stands twice in one mapping.",
    "yaml-alias": "YAML anchors and aliases are not read.",
    "unknown-key": "A key that nothing reads, with the nearest known name.",
    "missing-key": "A key that must be there.",
    "bad-value": "A value of the wrong kind or size.",
}
_COURSE: Final[Mapping[str, str]] = {
    "bad-id": "An id that is not 2 to 48 small letters, digits and hyphens with a letter first.",
    "id-twice": "Two modules or items have one id.",
    "id-retired": "An id listed under retired: is in use.",
    "id-dropped": "An item of course.pot is gone and its id is not listed under retired:.",
    "context-twice": "Two texts would have the same key for translators.",
    "language-unknown": "The course's language is not in translations/locales.toml.",
    "module-missing": "A module's folder is not there.",
    "module-twice": "A module's folder is listed twice.",
    "module-empty": "A module has no items.",
    "recall-unknown": "recall: names no module that comes before.",
    "recall-empty": "recall: names a module whose check has too few questions to ask again.",
    "not-rising": "Numbers that do not rise.",
    "kind-unknown": "No kind of item has that name.",
    "kind-extension": "A kind stands in a file with the wrong ending.",
    "kind-twice": "A plugin brings a kind whose name is taken, or two packages bring one.",
    "item-unusable": "A kind could make nothing of an item.",
    "course-too-big": "A course with more texts or drawings than a site can load in time.",
    "course-twice": "Two folders hold a course with the same id; neither is shown.",
    "load-failed": "A course's own code raised an exception while the course was read.",
    "plugin-untrusted": "A plugin.py that nobody trusted was not run.",
    "plugin-failed": "A plugin.py raised an exception or does not define kinds.",
    "kind-faulty": "A kind's class says something of itself that the site cannot use.",
    "kind-failed": "A kind raised an exception, or broke its contract, while an item was read.",
    "static-kind": "A file of a plugin's static folder is of a kind, or has a name, that is not served.",
    "static-size": "Too many or too large files in a plugin's static folder.",
    "package-empty": "An installed package says that it holds a course, and holds none.",
}
_MARKDOWN: Final[Mapping[str, str]] = {
    "lesson-empty": "A lesson without text.",
    "block-id-missing": "Blocks without an id: run coplearn course stamp.",
    "block-id-twice": "One block id stands twice in a file.",
    "block-id-place": "A block id stands where no block ends.",
    "block-id-class": "A block is marked with something else than .critical.",
    "markdown-html": "Raw HTML.",
    "markdown-block": "A block that lessons do not have, or nested too deep.",
    "markdown-heading": "A heading that is not of level 2 or 3, or has no words.",
    "markdown-list": "A list deeper than one level, or an item with more than a paragraph.",
    "markdown-callout": "A call-out of unknown kind, empty, or not closed.",
    "markdown-picture": "A picture inside other text, or not from media:.",
    "markdown-alt": "A picture without alternative text.",
    "markdown-autolink": "A bare address in angle brackets.",
    "markdown-break": "A forced line break.",
    "markdown-notranslate": "A notranslate range that is not closed.",
}
_WRITING: Final[Mapping[str, str]] = {
    "ref-unknown": "A ref: link to a source that the module does not list.",
    "item-unknown": "An item: link to an item that the course does not have.",
    "link-target": "A link to anything else than ref:, item: or help:.",
    "media-unknown": "A picture of a drawing that is not there.",
    "media-unused": "Warning: a drawing that no page shows.",
    "media-kind": "A file in media/ that is not an .svg.",
    "source-unused": "Warning: a source that no link names.",
    "note-missing": "Warning: a module speaks of something hard without a content_note.",
    "bare-url": "A web address in the text.",
    "phone-number": "Something like a phone number in the text.",
    "text-html": "HTML or a script in the text.",
    "text-hidden": "A control character, a direction override or an open isolate in the text.",
    "long-paragraph": "Warning: a paragraph of more than 600 characters.",
    "minutes-short": "A page with more words than its minutes allow: 140 a minute, 200 on the shortest way through a story.",
    "story-decided-at-once": "Warning: a story whose ending one decision settles.",
    "story-without-dilemma": "Warning: a story with fewer than two nodes that offer two defensible choices.",
    "story-without-temptation": "Warning: a story without a tempting choice.",
    "story-length": "Warning: a story with fewer than 4 or more than 7 decisions on the shortest way to a good end.",
    "story-too-kind": "Warning: a course without a story in which a service fails, or without one in which somebody says no.",
    "hard-reading": "Warning: an English page that reads above school grade 9.",
}
_DRAWINGS: Final[Mapping[str, str]] = {
    "svg-syntax": "A drawing that is not well-formed XML.",
    "svg-doctype": "A DOCTYPE or an entity in a drawing.",
    "svg-viewbox": 'A drawing without viewBox="0 0 width height".',
    "svg-element": "An element that drawings may not have.",
    "svg-attribute": "An attribute, a class or a value that is not allowed.",
    "svg-text": "A text without its attributes, with a used id, outside <text>, or in a moved group.",
}
_KINDS: Final[Mapping[str, str]] = {
    "action-empty": "An action without text.",
    "action-without-list": "Warning: an action without a list of things to do.",
    "not-text": "Something else than text where text belongs.",
    "empty-text": "An empty text.",
    "line-break": "Warning: a single line break in a text, which is read as a space.",
    "bad-number": "A number out of its range.",
    "not-true-or-false": "Something else than true or false.",
    "not-a-list": "Something else than a list.",
    "not-a-mapping": "Something else than a mapping of keys to values.",
    "duplicate-id": "An id used twice within its parent.",
    "unknown-kind": "A question kind that does not exist.",
    "unknown-end": "An end that is neither good nor fair.",
    "number-of-questions": "Too few or too many questions.",
    "number-of-options": "Too few or too many options.",
    "number-of-steps": "Too few or too many steps.",
    "number-of-pairs": "Too few or too many pairs.",
    "number-of-choices": "Too few or too many choices.",
    "number-of-states": "A story that remembers too many things.",
    "number-of-values": "A state with fewer than two values, or a list of too many.",
    "number-of-text": "A `text` by state with too few or too many entries.",
    "number-of-reason": "A `reason` by state with too few or too many entries.",
    "number-of-repair": "A `repair` by state with too few or too many entries.",
    "number-of-support": "A `support` by state with too few or too many entries.",
    "number-of-to": "A `to` by state with too few or too many entries.",
    "number-correct": "A wrong number of correct options for the kind of question.",
    "betraying-id": "An option's or a step's id that tells the answer.",
    "same-right-side": "Two pairs with the same right side.",
    "nothing-scored": "A quiz without a scored question.",
    "repair-without-reason": "A repair without a reason.",
    "end-with-choices": "An end with choices.",
    "end-without-support": "An end that does not say where help is.",
    "support-without-end": "Support on a node that is no end.",
    "no-way-on": "A node with neither choices nor an end.",
    "one-choice": "A first decision with a single choice.",
    "choice-with-link": "A choice that holds a link.",
    "unknown-scene": "A choice or a start that leads to no node.",
    "unreachable-scene": "A node that no path reaches.",
    "endless-path": "A node from which the story can never end.",
    "dead-end": "A path that comes to a node in a state in which none of its choices is offered.",
    "needs-broken": "A path that comes to a node while what it needs does not hold.",
    "unsafe-good-end": "A path with an unsafe choice that ends well.",
    "unreachable-text": "A text by state that no path shows.",
    "unreachable-choice": "A choice that no path offers.",
    "unreachable-way": "An entry of a `to` that no path takes.",
    "unreachable-state": "A value of a state that no path comes to.",
    "state-unknown": "A condition or a `set` that names a state or a value that the story does not have.",
    "state-unused": "Warning: a state on which nothing depends.",
    "otherwise-place": "An entry without `when` that is not the last of its list.",
    "otherwise-missing": "A list by state whose last entry has a `when`.",
    "cost-missing": "A defensible choice that does not say what it costs.",
    "same-cost": "Two defensible choices of a node with the same cost.",
    "defensible-and-not": "A choice that is defensible, and tempting or unsafe as well.",
    "story-too-big": "A story that comes to more scenes and states than can be looked at.",
}
_CATALOGS: Final[Mapping[str, str]] = {
    "po-locale": "Warning: a catalog for a language that is not in the registry.",
    "po-missing": "Warning: a catalog that is not there or cannot be read.",
    "po-too-big": "Warning: a catalog larger than 8 MB.",
    "po-nul": "Warning: a NUL character in a catalog.",
    "po-bom": "Warning: a catalog that begins with a byte order mark.",
    "po-encoding": "Warning: a catalog that is not UTF-8.",
    "po-conflict": "Warning: a catalog with the marks of a merge conflict.",
    "po-syntax": "Warning: a catalog whose syntax is broken.",
    "po-twice": "Warning: a catalog with one message twice; neither is shown.",
    "po-language": "Warning: a catalog whose header names another language; it is not used.",
    "po-plural": "Warning: a catalog with other plural forms than the registry's.",
}


def problem_codes() -> dict[str, str]:
    """Every code and its rule, in the order of the documentation."""
    return {**_FILES, **_COURSE, **_MARKDOWN, **_WRITING, **_DRAWINGS, **_KINDS, **_CATALOGS}


def kind_codes() -> frozenset[str]:
    """The codes that the quiz, scenario and action kinds produce."""
    return frozenset(_KINDS)


def reference() -> str:
    """The codes as a Markdown table, for the generated block of docs/courses.md."""
    rows = [f"| `{code}` | {rule.replace('|', '/').replace('<', '&lt;')} |" for code, rule in problem_codes().items()]
    return "\n".join(["| Code | Rule |", "| ---- | ---- |", *rows])
