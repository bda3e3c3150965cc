"""Taking a file's texts in: three-way by key against what was downloaded, looked at first, then in one transaction."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from coplearn.i18n.gate import Candidate, refusals
from coplearn.i18n.locales import Locale
from coplearn.kernel.errors import Conflict
from coplearn.kernel.text import N_, Phrase, counted
from coplearn.translating.exchange.import_rows import FileRow, ParsedFile
from coplearn.translating.store import catalog_store, edits, rules
from coplearn.translating.store.history import audit_entry, edit_row
from coplearn.translating.store.models import CatalogVersion, Edit, StoredMessage, Translation
from coplearn.translating.store.rules import Actor, CatalogRow
from coplearn.translating.store.text_checks import judge_group_again

Outcome = Literal["applied", "stale", "conflict", "unchanged", "refused"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("applied", "stale", "conflict", "refused", "unchanged")
_BATCH: Final = 500
_CHANGED_MEANWHILE: Final = N_("The translations changed meanwhile. Look at the report again; nothing was taken in.")


@dataclass(frozen=True, slots=True)
class PlanLine:
    """The decision on one message of the file; ``rev`` is the server's, 0 where nobody has begun."""

    domain: str
    line: int
    name: str
    outcome: Outcome
    reason: Phrase | None = None
    message_id: int = 0
    rev: int = 0
    forms: tuple[str, ...] = ()
    based_on: str = ""
    needs_work: bool = False
    msgid: str = ""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The plan of an import. ``digest`` changes when any part of it does, so that a confirmation is of this plan."""

    locale: Locale
    lines: tuple[PlanLine, ...]
    notes: tuple[Phrase, ...] = ()

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """The number of messages of each outcome."""
        found = Counter(line.outcome for line in self.lines)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @property
    def digest(self) -> str:
        """SHA-256 of all that would be done, and to which revisions."""
        digest = hashlib.sha256(self.locale.code.encode())
        for line in self.lines:
            if line.outcome != "unchanged":
                kept = (
                    line.domain,
                    line.outcome,
                    line.message_id,
                    line.rev,
                    line.forms,
                    line.based_on,
                    line.needs_work,
                )
                digest.update(repr((kept, line.line)).encode("utf-8", "backslashreplace"))
        return digest.hexdigest()

    def of(self, *outcomes: Outcome) -> list[PlanLine]:
        """The lines with those outcomes."""
        return [line for line in self.lines if line.outcome in outcomes]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text as a file shows it: fuzzy when it is old or needs work."""

    forms: tuple[str, ...]
    based_on: str
    fuzzy: bool

    @property
    def is_empty(self) -> bool:
        return not rules.has_text(self.forms)


_NOTHING: Final = _Text((), "", False)


def _shown(forms: Sequence[str], state: str, based_on: str, msgid: str) -> _Text:
    if state == "missing" or not rules.has_text(forms):
        return _NOTHING
    return _Text(tuple(forms), based_on, based_on != msgid or state != "translated")


def plan_import(session: Session, locale: Locale, files: Sequence[ParsedFile]) -> ImportPlan:
    """The plan of taking those files in; writes nothing. Three statements a file.

    Unchanged since the file was downloaded (its ``base``; without one, since the last export): the file's text is taken;
    changed here as well: a conflict; made from an older source: taken, as old; unknown or kept back by a check: refused.
    """
    lines: list[PlanLine] = []
    for parsed in files:
        lines += [PlanLine(parsed.domain, one.line, one.context, "refused", one.reason) for one in parsed.faults]
        if parsed.rows:
            lines += _planned(session, locale, parsed)
    notes = [note for parsed in files for note in parsed.notes]
    work = sum(line.needs_work and line.outcome == "applied" for line in lines)
    if work:
        notes.append(_unfinished(work))
    return ImportPlan(locale, tuple(lines), tuple(notes))


def _unfinished(number: int) -> Phrase:
    return counted(
        "Look twice: %(num)s text is marked in the file as unfinished and would become work to do here.",
        "Look twice: %(num)s texts are marked in the file as unfinished and would become work to do here.",
        number,
    )


