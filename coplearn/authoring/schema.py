"""The pieces that the JSON Schemas for authors' editors are made of; what they say, :mod:`.fields` checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from coplearn.kernel.words import ID_PATTERN

Schema = Mapping[str, Any]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

ID: Final[Schema] = {"type": "string", "pattern": f"^{ID_PATTERN.pattern}$"}
TEXT: Final[Schema] = {"type": "string", "pattern": r"\S"}
FLAG: Final[Schema] = {"type": "boolean"}


def whole_number(low: int, high: int) -> Schema:
    """A whole number of that range."""
    return {"type": "integer", "minimum": low, "maximum": high}


def one_word(words: Iterable[str]) -> Schema:
    """One of those words."""
    return {"enum": sorted(map(str, words))}


def matching(pattern: str) -> Schema:
    """A text that is all of the regular expression."""
    return {"type": "string", "pattern": f"^(?:{pattern})$"}


def rows(entry: Schema, low: int = 0, high: int | None = None) -> Schema:
    """A list of entries."""
    return {"type": "array", "items": entry, "minItems": low, **({} if high is None else {"maxItems": high})}


def by_id(entry: Schema) -> Schema:
    """A mapping of ids to entries."""
    return {"type": "object", "propertyNames": ID, "additionalProperties": entry}


def mapping(properties: Mapping[str, Schema], required: tuple[str, ...]) -> Schema:
    """A mapping with those keys and no other."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def by_kind(common: Mapping[str, Schema], kinds: Mapping[str, Schema]) -> Schema:
    """A mapping with the required keys ``common``, and with those that its kind adds (``properties``, ``required``); of an own
    kind that is not among ``kinds`` nothing more is known."""
    then = [
        {
            "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
            "then": mapping({**common, **known["properties"]}, (*common, *known.get("required", ()))),
        }
        for name, known in kinds.items()
    ]
    properties = {**common, "kind": {"anyOf": [{"enum": sorted(kinds)}, ID]}}
    return {"type": "object", "properties": properties, "required": list(common), "allOf": then}
