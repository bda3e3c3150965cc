"""The editor's page, ready for a template: every state in words, every hidden sign seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for

from coplearn.i18n import formats
from coplearn.i18n.checks.base import Finding
from coplearn.i18n.inline_marks import plain_text
from coplearn.i18n.locales import Locale
from coplearn.kernel.text import N_
from coplearn.translating.catalogs.domains import item_title, source_of, title_of
from coplearn.translating.catalogs.presenters import filled, list_href, message_href
from coplearn.translating.editing import marks
from coplearn.translating.editing.memory import MemoryMatch
from coplearn.translating.editing.message_detail import MessageDetail
from coplearn.translating.editing.queries import ListRow
from coplearn.translating.store import rules
from coplearn.web.render import page_locale, say, say_phrase, translations

FILTERS: Final[Mapping[str, str]] = {
    "all": N_("All"),
    "missing": N_("Missing"),
    "stale": N_("Old"),
    "failing": N_("Kept back"),
    "waiting": N_("Second reading"),
    "unread": N_("Live, not yet read twice"),
    "unreviewed": N_("To review"),
    "commented": N_("Commented"),
    "suggested": N_("Suggested"),
    "mine": N_("Mine"),
}
"""The lists and what their tabs say."""

TABS: Final[Mapping[str, str]] = {
    "nearby": N_("Nearby"),
    "memory": N_("Translated before"),
    "terms": N_("Terms"),
    "others": N_("Other languages"),
    "comments": N_("Comments"),
    "history": N_("History"),
}
"""What stands below the editor, one at a time."""


ORIGINS: Final[Mapping[str, str]] = {
    "person": N_("Suggested"),
    "conflict": N_("Kept from a save that came second"),
    "upload": N_("Kept from an uploaded file"),
    "machine": N_("Suggested by a machine"),
}
_SHORT: Final = 160


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message in the list."""

    href: str
    source: str
    target: str
    context: str
    states: Sequence[StateWords]
    comments: int
    suggestions: int
    critical: bool


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding beside the field (``where`` names one of several). ``fix`` is a text for form ``form`` to be taken as it is."""

    check: str
    severity: str
    words: str
    dismissable: bool
    where: str = ""
    form: int = 0
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """One text field: ``label`` says for which numbers it is, ``text`` is what stands in it."""

    name: str
    label: str
    text: str
    rows: int


Memos = Sequence[MemoryMatch]


@dataclass(frozen=True, slots=True)
class EditorScreen:
    """The editor around one message. ``here`` builds its own address with something more behind it."""

    heading: str
    title: str
    list_href: str
    back_href: str
    on_href: str
    here: Callable[..., str]
    states: Sequence[StateWords]
    boxes: Sequence[Box]
    source: Sequence[Sequence[marks.Piece]]
    source_locale: Locale
    changes: Sequence[marks.Change]
    chips: Sequence[str]
    keys: Sequence[marks.Key]
    findings: Sequence[FindingLine]
    tabs: Sequence[tuple[str, str, bool]]


def short(text: str, most: int = _SHORT) -> str:
    """The beginning of a text on one line, without its marks."""
    flat = " ".join(plain_text(text[: 4 * most]).split())
    if len(flat) <= most:
        return flat
    # Cut between words where there are any; a script without spaces is cut where it stands.
    cut = flat[:most].rpartition(" ")[0]
    return f"{cut if len(cut) > most // 2 else flat[:most]}…"


def line_of(row: ListRow, locale: Locale, domain: str, chosen: str) -> MessageLine:
    """A row of the list; ``chosen`` is the filter, so that "next" stays in it."""
    return MessageLine(
        href=message_href(locale, domain, row.id, filter=chosen),
        source=short(row.msgid),
        target=short(next((form for form in row.forms if form.strip()), "")),
        context=row.context,
        states=state_words(row.state, stale=row.stale, failing=row.failing, reader=row.reader, live=row.published),
        comments=row.comments,
        suggestions=row.suggestions,
        critical=row.critical,
    )


def finding_lines(findings: Sequence[Finding], labels: Sequence[str] = ()) -> list[FindingLine]:
    """The findings in the reader's language, the errors first; ``labels`` are those of a plural message's fields."""
    seen: set[str] = set()
    lines = []
    for found in sorted(findings, key=lambda found: "EWI".find(found.severity)):
        where = labels[found.form] if len(labels) > 1 and found.form < len(labels) else ""
        # A check is set aside as a whole, so only its first line offers that.
        offers = rules.may_dismiss(found) and found.check not in seen
        seen.add(found.check)
        lines.append(
            FindingLine(found.check, found.severity, say_phrase(found.phrase), offers, where, found.form, found.fix)
        )
    return lines


def boxes_of(one: MessageDetail, locale: Locale, forms: Sequence[str]) -> list[Box]:
    """A field for each plural form, or the only one."""
    count = rules.form_count(locale, one.plural or None)
    texts = [*forms, *([""] * count)][:count]
    if not one.plural:
        return [Box("form-0", say(N_("Translation")), texts[0], _rows(one.msgid, texts[0]))]
    examples = marks.plural_examples(locale.plural, locale.nplurals)
    return [
        Box(f"form-{number}", _plural_label(examples[number]), text, _rows(one.msgid, text))
        for number, text in enumerate(texts)
    ]


def _plural_label(numbers: Sequence[int]) -> str:
    if not numbers:
        return say(N_("For no whole number"))
    written = [formats.number(number, page_locale()) for number in numbers]
    if len(numbers) < marks.EXAMPLES:
        return say(N_("For %(numbers)s"), numbers=formats.listing(written, page_locale()))
    return say(N_("For %(numbers)s and so on"), numbers=", ".join(written))


def _rows(source: str, text: str) -> int:
    longest = max(len(source), len(text))
    return min(14, max(2, longest // 55 + 1 + max(source.count("\n"), text.count("\n"))))


def taken_forms(one: MessageDetail, locale: Locale, take: str, memos: Memos) -> tuple[str, ...] | None:
    """The text that the page was asked to put into the field; None for nothing.

    ``source``, ``s<id>`` of an open suggestion, ``m<place>`` of what was translated before, or ``fix.<check>``.
    """
    count = rules.form_count(locale, one.plural or None)
    if take == "source":
        return tuple(one.plural if one.plural and number else one.msgid for number in range(count))
    if take.startswith("fix."):
        return _fixed(one, take.removeprefix("fix."))
    found = next((offer.forms for offer in one.suggestions if take == f"s{offer.id}"), None)
    if found is None:
        found = next(((memo.target,) for place, memo in enumerate(memos) if take == f"m{place}"), None)
    return (*found, *([""] * count))[:count] if found is not None else None


def _fixed(one: MessageDetail, check: str) -> tuple[str, ...] | None:
    """The text with what that check found mended, as the check itself would have it."""
    forms = list(one.translation.forms)
    is_changed = False
    for line in finding_lines(rules.message_findings(rules.subject_of(one, one.locale, forms))):
        if line.check == check and line.fix is not None and line.form < len(forms):
            forms[line.form], is_changed = line.fix, True
    return tuple(forms) if is_changed else None


def editor_screen(
    one: MessageDetail, locale: Locale, forms: Sequence[str], findings: Sequence[Finding], *, chosen: str, tab: str
) -> EditorScreen:
    """Everything about the message that does not depend on who looks."""
    kept = None if chosen == "all" else chosen
    boxes = boxes_of(one, locale, forms)

    def turned(way: str) -> str:
        place: Mapping[str, Any] = {way: f"{one.seq}.{one.id}"}
        return url_for("translating.turn", target=locale.url, domain=one.domain, filter=kept, **place)

    tabs = [
        (
            _tab_words(name, words, one),
            f"{message_href(locale, one.domain, one.id, filter=chosen, tab=name)}#tab",
            name == tab,
        )
        for name, words in TABS.items()
    ]
    return EditorScreen(
        heading=short(one.msgid, 70),
        title=title_of(one.domain),
        list_href=list_href(locale, one.domain, filter=kept),
        back_href=turned("before"),
        on_href=turned("after"),
        here=lambda **more: message_href(locale, one.domain, one.id, filter=chosen, **more),
        states=states_of(one),
        boxes=boxes,
        source=[marks.pieces(text) for text in (one.msgid, one.plural) if text],
        source_locale=source_of(one.domain),
        changes=_changes_of(one),
        chips=marks.placeables(f"{one.msgid}\n{one.plural or ''}"),
        keys=marks.keys_of(locale),
        findings=finding_lines(findings, [box.label for box in boxes]),
        tabs=tabs,
    )


def _changes_of(one: MessageDetail) -> list[marks.Change]:
    """The changes of the source since the text was made, and while a new text waits, since the one that learners see."""
    was = one.translation.published_based_on if one.previous is None else one.previous
    return marks.word_changes(was, one.msgid) if was is not None and was != one.msgid else []


def _tab_words(name: str, words: str, one: MessageDetail) -> str:
    if name == "comments":
        count = one.open_comments
        if count:
            return filled(translations().ngettext("One open comment", "%(num)s open comments", count), count)
    return say(words)


def list_name(domain: str, chosen: str) -> str:
    """The name of the list that somebody goes through."""
    item = rules.item_of_filter(chosen)
    return say(FILTERS.get(chosen, FILTERS["all"])) if item is None else item_title(domain, item)


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state in words: ``kind`` is a badge's (done, again, wrong or note)."""

    text: str
    kind: str


