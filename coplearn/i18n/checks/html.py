"""Tags and scripts: texts have none, unless their source does."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from coplearn.i18n.checks.base import Hit, PairCheck, Subject
from coplearn.i18n.checks.reading import CheckedText
from coplearn.kernel.text import N_

ALLOWED: Final = frozenset({"abbr", "b", "bdi", "br", "code", "em", "i", "kbd", "strong", "sub", "sup"})
_TAG: Final = re.compile(r"(?:<|&lt;|&#0{0,5}60;|&#x0{0,5}3c;)(/?)([A-Za-z]{1,20}|[/!?])", re.IGNORECASE)
_WHOLE_TAG: Final = re.compile(r"<(/?)([A-Za-z]{1,20})\b([^<>]{0,500})>")
_VOID: Final = frozenset({"br"})
_UNSAFE: Final = re.compile(
    r"(?:<|&lt;)\s{0,8}/?(?:script|style|iframe|object|embed|svg|math|link|meta|base|form)\b"
    r"|<[^<>]{0,500}\bon[a-z]{3,20}\s{0,8}="
    r"|(?:javascript|vbscript)\s{0,8}:|\bdata:\s{0,8}(?:text|image|application)/",
    re.IGNORECASE,
)


def _tags(text: str) -> Counter[str]:
    return Counter(f"{slash}{name.lower()}" for slash, name in _TAG.findall(text))


def _attributes(text: str) -> Counter[str]:
    """Each tag with what stands in it beside its name."""
    return Counter(
        f"{found[1].lower()} {rest}" for found in _WHOLE_TAG.findall(text) if (rest := found[2].strip(" /\n"))
    )


def _is_nested(text: str) -> bool:
    open_: list[str] = []
    for slash, name, _ in _WHOLE_TAG.findall(text):
        if name.lower() in _VOID:
            continue
        if not slash:
            open_.append(name.lower())
        elif not open_ or open_.pop() != name.lower():
            return False
    return not open_


class HtmlTags(PairCheck):
    """Tags would be shown as text; nobody needs them."""

    id = "html-tags"
    severity = "E"
    message = N_("Take out the HTML tags that are not in the source, and keep those that are.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The same harmless tags as in the source with no other attributes, each closed as it is there, none crossed."""
        if not _marked(source.raw) and not _marked(target.raw):
            return None
        wanted, found = _tags(source.raw), _tags(target.raw)
        other = found - wanted
        if _attributes(target.raw) - _attributes(source.raw) or (_is_nested(source.raw) and not _is_nested(target.raw)):
            return Hit()
        lost = Counter({name: count for name, count in (wanted - found).items() if name.strip("/") in ALLOWED})
        return Hit() if other or lost else None


class UnsafeHtml(PairCheck):
    """A text must never bring code along."""

    id = "unsafe-html"
    severity = "E"
    message = N_("Take out the script: a text can never contain one.")
    dismissable = False

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Script tags, event attributes and script addresses that the source does not have."""
        if ":" not in target.raw and not _marked(target.raw):
            return None
        found = _UNSAFE.search(target.raw)
        if found is None or len(_UNSAFE.findall(target.raw)) <= len(_UNSAFE.findall(source.raw)):
            return None
        return Hit(found.span())


def _marked(text: str) -> bool:
    return "<" in text or "&" in text
