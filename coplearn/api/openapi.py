"""The description of the API (OpenAPI 3.1), made from its operations."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from pydantic import BaseModel, Field
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from coplearn import __version__
from coplearn.api.operations import PREFIX, REGISTRY, ApiOperation
from coplearn.api.shapes import ResponseShape
from coplearn.tokens.rules import TokenScope
from coplearn.web.problems import PROBLEM

_REF: Final = "#/components/schemas/{model}"
_ABOUT: Final = (
    "Courses, progress, cohorts and reports for other programs: the same verbs as the pages, and the same rights. Every"
    " request sends a key as `Authorization: Bearer …`. Refusals are problems (RFC 9457) whose sentences are in the language"
    " of `Accept-Language`. Lists are read page by page with `cursor`. A POST may send an `Idempotency-Key`; a PATCH sends"
    " the `ETag` of what it changes as `If-Match`."
)


class FieldProblem(ResponseShape):
    """A fault of one field: a sentence, or a code for programs."""

    field: str
    message: str = ""
    code: str = ""


class ProblemOut(ResponseShape):
    """A refusal."""

    type: str
    status: int
    title: str
    detail: str
    errors: list[FieldProblem] = Field(default_factory=list)
    instance: str = ""


class OAuthProblem(ResponseShape):
    """A refusal at the door for clients (RFC 6749, 5.2)."""

    error: str


@cache
def document() -> dict[str, Any]:
    """The whole description, made once."""
    models: set[type[BaseModel]] = {ProblemOut, OAuthProblem}
    for one in REGISTRY.values():
        models |= {shape for shape in (one.body, one.answer) if shape is not None}
    names, schemas = models_json_schema([(one, _mode(one)) for one in sorted(models, key=str)], ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for one in REGISTRY.values():
        path = one.path.replace("<", "{").replace(">", "}")
        paths.setdefault(path, {})[one.method.lower()] = _operation(one, names)
    return {
        "openapi": "3.1.0",
        "info": {"title": "coplearn", "version": __version__, "description": _ABOUT},
        "servers": [{"url": PREFIX}],
        "paths": paths,
        "components": {"schemas": schemas["$defs"], "securitySchemes": _security()},
    }


def _mode(model: type[BaseModel]) -> JsonSchemaMode:
    return "serialization" if issubclass(model, ResponseShape) else "validation"


def _security() -> dict[str, Any]:
    scopes = {scope.value: scope.label for scope in TokenScope}
    flow = {"tokenUrl": f"{PREFIX}/oauth/token", "scopes": scopes}
    return {
        "bearer": {"type": "http", "scheme": "bearer", "description": "A key that a person made on their page."},
        "client": {"type": "oauth2", "flows": {"clientCredentials": flow}},
    }


def _operation(one: ApiOperation, names: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "description": " ".join((one.function.__doc__ or "").split()),
        "tags": [one.tag],
        "parameters": _parameters(one),
        "responses": _responses(one, names),
    }
    if one.is_open:
        described["security"] = []
    else:
        described["security"] = [{"bearer": []}, {"client": [one.scope.value] if one.scope else []}]
    if one.body is not None:
        schema = names[one.body, "validation"]
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    elif one.form is not None:
        schema = one.form.model_json_schema()
        described["requestBody"] = {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": schema}},
        }
    return described


def _parameters(one: ApiOperation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 64}}
        for name in one.names
    ]
    if one.query is not None:
        schema = one.query.model_json_schema()
        needed = schema.get("required", [])
        for name, shape in schema["properties"].items():
            words = shape.pop("description", "")
            found.append({"name": name, "in": "query", "required": name in needed, "schema": _plain(shape, schema)})
            if words:
                found[-1]["description"] = words
    language = {"type": "string", "maxLength": 200}
    found.append({"name": "Accept-Language", "in": "header", "required": False, "schema": language})
    if one.method == "POST" and not (one.is_open or one.counts_once):
        key = {"type": "string", "minLength": 1, "maxLength": 255}
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    if one.current is not None:
        words = "The ETag of what is changed, or `*`."
        found.append(
            {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}, "description": words}
        )
    return found


def _plain(shape: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema by itself: nothing is null in an address, and no definition stands beside it."""
    choices = [one for one in shape.pop("anyOf", []) if one.get("type") != "null"]
    found = {**shape, **(choices[0] if choices else {})}
    found.pop("title", None)
    if found.get("default", ...) is None:
        found.pop("default")
    reference = found.pop("$ref", "")
    if reference:
        found |= schema["$defs"][reference.rpartition("/")[2]]
        found.pop("description", None)
        found.pop("title", None)
    return found


def _responses(one: ApiOperation, names: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    good: dict[str, Any] = {"description": "Done."}
    if one.answer is not None:
        good["content"] = {one.media: {"schema": names[one.answer, "serialization"]}}
    elif one.status != 204:
        good["content"] = {one.media: {"schema": {"type": "string", "format": "binary"}}}
    if one.method == "GET" and one.answer is not None:
        good["headers"] = {"ETag": {"schema": {"type": "string"}}}
        found["304"] = {"description": "Nothing has changed since that ETag."}
    found[str(one.status)] = good
    told = OAuthProblem if one.is_open else ProblemOut
    media = "application/json" if one.is_open else PROBLEM
    refused = {"content": {media: {"schema": names[told, "serialization"]}}}
    for code, words in _refusals(one).items():
        found[code] = {"description": words, **refused}
    if one.is_open:
        problem = {"content": {PROBLEM: {"schema": names[ProblemOut, "serialization"]}}}
        found |= {code: {"description": "Not taken.", **problem} for code in ("413", "415", "503")}
    return found


def _refusals(one: ApiOperation) -> dict[str, str]:
    found = {"400": "What was sent could not be read.", "401": "No key that is good now.", "429": "Too often."}
    if one.is_open:
        return found
    found |= {"403": "The key may not do that.", "503": "Not stored; send it again in a moment."}
    found["404"] = "There is no such thing, or none for this person."
    if one.method != "GET":
        found |= {"409": "Somebody else was quicker.", "413": "Too large.", "415": "No JSON."}
    if one.method != "GET" or one.tag == "reports":
        found["422"] = "Against a rule; the sentence says which."
    if one.current is not None:
        found |= {"412": "It was changed meanwhile.", "428": "No If-Match."}
    return found