def _planned(session: Session, locale: Locale, parsed: ParsedFile) -> Iterator[PlanLine]:
    known = {row.key: row for row in catalog_store.catalog_rows(session, parsed.domain, locale.code, removed=True)}
    keys = [one.key or rules.key_of(parsed.domain, one.context, one.text) for one in parsed.rows]
    if not any(key in known for key in keys):
        reason = Phrase(N_("None of its messages is of this course or of the site. Is it the right file?"))
        yield PlanLine(parsed.domain, 0, "", "refused", reason)
        return
    base = catalog_store.texts_at(session, parsed.domain, locale.code, _base_of(session, parsed, locale))
    lines: list[PlanLine] = []
    for key, one in zip(keys, parsed.rows, strict=True):
        row = known.get(key)
        if row is None:
            name = one.context or one.text
            told = Phrase(N_("The source has no such message."))
            lines.append(PlanLine(parsed.domain, one.line, name, "refused", told))
        else:
            lines.append(_judged(locale, parsed.domain, one, row, base.get(row.id)))
    yield from _gated_lines(session, locale, lines, {row.id: row for row in known.values()})


def _gated_lines(
    session: Session, locale: Locale, lines: Sequence[PlanLine], known: Mapping[int, CatalogRow]
) -> Iterator[PlanLine]:
    """The lines; refused are those whose text the gate would keep back, alone or beside the rest of its question."""
    glossary = catalog_store.glossary_of(session, locale.code)

    def judged(row: CatalogRow, based_on: str, forms: tuple[str, ...]) -> Candidate:
        subject = rules.subject_of(row, locale.code, forms, based_on, locale.nplurals, glossary=glossary)
        return Candidate(subject, row.group)

    new = {line.message_id: line for line in lines if line.message_id}
    groups = {known[number].group for number in new} - {None}
    texts = {
        str(row.id): judged(row, row.based_on, row.forms)
        for row in known.values()
        if row.group in groups and not row.removed and row.id not in new and rules.has_text(row.forms)
    }
    texts |= {str(number): judged(known[number], line.based_on, line.forms) for number, line in new.items()}
    refused = refusals(texts)
    for line in lines:
        errors = refused.get(str(line.message_id), ()) if line.message_id else ()
        yield line if not errors else PlanLine(line.domain, line.line, line.name, "refused", errors[0].phrase)


def _base_of(session: Session, parsed: ParsedFile, locale: Locale) -> int:
    newest = catalog_store.last_edit_id(session, parsed.domain, locale.code)
    if parsed.base is not None and parsed.base <= newest:
        return parsed.base
    exported = session.scalar(
        select(CatalogVersion.file_edit_id).where(
            CatalogVersion.domain == parsed.domain, CatalogVersion.locale == locale.code
        )
    )
    return exported or 0


