"""A small builder of HTML elements that escapes whatever it is given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from markupsafe import Markup, escape

Child = str | Markup | None
Attribute = str | int | bool | None

_VOID: Final = frozenset({"br", "hr", "img", "input", "wbr"})
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


def element(tag: str, attributes: Mapping[str, Attribute] | None = None, *children: Child) -> Markup:
    """One element; plain strings are escaped, Markup children are kept, None is left out.

    An attribute that is None or False is left out, True stands without a value. Raises ValueError for a malformed name,
    for an event handler or a ``style`` (the site's content security policy forbids both), and for children of a void
    element.
    """
    if not _NAME.fullmatch(tag):
        raise ValueError(f"not an element name: {tag!r}")
    opening = (
        Markup("<") + tag + join(_attribute(name, value) for name, value in (attributes or {}).items()) + Markup(">")
    )
    if tag in _VOID:
        if children:
            raise ValueError(f"<{tag}> holds nothing")
        return opening
    return opening + join(children) + Markup("</") + tag + Markup(">")


def join(parts: Iterable[Child]) -> Markup:
    """The parts of an iterable one after the other; plain strings are escaped, None is left out."""
    return Markup("").join(part for part in parts if part is not None)


def classes(*names: str | None) -> str | None:
    """The names that are given, as one ``class`` value; None when there is none."""
    return " ".join(name for name in names if name) or None


def _attribute(name: str, value: Attribute) -> Markup | None:
    if not _NAME.fullmatch(name) or name.startswith("on") or name == "style":
        raise ValueError(f"not an attribute the site allows: {name!r}")
    if value is None or value is False:
        return None
    if value is True:
        return Markup(" ") + name
    # str(): an attribute is text even when it comes as Markup, whose own escaping would let its quotes pass.
    return Markup(" ") + name + Markup('="') + escape(str(value)) + Markup('"')
