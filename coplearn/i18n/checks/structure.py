"""Markdown: the links, paragraphs and marks of a block."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from coplearn.i18n.checks.base import Hit, PairCheck, Subject, first_span
from coplearn.i18n.checks.reading import CheckedText
from coplearn.i18n.hazards import HOST_LETTERS, is_host
from coplearn.kernel.text import N_

_HOST: Final = rf"[{HOST_LETTERS}][{HOST_LETTERS}-]{{0,62}}"
_URL_END: Final = r"\s<>\"'()\[\]«»“”‘’„،؛؟։\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u3000-\u303f\uff00-\uffef"
_TLDS: Final = (
    "com|org|net|info|biz|edu|gov|int|io|app|dev|site|shop|top|xyz|click|link|live|me|am|ru|fr|es|cn|uk|de|eu|рф|հայ"
)
_ADDRESS: Final = re.compile(
    rf"https?://[^{_URL_END}]+|(?<![{HOST_LETTERS}_.-])www\.[A-Za-z0-9.-]{{3,200}}"
    rf"|(?<![{HOST_LETTERS}_.+-])[A-Za-z0-9._+-]{{1,64}}@[A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}}){{1,8}}"
    rf"|(?<![{HOST_LETTERS}_.@/+-]){_HOST}(?:\.{_HOST}){{0,4}}"
    rf"\.(?:(?:{_TLDS})(?![{HOST_LETTERS}@-])(?:/[^{_URL_END}]*)?|[A-Za-z]{{2,24}}/[^{_URL_END}]*)",
    re.IGNORECASE,
)
_MAYBE_ADDRESS: Final = re.compile(r"://|@|\w\.\w\w", re.IGNORECASE)
_BLOCK: Final = re.compile(r"^[ \t]{0,3}(?:#{1,6}[ \t]|[-+*][ \t]|\d{1,9}[.)][ \t]|>|```|~~~|\|)", re.MULTILINE)
_MARKDOWN: Final = frozenset({"course"})


class MdLinks(PairCheck):
    """A translation can lead nowhere the source does not lead."""

    id = "md-links"
    severity = "E"
    message = N_("The links must lead to the same places as in the source.")
    dismissable = False
    kinds = _MARKDOWN

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The same targets, each as often; their order is free."""
        if not source.links and not target.links:
            return None
        wanted = Counter(link for _, link in source.links)
        found = Counter(link for _, link in target.links)
        if wanted == found:
            return None
        return Hit(first_span(target.raw, list(found - wanted)))


class Addresses(PairCheck):
    """An address in the running text is copied by hand by readers."""

    id = "addresses"
    severity = "E"
    message = N_("Web and mail addresses must be those of the source.")
    dismissable = False

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The same addresses outside links."""
        if not _MAYBE_ADDRESS.search(target.raw) and not _MAYBE_ADDRESS.search(source.raw):
            return None
        found, wanted = _addresses(target.plain), _addresses(source.plain)
        return None if found == wanted else Hit(first_span(target.raw, list(found - wanted)))


def _addresses(text: str) -> Counter[str]:
    return Counter(found.rstrip(".,;:!?") for found in _ADDRESS.findall(text) if _leads_somewhere(found))


def _leads_somewhere(address: str) -> bool:
    """Whether it is more than a scheme that is spoken of: "begins with https://", and the sentence goes on."""
    _, scheme, rest = address.partition("://")
    return not scheme or is_host(re.split(r"[/?#:]", rest, maxsplit=1)[0])


class LinkText(PairCheck):
    """A screen reader reads a list of links by their words alone."""

    id = "link-text"
    severity = "W"
    message = N_("Each link needs words of its own, not nothing and not the address.")
    kinds = _MARKDOWN

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """No empty words, and no address instead of words."""
        bad = [link for words, link in target.links if not words.strip() or words.strip() == link]
        return Hit(first_span(target.raw, bad)) if bad else None


class MdStructure(PairCheck):
    """The page's structure is the source's."""

    id = "md-structure"
    severity = "E"
    message = N_("Keep the paragraphs of the source, and add no heading, list, quotation, table or code block.")
    kinds = _MARKDOWN

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The same numbers of paragraphs, block signs and table bars."""
        if len(source.paragraphs) != len(target.paragraphs) or _bars(source.raw) != _bars(target.raw):
            return Hit()
        new = list(_BLOCK.finditer(target.raw))
        return Hit(new[0].span()) if len(new) > len(_BLOCK.findall(source.raw)) else None


def _bars(text: str) -> int:
    return text.count("|") - text.count("\\|")


class MdEmphasis(PairCheck):
    """A mark without its partner is shown as a star."""

    id = "md-emphasis"
    severity = "W"
    message = N_("A ** or * has no partner, so it is shown as a star.")
    kinds = _MARKDOWN

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Stars that stay in the words."""
        if "*" not in target.raw and "_" not in target.raw:
            return None
        left = target.plain.count("*") + target.plain.count("__")
        return Hit() if left > source.plain.count("*") + source.plain.count("__") else None


class MdStrong(PairCheck):
    """Strong words guide a reader who only looks over the page."""

    id = "md-strong"
    severity = "W"
    message = N_("The number of strong or emphasised words differs from the source.")
    kinds = _MARKDOWN

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The same numbers of strong and of emphasised runs."""
        return None if source.marks == target.marks else Hit()


class MdCode(PairCheck):
    """Code, which is typed as it is."""

    id = "md-code"
    severity = "W"
    message = N_("What stands between ` marks differs from the source.")
    kinds = _MARKDOWN

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The same code."""
        return None if source.code == target.code else Hit()
