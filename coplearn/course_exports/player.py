"""The page of a package that is played: its program, its texts as files of their own, and its styles."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from flask import Flask, current_app
from markupsafe import Markup

from coplearn.course_exports.contents import (
    CONTENTS,
    HELP,
    PLAYED,
    ExportedCourse,
    ExportedModule,
    ExportedStep,
    exported,
    finish_words,
    help_html,
    spoken_in,
)
from coplearn.course_exports.rules import PackageOrder
from coplearn.courses.pages import text_shown
from coplearn.i18n import formats
from coplearn.kernel.text import N_
from coplearn.learning.presenters import minutes_words
from coplearn.web.icons import with_icons_inside
from coplearn.web.render import say
from coplearn.web.static_files import FILES

START: Final = "index.html"
"""The file with which a package is opened."""
_STYLES: Final = ("coplearn.css", "pieces.css", "public.css")
_EXPORT: Final = re.compile(rb"^export ", re.M)
_REMARK: Final = re.compile(rb"^[ \t]*//[^\n]*\n", re.M)
_PROGRESS: Final = N_("%(done)s of %(items)s steps done")
_SCRIPT_SIGNS: Final = {"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def played_files(app: Flask, order: PackageOrder, record: str) -> tuple[dict[str, bytes], list[ExportedCourse]]:
    """The files of a package that is played, and what it holds in each language; ``record`` is the script of the slice that speaks
    with the platform."""
    made: dict[str, bytes] = {}
    courses = []
    for locale in order.languages:
        with spoken_in(app, locale, order.country):
            found = exported(order, locale, PLAYED)
            if locale is order.languages[0]:
                made[START] = _index(order, found)
            made |= _texts(order, found)
        courses.append(found)
    made["package.js"] = _program(record)
    made |= {f"css/{name}": _static(f"css/{name}") for name in _STYLES}
    made["icon.svg"] = _static("img/course.svg")
    return made, courses


def _index(order: PackageOrder, found: ExportedCourse) -> bytes:
    styles = [f"css/{name}" for name in _STYLES]
    values = {
        "locale": found.locale,
        "languages": order.languages,
        "title": found.plain_title_of(order.owner),
        "styles": styles,
    }
    return _rendered("index", **values).encode()


def _texts(order: PackageOrder, found: ExportedCourse) -> dict[str, bytes]:
    """The files of a language: all but the steps in one file, and the steps of each module in one."""
    tag = found.locale.bcp47
    shown = {
        "languages": order.languages,
        "locale": found.locale,
        "has_help": found.course.helplines,
        "title": text_shown(found.texts, f"{order.owner}#title"),
    }
    shell = _rendered("shell", **shown, credit=found.credit, licence=found.licence, version=found.course.version)
    contents = _rendered("contents", **shown, summary=found.summary, modules=found.modules)
    views = {CONTENTS: contents, **({HELP: help_html(order.country)} if found.course.helplines else {})}
    steps = [
        {"code": step.code, "module": step.module, "check": step.check, "needed": step.needed} for step in found.steps
    ]
    needed = sum(step.needed for step in found.steps)
    course = {
        "lang": tag,
        "dir": found.locale.dir,
        "title": found.plain_title_of(order.owner),
        "digits": "".join(formats.number(digit, found.locale) for digit in range(10)),
        "progress": say(_PROGRESS, done="{done}", items=formats.number(needed, found.locale)),
        "steps": steps,
        "shell": shell,
        "views": views,
    }
    parts = {tag: course} | {f"{tag}-{one.number}": _module_steps(found, one) for one in found.modules}
    return {f"content/{name}.js": _part(name, part) for name, part in parts.items()}


def _module_steps(found: ExportedCourse, module: ExportedModule) -> dict[str, Markup]:
    every = found.steps
    ways = {step.code: [one for one in every if one is step or not one.item.optional] for step in module.steps}
    return {step.code: _step(found, ways[step.code], ways[step.code].index(step)) for step in module.steps}


def _step(found: ExportedCourse, every: list[ExportedStep], place: int) -> Markup:
    step = every[place]
    before = every[place - 1] if place else None
    after = every[place + 1] if place + 1 < len(every) else None
    beyond = next((one for one in every[place:] if one.module != step.module), None)
    return _rendered(
        "step",
        step=step,
        kind=found.course.kinds[step.item.kind].kind,
        place=step.place,
        minutes_words=minutes_words(step.minutes),
        fallbacks=step.fallbacks,
        content_note=step.content_note,
        skip_href=f"#{beyond.code if beyond is not None else CONTENTS}",
        finish=finish_words(found.course, step, found.texts, has_next=after is not None),
        body=step.body,
        previous=(f"#{before.code}", before.title) if before is not None else None,
        onward=(f"#{after.code}", after.title) if after is not None else None,
        has_help=found.course.helplines,
    )


def _rendered(name: str, **values: Any) -> Markup:
    template = current_app.jinja_env.get_template(f"course_exports/{name}.html")
    return with_icons_inside(Markup(template.render(**values)))  # noqa: S704 - a template of ours, which escapes


def _part(name: str, content: object) -> bytes:
    """A file of the package as a script that hands its content over: it opens wherever the page does, also without an origin."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    for sign, written in _SCRIPT_SIGNS.items():
        text = text.replace(sign, written)
    return f"coplearnPart({json.dumps(name)}, {text});\n".encode()


@lru_cache(maxsize=4)
def _program(record: str) -> bytes:
    """The one script of a package, in a scope of its own: the site's for steps, the one for the platform, and the page's."""
    own = files("coplearn.course_exports").joinpath("files")
    scripts = [_static("js/step.js"), own.joinpath(record).read_bytes(), own.joinpath("package.js").read_bytes()]
    inside = b"\n".join(_REMARK.sub(b"", _EXPORT.sub(b"", script)) for script in scripts)
    return b'"use strict";\n(() => {\n' + inside + b"})();\n"


def _static(name: str) -> bytes:
    file = FILES.get(name)
    assert file is not None, name
    return file.content
