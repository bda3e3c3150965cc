"""What an author's editor is told of a file is what the site checks: no more and no less."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from coplearn.authoring.problems import Problems
from coplearn.courses.cli import course as commands
from coplearn.courses.editors import schemas
from coplearn.courses.kinds.registry import ITEM_KINDS
from coplearn.courses.manifest import read_course_manifest, read_module_manifest
from coplearn.courses.source import read_source
from tests.courses.makecourse import CHECK, HOME, MODULE, STORY, Folder, make_course
from tests.courses.memory_story import STORY as MEMORY
from tests.sizes import WHOLE

STRUCTURE = re.compile(
    r"missing-key|kind-unknown|not-text|empty-text|bad-id|unknown-(?!scene).+|bad-number|bad-value|not-a-list|not-a-mapping"
    r"|not-true-or-false|number-of-.+"
)
TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def fits(value: Any, schema: Any) -> bool:
    """Whether the value is what the schema says, by those words of JSON Schema that ours use."""
    if "type" in schema and not TYPES[schema["type"]](value):
        return False
    rules: dict[str, Callable[[Any], bool]] = {
        "enum": lambda words: value in words,
        "const": lambda word: value == word,
        "pattern": lambda pattern: re.search(pattern, value) is not None,
        "minimum": lambda low: value >= low,
        "maximum": lambda high: value <= high,
        "minItems": lambda low: len(value) >= low,
        "maxItems": lambda high: len(value) <= high,
        "minProperties": lambda low: len(value) >= low,
        "maxProperties": lambda high: len(value) <= high,
        "items": lambda inner: all(fits(one, inner) for one in value),
        "propertyNames": lambda inner: all(fits(one, inner) for one in value),
        "properties": lambda known: all(fits(value[name], inner) for name, inner in known.items() if name in value),
        "required": lambda names: set(names) <= value.keys(),
        "anyOf": lambda ways: any(fits(value, way) for way in ways),
        "allOf": lambda parts: all(fits(value, part["then"]) for part in parts if fits(value, part["if"])),
    }
    assert schema.keys() <= rules.keys() | {"type", "$schema", "additionalProperties"}, schema.keys()
    others = value.keys() - schema.get("properties", {}).keys() if isinstance(value, dict) else ()
    inner = schema.get("additionalProperties", True)
    if not all(inner if isinstance(inner, bool) else fits(value[name], inner) for name in others):
        return False
    return all(rules[word](said) for word, said in schema.items() if word in rules)


def spoilt(data: Any) -> Iterator[tuple[str, Any]]:
    """The data with one thing wrong: each key taken away, each value of another kind, a key too many in each mapping."""
    for path in list(_paths(data)):
        *way, last = path
        for name, change in (("without", None), ("number", 7), ("text", "?"), ("list", []), ("huge", 10**6)):
            made = copy.deepcopy(data)
            parent = made
            for step in way:
                parent = parent[step]
            if name == "without":
                del parent[last]
            elif type(parent[last]) is type(change):
                continue
            else:
                parent[last] = change
            yield f"{name} {path}", made
        made = copy.deepcopy(data)
        inner = made
        for step in path:
            inner = inner[step]
        if isinstance(inner, dict):
            inner["nonsense"] = "what is this"
            yield f"more {path}", made


def _paths(data: Any) -> Iterator[tuple[Any, ...]]:
    for name, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield (name,)
        if isinstance(value, dict | list):
            yield from ((name, *rest) for rest in _paths(value))


def _problems(folder: Folder, name: str, data: Any) -> set[str]:
    folder.write(name, yaml.safe_dump(data, allow_unicode=True))
    if name == "course.yaml":
        problems = Problems()
        read_course_manifest(folder.path, problems)
    elif name.endswith("module.yaml"):
        problems = Problems()
        read_module_manifest(folder.path, "01-begin", problems)
    else:
        problems = folder.load().problems
    return {problem.code for problem in problems.errors if problem.place.path == name}


@pytest.mark.parametrize(
    ("name", "schema"), [("course.yaml", "course"), (MODULE, "module"), (CHECK, "item"), (STORY, "item")]
)
@pytest.mark.sampled
def test_schema_refuses_what_the_site_refuses(name: str, schema: str, tmp_path: Path) -> None:
    """Each key taken away, each value of another kind, a key too many: both refuse, or both take it."""
    folder, shape = make_course(tmp_path), schemas(ITEM_KINDS)[f"{schema}.schema.json"]
    assert _apart(folder, name, yaml.safe_load(folder.read(name)), shape) == {}


@pytest.mark.sampled
def test_schema_refuses_what_the_site_refuses_of_a_story_that_remembers(tmp_path: Path) -> None:
    """The same for every key that says what a story remembers."""
    folder, shape = make_course(tmp_path), schemas(ITEM_KINDS)["item.schema.json"]
    head = {"id": "first-story", "kind": "scenario", "title": "A story", "minutes": 3}
    assert _apart(folder, STORY, {**head, **MEMORY}, shape) == {}


def _apart(folder: Folder, name: str, data: Any, shape: Any) -> dict[str, Any]:
    assert fits(data, shape)
    apart = {}
    for change, made in islice(spoilt(data), 0, None, 1 if WHOLE else 10):
        codes = _problems(folder, name, made)
        if fits(made, shape) == bool({code for code in codes if STRUCTURE.fullmatch(code)}):
            apart[change] = (fits(made, shape), codes)
    return apart


def test_shipped_courses_fit(tmp_path: Path) -> None:
    """Nobody's editor marks a good file: every file of the courses that come with the site."""
    shapes, read = schemas(ITEM_KINDS), 0
    for file in (HOME / "courses").rglob("*.yaml"):
        name = file.name.removesuffix(".yaml") if file.name in ("course.yaml", "module.yaml") else "item"
        if file.parent.name == "media":
            if file.name == "made-of.yaml":
                continue  # a command writes it
            name = "recording"
        source = read_source(file.parent, file.name, Problems())  # YAML 1.2, as editors have it: a day is a text
        assert source is not None and fits(source.data, shapes[f"{name}.schema.json"]), file
        read += 1
    assert read > 10
    assert fits(
        {"id": "vote", "kind": "poll", "title": "A vote", "minutes": 1, "beaches": []}, shapes["item.schema.json"]
    )


def test_command_writes_the_schemas(tmp_path: Path) -> None:
    """They are files of JSON that name their draft."""
    done = CliRunner().invoke(commands, ["schema", str(tmp_path / "schemas")])
    assert done.exit_code == 0, done.output
    written = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in (tmp_path / "schemas").iterdir()}
    assert written.keys() == schemas(ITEM_KINDS).keys()
    assert all(one["$schema"].startswith("https://json-schema.org/") for one in written.values())


def test_line_for_other_editors_leads_to_the_folder_of_the_schemas(tmp_path: Path) -> None:
    """From an item of a course of the site to what the command in the same chapter writes."""
    chapter = (HOME / "docs" / "courses.md").read_text(encoding="utf-8").partition("## The folder")[0]
    into, line = re.search(r"coplearn course schema (\S+)", chapter), re.search(r"\$schema=([^`\s]+)", chapter)
    assert into is not None and line is not None
    assert CliRunner().invoke(commands, ["schema", str(tmp_path / into[1])]).exit_code == 0
    module = tmp_path / "courses" / "our-school" / "01-begin"
    module.mkdir(parents=True)
    assert (module / line[1]).resolve().is_file()
