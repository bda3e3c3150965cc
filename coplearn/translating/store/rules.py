"""The law of translating: what a message is known by, what state a text is in, and who may vouch for it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, Protocol

import polib

from coplearn.courses.course import Course
from coplearn.courses.plugin import Message
from coplearn.i18n import po
from coplearn.i18n.checks.base import Finding, Kind, Subject
from coplearn.i18n.checks.registry import findings, is_blocked
from coplearn.i18n.glossary import Glossary
from coplearn.i18n.locales import Locale
from coplearn.i18n.mending import mended
from coplearn.i18n.po import INTERFACE
from coplearn.kernel.text import N_, Phrase

State = Literal["missing", "needs-work", "translated"]
Via = Literal["web", "upload", "file", "cli", "system"]
Origin = Literal["person", "conflict", "upload", "machine"]
Decision = Literal["accepted", "edited", "rejected"]

HOLD: Final = timedelta(minutes=5)
"""How long "has it open" is believed after the last sign of life."""
MAX_FORM: Final = 50_000
"""Characters of one text; nobody writes so much by hand."""
MAX_REMARK: Final = 5_000
"""Characters of a comment, a note or a reason."""
PAGE: Final = 25
"""Messages on a page of the list."""

READ_TWICE: Final = ("quiz", "support")
"""The kinds of text that are read twice before learners see them, as critical ones are."""

_WORD: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u9fff\uf900-\ufaff]+(?:['’-][^\W_]+)*")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Actor:
    """The actor of an action: an account, or (``user_id`` None) a name for whoever has none, such as ``command line``."""

    user_id: int | None
    name: str = ""

    @property
    def stored_name(self) -> str:
        """The value that a row keeps: never a person's name, so that erasing the account leaves nothing behind."""
        return "" if self.user_id is not None else self.name


SYSTEM: Final = Actor(None, "coplearn")
FILE: Final = Actor(None, "file")
COMMAND_LINE: Final = Actor(None, "command line")