def state_words(
    state: rules.State,
    *,
    stale: bool,
    failing: bool,
    reader: str,
    live: bool,
    older: bool = False,
    shown: bool = True,
) -> list[StateWords]:
    """The state of a text, and whether learners see it, or ``older`` words; ``shown`` False leaves the second out."""
    if state == "missing":
        return [StateWords(say(N_("Missing")), "wrong")]
    if stale:
        first = StateWords(say(N_("Old: the source has changed")), "again")
    elif failing:
        first = StateWords(say(N_("Kept back by a check")), "wrong")
    elif state == "needs-work":
        first = StateWords(say(N_("Needs work")), "again")
    elif reader == "machine":
        first = StateWords(say(N_("Read again by a machine")), "done")
    elif reader:
        first = StateWords(say(N_("Reviewed")), "done")
    else:
        first = StateWords(say(N_("Written, not reviewed")), "note")
    if not shown:
        return [first]
    if live:
        second = StateWords(say(N_("Learners see it")), "done")
    else:
        second = StateWords(say(N_("Learners see an older text")) if older else say(N_("Not published")), "note")
    return [first, second]


def states_of(one: MessageDetail) -> list[StateWords]:
    """The same for the message in the editor."""
    now = one.translation
    live = now.published_rev is not None and now.published_rev == now.rev
    return state_words(
        now.state,
        stale=one.previous is not None,
        failing=now.failing,
        reader=now.reader if one.previous is None else "",
        live=live,
        older=not live and has_published(one),
    )