def _judged(
    locale: Locale, domain: str, one: FileRow, row: CatalogRow, at_base: tuple[list[str], str, str] | None
) -> PlanLine:
    name = row.context or row.msgid
    forms = tuple(rules.tidy(form) for form in one.forms)
    if not rules.has_text(forms):
        return PlanLine(domain, one.line, name, "unchanged")
    if len(forms) != rules.form_count(locale, row.plural):
        reason = counted(
            "It has %(num)s form where the language needs %(wanted)s.",
            "It has %(num)s forms where the language needs %(wanted)s.",
            len(forms),
            wanted=rules.form_count(locale, row.plural),
        )
        return PlanLine(domain, one.line, name, "refused", reason)
    msgid = rules.tidy(one.text)
    base = _shown(*at_base, msgid) if at_base else _NOTHING
    here = _shown(row.forms, row.state, row.based_on, msgid)
    finished = one.lazy and forms != base.forms
    theirs = _Text(forms, msgid if finished else rules.tidy(one.based_on), one.fuzzy and not finished)
    if theirs in (base, here) or (forms == here.forms and here != base):
        return PlanLine(domain, one.line, name, "unchanged")
    if any(len(form) > rules.MAX_FORM for form in forms):
        return PlanLine(domain, one.line, name, "refused", Phrase(N_("The text is far too long to be kept.")))
    forms = tuple(rules.kept_form(form, domain, locale.code) for form in forms)
    if _Text(forms, theirs.based_on, theirs.fuzzy) == here:
        return PlanLine(domain, one.line, name, "unchanged")
    outcome: Outcome = "applied" if theirs.based_on == row.msgid else "stale"
    told = None
    if here != base and not here.is_empty:
        outcome = "conflict"
        told = Phrase(N_("Somebody changed it here since the file was downloaded. Yours is kept as a suggestion."))
    elif outcome == "stale":
        told = Phrase(N_("The source has changed since. The text is taken, marked as old."))
    needs_work = theirs.fuzzy and theirs.based_on == msgid
    return PlanLine(
        domain, one.line, name, outcome, told, row.id, row.rev, forms, theirs.based_on, needs_work, row.msgid
    )


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The effect of an import; ``entry_id`` is its one entry in the audit log."""

    plan: ImportPlan
    entry_id: int


def run_import(
    session: Session, actor: Actor, plan: ImportPlan, now: datetime, *, via: rules.Via = "upload", name: str = ""
) -> ImportResult:
    """Do what the plan says, all or nothing; commit to make it so. ``name`` is the file's, for the log.

    Raises Conflict when a translation has changed since the plan was made: make another, nothing was written.
    """
    taken = plan.of("applied", "stale")
    for start in range(0, len(taken), _BATCH):
        _take(session, actor, plan.locale, taken[start : start + _BATCH], now, via)
    session.expire_all()
    _judge_questions_again(session, plan.locale, [line.message_id for line in taken])
    for line in plan.of("conflict"):
        edits.suggest(
            session,
            actor,
            line.message_id,
            plan.locale,
            line.forms,
            now,
            note=name[:200],
            origin="upload",
            based_on=line.based_on,
        )
    counted = ", ".join(f"{number} {outcome}" for outcome, number in plan.counts.items())
    domains = ",".join(dict.fromkeys(line.domain for line in plan.lines))[:64]
    note = f"{name[:200]} {plan.digest[:12]}: {counted}"
    entry = audit_entry(actor, "import", now, locale=plan.locale.code, domain=domains, note=note)
    session.add(entry)
    session.flush()
    return ImportResult(plan, entry.id)


def _judge_questions_again(session: Session, locale: Locale, message_ids: Sequence[int]) -> None:
    """The texts of a question that were not in the file may be held back, or no longer, because of one that was."""
    seen: set[tuple[str, str | None]] = set()
    for start in range(0, len(message_ids), _BATCH):
        part = message_ids[start : start + _BATCH]
        rows = session.scalars(
            select(StoredMessage).where(StoredMessage.id.in_(part), StoredMessage.group.is_not(None))
        ).all()
        for message in rows:
            if (message.domain, message.group) not in seen:
                seen.add((message.domain, message.group))
                judge_group_again(session, message, locale)


def _take(
    session: Session, actor: Actor, locale: Locale, lines: Sequence[PlanLine], now: datetime, via: rules.Via
) -> None:
    held = {
        row.message_id: row
        for row in session.execute(
            select(Translation.id, Translation.message_id, Translation.rev, Translation.forms, Translation.state)
            .where(Translation.locale == locale.code, Translation.message_id.in_([line.message_id for line in lines]))
            .with_for_update()
        )
    }
    changed: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    history: list[dict[str, Any]] = []
    for line in lines:
        before = held.get(line.message_id)
        if (before.rev if before else 0) != line.rev:
            raise Conflict(_CHANGED_MEANWHILE)
        values = _values(line, actor, now)
        if before:
            changed.append({"id": before.id, **values})
        else:
            new.append({"message_id": line.message_id, "locale": locale.code, "published_fuzzy": False, **values})
        was = (before.forms, before.state) if before else ((), "missing")
        made = values | {"message_id": line.message_id, "locale": locale.code}
        history.append(edit_row(made, actor, via, now, before=was))
    if changed:
        session.execute(update(Translation), changed)
    if new:
        session.execute(insert(Translation), new)
    session.execute(insert(Edit), history)


def _values(line: PlanLine, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "rev": line.rev + 1,
        "forms": list(line.forms),
        "state": rules.state_of(line.forms, needs_work=line.needs_work, failing=False),
        "based_on": line.based_on,
        "sha": rules.review_sha(line.msgid, line.forms),
        "failing": False,
        "author_id": actor.user_id,
        "updated_at": now,
    }