def shown_name(user_id: int | None, account_name: str | None, stored: str) -> Phrase:
    """The name of somebody in a log: the account's own name, ``translator 12`` without one, or ``a former translator``."""
    if user_id is not None:
        if account_name:
            return Phrase("%(name)s", {"name": account_name})
        return Phrase(N_("translator %(number)s"), {"number": str(user_id)})
    return Phrase("%(name)s", {"name": stored}) if stored else Phrase(N_("a former translator"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMessage:
    """A message as the source has it now, from a course or from the interface's template, in reading order."""

    domain: str
    context: str
    text: str
    plural: str = ""
    kind: str
    item: str = ""
    group: str | None = None
    critical: bool = False
    max_length: int | None = None
    notes: str = ""
    place: str = ""

    @property
    def key(self) -> str:
        """See :func:`key_of`."""
        return key_of(self.domain, self.context, self.text)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A translation as a catalog's file has it. ``based_on`` is the source text it really translates."""

    context: str
    text: str
    plural: str
    forms: tuple[str, ...]
    based_on: str
    fuzzy: bool
    obsolete: bool = False


def key_of(domain: str, context: str, text: str) -> str:
    """The lasting key of a message: context and text in the interface, the context alone in a course."""
    name = f"{context}\x04{text}" if domain == INTERFACE else context
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def sources_of_course(course: Course) -> list[SourceMessage]:
    """The course's messages as the store keeps them."""
    return [
        SourceMessage(
            domain=course.id,
            context=message.context,
            text=message.text,
            kind=_kind(message, course),
            item=_item(message.context, course),
            group=message.group,
            critical=message.critical,
            max_length=message.max_length,
            notes="\n".join(message.notes),
            place=message.place.path,
        )
        for message in course.messages
    ]


def _item(context: str, course: Course) -> str:
    item = context.partition("#")[0]
    return item if item in course.items else ""


def _kind(message: Message, course: Course) -> str:
    item, _, facet = message.context.partition("#")
    use = course.kinds[course.items[item].kind].kind.text_use if item in course.items else None
    if message.group is not None or (message.read_twice and use == "question"):
        return "quiz"
    if message.read_twice or (message.critical and facet.endswith("support")):
        return "support"
    if facet == "title" or facet.endswith(".title"):
        return "title"
    if facet.endswith("alt"):
        return "alt"
    if use is None:
        return "label"
    return "story" if use == "story" else "text"


def sources_of_interface(templates: Iterable[po.Template]) -> list[SourceMessage]:
    """The interface's messages as the store keeps them."""
    return [
        SourceMessage(
            domain=INTERFACE,
            context=template.context or "",
            text=template.text,
            plural=template.plural,
            kind="mail" if any("mail" in path for path in template.paths) else "interface",
            notes="\n".join(template.notes),
            place=" ".join(template.paths),
        )
        for template in templates
    ]


def entries_of(file: polib.POFile, domain: str) -> dict[str, FileEntry]:
    """A catalog's translations by key; of two with one key neither, because nobody knows which is meant."""
    found: dict[str, FileEntry] = {}
    twice: set[str] = set()
    for entry in sorted(file, key=lambda entry: bool(entry.obsolete)):
        forms = _forms(entry)
        if not any(forms) or (domain != INTERFACE and not entry.msgctxt):
            continue
        context = entry.msgctxt or ""
        key = key_of(domain, context, entry.msgid)
        if key in found:
            if not entry.obsolete:
                twice.add(key)
            continue
        found[key] = FileEntry(
            context,
            entry.msgid,
            entry.msgid_plural or "",
            forms,
            po.based_on(entry),
            bool(entry.fuzzy),
            bool(entry.obsolete),
        )
    return {key: entry for key, entry in found.items() if key not in twice}


def _forms(entry: polib.POEntry) -> tuple[str, ...]:
    if entry.msgid_plural:
        return tuple(entry.msgstr_plural[number] for number in sorted(entry.msgstr_plural))
    return (entry.msgstr,)


def form_count(locale: Locale, plural: str | None) -> int:
    """The number of texts that a translation of the message has in that language."""
    return locale.nplurals if plural else 1


def tidy(text: str) -> str:
    """A text as it is stored: line ends as LF, and nothing a database cannot keep. Nothing a person can see is changed."""
    return _UNSTORABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def kind_of(domain: str) -> Kind:
    """The kind of text that the checks take a domain's for."""
    return "interface" if domain == INTERFACE else "course"


def kept_form(text: str, domain: str, locale: str) -> str:
    """A text as it is kept: :func:`tidy`, and with the spaces that the language's typography asks for."""
    return mended(tidy(text), locale, kind_of(domain))


def has_text(forms: Sequence[str]) -> bool:
    """Whether there is anything in any form."""
    return any(form.strip() for form in forms)


def state_of(forms: Sequence[str], *, needs_work: bool, failing: bool) -> State:
    """The state a saved text is in. A text that fails a check or lacks a plural form is kept, as work to do."""
    if not has_text(forms):
        return "missing"
    if needs_work or failing or not all(form.strip() for form in forms):
        return "needs-work"
    return "translated"


def as_state(value: str | None) -> State:
    """The state a row holds; ``missing`` for none."""
    return "translated" if value == "translated" else "needs-work" if value == "needs-work" else "missing"


def review_sha(msgid: str, forms: Sequence[str]) -> str:
    """The hash that a review vouches for: this source and this text, and no other."""
    whole = "\0".join((msgid, *forms))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


class CheckedMessage(Protocol):
    """A message as its row or a query has it."""

    @property
    def domain(self) -> str: ...
    @property
    def context(self) -> str: ...
    @property
    def msgid(self) -> str: ...
    @property
    def plural(self) -> str | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def critical(self) -> bool: ...
    @property
    def max_length(self) -> int | None: ...


class GroupedMessage(CheckedMessage, Protocol):
    """The same with its id and the question it belongs to."""

    @property
    def id(self) -> int: ...
    @property
    def group(self) -> str | None: ...


def subject_of(
    message: CheckedMessage,
    locale: str,
    forms: Sequence[str],
    based_on: str | None = None,
    nplurals: int = 0,
    *,
    glossary: Glossary | None = None,
    thousands: str = "",
) -> Subject:
    """A text as the checks see it: beside the source it was made from (None: the present one). ``locale`` is a code."""
    return Subject(
        source=message.msgid if based_on is None else based_on,
        forms=tuple(forms),
        locale=locale,
        plural=message.plural or "",
        nplurals=nplurals if message.plural else 0,
        context=message.context,
        kind=kind_of(message.domain),
        critical=message.critical,
        read_twice=needs_second_reader(message.kind, critical=message.critical),
        max_length=message.max_length,
        glossary=glossary,
        thousands=thousands,
    )


def message_findings(subject: Subject, dismissed: Collection[str] = ()) -> list[Finding]:
    """Every check that a text does not pass, but for those that somebody set aside with a reason."""
    if not has_text(subject.forms):
        return []
    return [found for found in findings(subject) if not (may_dismiss(found) and found.check in dismissed)]


def blocked(subject: Subject) -> bool:
    """Whether a check of severity E keeps the text from being published."""
    return has_text(subject.forms) and is_blocked(subject)


def may_dismiss(finding: Finding) -> bool:
    """Whether a person may set the finding aside with a reason. An error is mended, and set aside by nobody."""
    return finding.dismissable and finding.severity != "E"


def needs_second_reader(kind: str, *, critical: bool) -> bool:
    """Whether a text goes live only once another than its writer has read it: what may hurt when it is wrong, what says
    where help is, and what is scored."""
    return critical or kind in READ_TWICE


def word_count(text: str) -> int:
    """The number of words that a translator is faced with; each Han character counts as one."""
    return len(_WORD.findall(text))


def digest_of(sources: Sequence[SourceMessage]) -> str:
    """Changes whenever any message, or their order, does."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(repr(source).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


def item_of_filter(name: str) -> str | None:
    """The item id of a filter ``item:<item id>``; None for any other filter."""
    return name.removeprefix("item:") if name.startswith("item:") else None


def by_key(sources: Iterable[SourceMessage]) -> Mapping[str, SourceMessage]:
    """The messages by what they are known by."""
    return {source.key: source for source in sources}


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """A message with its text in one language, as files need it."""

    id: int
    key: str
    domain: str
    context: str
    msgid: str
    plural: str | None
    group: str | None
    critical: bool
    max_length: int | None
    notes: str
    place: str
    kind: str
    removed: bool
    rev: int
    forms: tuple[str, ...]
    state: State
    based_on: str
    failing: bool
    reader: str
    """``person`` or ``machine``: who read the text as it stands a second time; empty for nobody."""
    published: bool


@dataclass(frozen=True, slots=True)
class TextPair:
    """A source text and its translation, for the memory."""

    message_id: int
    domain: str
    context: str
    kind: str
    source: str
    target: str