def has_published(one: MessageDetail) -> bool:
    """Whether learners see some translation of the message, be it an older one."""
    return one.translation.published_rev is not None


@dataclass(frozen=True, slots=True)
class SecondReadingNeed:
    """Whether the text goes live only after a second reading, ``why`` it waits for one, and whether this person may make it."""

    needed: bool
    why: str = ""
    may_approve: bool = False


_WHY: Final[Mapping[str, str]] = {
    "support": N_("It says where help is. Such texts go live once somebody else has read them beside the source."),
    "quiz": N_("It belongs to a quiz. Such texts go live once somebody else has read them beside the source."),
    "": N_(
        "The author marked it as one that must be right. It goes live once somebody else has read it beside the source."
    ),
}

_SEEN: Final = N_("Learners see it since before second readings were asked for.")


def waits_of(one: MessageDetail, readers: Sequence[str], actor: rules.Actor, *, may_review: bool) -> SecondReadingNeed:
    """The second readings of the message, for whoever looks at it."""
    now = one.translation
    if not rules.needs_second_reader(one.kind, critical=one.critical):
        return SecondReadingNeed(False)
    was_read = now.reader in readers and one.previous is None
    if was_read or now.state == "missing":
        return SecondReadingNeed(not was_read)
    reason = _WHY.get(one.kind) or _WHY[""]
    why = say(reason)
    if now.published_rev is not None and now.published_rev == now.rev:
        why = f"{say(_SEEN)} {why}"
    is_whole = now.state == "translated" and not now.failing and one.previous is None
    is_own = now.author_id is not None and now.author_id == actor.user_id
    return SecondReadingNeed(True, why, may_review and is_whole and not is_own)
