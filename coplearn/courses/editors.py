"""The JSON Schemas that authors' editors read: what each file of a course may hold, as :mod:`.manifest` and the kinds check it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from coplearn.authoring import schema
from coplearn.authoring.schema import Schema
from coplearn.courses.facts import FACT, SOURCE
from coplearn.courses.manifest import ASKED, AUDIENCE, FOLDER, LATEST_REFRESHER, VERSION
from coplearn.courses.plugin import ItemKind
from coplearn.courses.questions.registry import QUESTION_KINDS

_COURSE: Final = schema.mapping(
    {
        "id": schema.ID,
        "version": schema.matching(VERSION),
        "title": schema.TEXT,
        "summary": schema.TEXT,
        "audiences": schema.rows(schema.matching(AUDIENCE), 1),
        "language": schema.TEXT,
        "licence": schema.TEXT,
        "credit": schema.TEXT,
        "helplines": schema.FLAG,
        "pass_mark": schema.whole_number(1, 100),
        "answers_at_once": schema.FLAG,
        "refresher": schema.rows(schema.whole_number(1, LATEST_REFRESHER)),
        "modules": schema.rows(schema.matching(FOLDER), 1),
        "retired": schema.rows(schema.ID),
        "assessment": schema.mapping(
            {"id": schema.ID, "intro": schema.TEXT, "questions": schema.rows(schema.matching(ASKED), 1)},
            ("id", "intro", "questions"),
        ),
        "requires": schema.mapping(
            {"one_of": schema.rows(schema.ID, 1), "at_least": schema.whole_number(1, 100)}, ("one_of", "at_least")
        ),
    },
    ("id", "version", "title", "summary", "audiences", "language", "licence", "credit", "modules"),
)
_MODULE: Final = schema.mapping(
    {
        "id": schema.ID,
        "title": schema.TEXT,
        "summary": schema.TEXT,
        "minutes": schema.whole_number(1, 600),
        "objectives": {**schema.by_id(schema.TEXT), "minProperties": 1},
        "content_note": schema.TEXT,
        "pre_question": schema.by_kind(
            {"id": schema.ID, "kind": schema.ID, "stem": schema.TEXT},
            {name: kind.schema for name, kind in QUESTION_KINDS.items() if kind.scored},
        ),
        "recall": schema.ID,
        "sources": schema.by_id(SOURCE),
        "facts": schema.by_id(FACT),
        "critical_skills": schema.by_id(schema.TEXT),
        "recordings": schema.rows(schema.ID),
    },
    ("id", "title", "summary", "minutes", "objectives"),
)


_RECORDING: Final = schema.mapping(
    {
        "title": schema.TEXT,
        "voice": schema.one_word(("person", "machine")),
        "poster": schema.ID,
        "texts": schema.rows(schema.ID),
    },
    ("title", "voice"),
)


def schemas(kinds: Iterable[type[ItemKind[Any]]]) -> dict[str, Schema]:
    """Schemas of course.yaml, module.yaml and an item's YAML of one of those ``kinds``, by the name of the schema's file."""
    known = {kind.name: _said(kind) for kind in kinds if kind.extension == ".yaml" and kind.schema}
    common = {"id": schema.ID, "kind": schema.ID, "title": schema.TEXT, "minutes": schema.whole_number(1, 240)}
    found = {"course": _COURSE, "module": _MODULE, "recording": _RECORDING, "item": schema.by_kind(common, known)}
    return {f"{name}.schema.json": {"$schema": schema.DRAFT, **made} for name, made in found.items()}


def _said(kind: type[ItemKind[Any]]) -> Schema:
    """The schema of a kind with the keys that every item may have: ``say``, and ``optional`` where the kind allows it."""
    known = kind.schema
    more: Schema = {"say": {"type": "object", "additionalProperties": schema.TEXT}}
    more = {**more, "optional": {"type": "boolean"}} if kind.may_be_optional else more
    return {**known, "properties": {**known.get("properties", {}), **more}}
