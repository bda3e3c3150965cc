"""What the store answers with: plain rows that outlive a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from coplearn.kernel.text import Phrase
from coplearn.translating import rules

Cursor = tuple[int, int]
"""``(seq, id)`` of a message: where a page of the list begins or ends."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much stands how, told apart and never added up into one: together they are everything there is.

    ``reviewed`` was read a second time by a person, ``machine`` by a machine in a separate reading, ``draft`` by nobody.
    """

    missing: int
    stale: int
    draft: int
    reviewed: int
    machine: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.missing + self.stale + self.draft + self.reviewed + self.machine


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one domain is in one language. ``ready`` messages may be published, ``unpublished`` of them are not yet.

    ``waiting`` are finished and wait for a second reader, ``unread`` are live since before second readings were asked for.
    ``items`` counts the course's items and ``items_ready`` those whose every message is ready; both 0 in the interface.
    Without ``adopted`` the language was never opened in the store, and all its messages count as missing here.
    """

    domain: str
    locale: str
    messages: Amounts
    words: Amounts
    ready: int
    unpublished: int
    items: int
    items_ready: int
    version: int
    adopted: bool
    waiting: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class ListRow:
    """A message in the list."""

    id: int
    seq: int
    context: str
    msgid: str
    plural: str | None
    item: str
    kind: str
    critical: bool
    forms: tuple[str, ...]
    state: rules.State
    stale: bool
    failing: bool
    reader: str
    published: bool
    comments: int
    suggestions: int

    @property
    def cursor(self) -> Cursor:
        """Where it stands."""
        return self.seq, self.id


@dataclass(frozen=True, slots=True)
class Page:
    """25 messages or fewer. ``next`` and ``previous`` are cursors for ``after`` and ``before``, None at an end.

    ``counts`` says how many messages each filter finds (of the whole domain, without the search).
    """

    rows: tuple[ListRow, ...]
    next: Cursor | None
    previous: Cursor | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TranslationRow:
    """A translation as it stands; ``rev`` 0 and state ``missing`` when nobody has begun."""

    rev: int
    forms: tuple[str, ...]
    state: rules.State
    based_on: str
    sha: str
    failing: bool
    author_id: int | None
    author: Phrase | None
    updated_at: datetime | None
    published_forms: tuple[str, ...] | None
    published_based_on: str | None
    published_rev: int | None
    reviewed_at: datetime | None
    reviewer: Phrase | None
    reader: str = ""
    """``person`` or ``machine``: who read the text as it stands a second time; empty for nobody."""


@dataclass(frozen=True, slots=True)
class NearbyRow:
    """A neighbour in reading order."""

    id: int
    seq: int
    msgid: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OtherRow:
    """The same message in another language."""

    locale: str
    forms: tuple[str, ...]
    state: rules.State
    stale: bool


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """An open suggestion."""

    id: int
    forms: tuple[str, ...]
    based_on: str
    author_id: int | None
    author: Phrase
    origin: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CommentRow:
    """A comment, or a report that the source is wrong (kind ``source``)."""

    id: int
    locale: str | None
    kind: str
    text: str
    author_id: int | None
    author: Phrase
    at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class EditRow:
    """One entry of the history, the newest first."""

    id: int
    rev: int
    actor: Phrase
    via: str
    old_forms: tuple[str, ...]
    new_forms: tuple[str, ...]
    old_state: str
    new_state: str
    based_on: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HolderRow:
    """Somebody else who has the message open, and how many minutes ago (at least one) they last did anything there."""

    name: Phrase
    minutes: int


@dataclass(frozen=True, slots=True)
class OneMessage:
    """A message with everything around it. ``previous`` is the source the translation was made from, when it is stale.

    ``holders`` are the others who have it open now; ``dismissed`` maps check ids to reasons, for the text as it is.
    """

    id: int
    locale: str
    domain: str
    context: str
    msgid: str
    plural: str | None
    seq: int
    item: str
    kind: str
    group: str | None
    critical: bool
    max_length: int | None
    notes: str
    place: str
    removed_at: datetime | None
    translation: TranslationRow
    previous: str | None
    draft: tuple[str, ...] | None
    nearby: tuple[NearbyRow, ...]
    others: tuple[OtherRow, ...]
    suggestions: tuple[SuggestionRow, ...]
    open_comments: int
    comments: tuple[CommentRow, ...]
    dismissed: Mapping[str, str]
    history: tuple[EditRow, ...]
    holders: tuple[HolderRow, ...]


@dataclass(frozen=True, slots=True)
class Did:
    """Something somebody did lately."""

    edit_id: int
    message_id: int
    domain: str
    locale: str
    context: str
    actor: Phrase
    via: str
    new_state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Spot:
    """As much of a message as saving it needs."""

    id: int
    seq: int
    plural: str | None

    @property
    def cursor(self) -> Cursor:
        """Where it stands."""
        return self.seq, self.id


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """A message with its text in one language, as files need it."""

    id: int
    key: str
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
    state: rules.State
    based_on: str
    failing: bool
    reader: str
    """``person`` or ``machine``: who read the text as it stands a second time; empty for nobody."""
    published: bool


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """A text that learners see."""

    context: str
    msgid: str
    plural: str
    forms: tuple[str, ...]
    based_on: str
    fuzzy: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A source text and its translation, for the memory."""

    message_id: int
    domain: str
    context: str
    kind: str
    source: str
    target: str
