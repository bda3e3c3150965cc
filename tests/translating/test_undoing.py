"""An import taken back: what nobody touched is as before, what somebody changed stays and is named."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from coplearn.kernel.errors import NotFound, Refused
from coplearn.translating.editing import message_detail
from coplearn.translating.exchange import export_formats, undo
from coplearn.translating.exchange.export_formats import CatalogSheet
from coplearn.translating.exchange.import_formats import read_upload
from coplearn.translating.exchange.import_rows import FileRow, ParsedFile
from coplearn.translating.exchange.imports import plan_import, run_import
from coplearn.translating.store import catalog_store, edits, rules
from tests.courses.makecourse import LOCALES
from tests.sizes import examples
from tests.translating.store import AR, DOMAIN, FR, NOW, person, source, stocked
from tests.translating.test_interchange import row

LATER = NOW + timedelta(hours=1)


def held(session: Session, number: int) -> tuple[tuple[str, ...], str, str]:
    """Text, state and what it is based on."""
    now = message_detail.one_message(session, number, "ar", None, NOW).translation
    return tuple(form for form in now.forms if form), now.state, now.based_on if now.state != "missing" else ""


def taken(session: Session, texts: dict[str, str]) -> int:
    """Take in a file with those texts by context; the import's number."""
    rows = tuple(
        FileRow(line, context, "Ask your child.", "", (words,), "Ask your child.", fuzzy=False)
        for line, (context, words) in enumerate(texts.items(), 1)
    )
    plan = plan_import(session, AR, [ParsedFile(DOMAIN, None, rows, ())])
    return run_import(session, person(session, f"up{len(texts)}"), plan, LATER).entry_id


@given(
    before=st.lists(st.sampled_from(["", "أول", "ثان"]), min_size=3, max_size=3),
    file=st.lists(st.sampled_from(["ثالث", "رابع", "أول"]), min_size=3, max_size=3),
    touched=st.sets(st.integers(0, 2)),
)
@examples(8, 12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_nobody_touched_is_as_before(
    session: Session, before: list[str], file: list[str], touched: set[int]
) -> None:
    """Whatever stood here, came in and was changed since: nothing that a person wrote afterwards is lost."""
    savepoint = session.begin_nested()
    numbers = stocked(session, *(source(f"p#b{number}") for number in range(3)))
    for number, words in zip(numbers, before, strict=True):
        if words:
            edits.save(session, rules.SYSTEM, number, AR, [words], 0, NOW)
    was = [held(session, number) for number in numbers]
    batch = taken(session, {f"p#b{number}": words for number, words in enumerate(file)})
    came = [held(session, number) for number in numbers]
    for place in touched:
        rev = message_detail.one_message(session, numbers[place], "ar", None, NOW).translation.rev
        edits.save(session, rules.SYSTEM, numbers[place], AR, ["يد"], rev, LATER + timedelta(hours=1))
    done = undo.undo_import(session, person(session, "undoer"), batch, AR, LATER + timedelta(hours=2))
    changed = {place for place in range(3) if came[place] != was[place]}
    for place, number in enumerate(numbers):
        assert held(session, number) == ((("يد",), "translated", "Ask your child.") if place in touched else was[place])
    assert set(done.kept) == {f"p#b{place}" for place in changed & touched}
    assert done.restored == len(changed - touched)
    savepoint.rollback()


def test_import_is_taken_back_once_and_in_its_own_language(session: Session) -> None:
    """A second press says so; another language or course has no such import."""
    stocked(session, source("p#b0"))
    batch = taken(session, {"p#b0": "نص"})
    assert [one.id for one in undo.imports_of(session, "ar", DOMAIN)] == [batch]
    for locale, domain in ((FR, DOMAIN), (AR, "other-course")):
        with pytest.raises(NotFound):
            undo.undo_import(session, rules.SYSTEM, batch, locale, LATER, domain=domain)
    assert undo.undo_import(session, rules.SYSTEM, batch, AR, LATER, domain=DOMAIN).restored == 1
    assert undo.imports_of(session, "ar", DOMAIN) == []
    with pytest.raises(Refused):
        undo.undo_import(session, rules.SYSTEM, batch, AR, LATER, domain=DOMAIN)


def test_unfinished_texts_are_counted_before_anything_is_taken(session: Session) -> None:
    """A tool that marks everything as fuzzy does not turn finished work into work to do unseen."""
    (number,) = stocked(session, source("p#b0"))
    edits.save(session, rules.SYSTEM, number, AR, ["نص"], 0, NOW)
    row = FileRow(1, "p#b0", "Ask your child.", "", ("نص",), "Ask your child.", fuzzy=True)
    base = catalog_store.last_edit_id(session, DOMAIN, "ar")
    (note,) = plan_import(session, AR, [ParsedFile(DOMAIN, base, (row,), ())]).notes
    assert (note.params["num"], "unfinished" in note.text) == (1, True)


def test_ignored_header_is_told() -> None:
    """Whoever uploads knows by which language and plural forms the file was read."""
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    body = '\nmsgctxt "p#b0"\nmsgid "a"\nmsgstr "ب"\n'
    for more, said in (
        ("", "names no language"),
        ('"Language: ar\\n"\n"Plural-Forms: nplurals=2; plural=n*n;\\n"\n', "plural forms"),
    ):
        (parsed,) = read_upload("a.po", (head + more + body).encode(), AR, DOMAIN)
        assert [said in note.text for note in parsed.notes] == [True]


def test_xliff_says_what_is_finished_and_the_older_version_is_read() -> None:
    """Other tools see finished texts as such, and po2xliff's 1.1 comes in."""
    unit = '<trans-unit id="p#b0"><source>a</source><target>ب</target></trans-unit>'
    head = '<xliff version="1.1" xmlns="urn:oasis:names:tc:xliff:document:1.1"><file target-language="ar"><body>'
    raw = f"{head}{unit}</body></file></xliff>"
    (parsed,) = read_upload("a.xliff", raw.encode(), AR, DOMAIN)
    assert [row.forms for row in parsed.rows] == [("ب",)] and not parsed.faults
    sheet = CatalogSheet(DOMAIN, LOCALES.source, AR, [row("p#b0", forms=("ب",)), row("p#b1")], 7)
    assert export_formats.xliff_bytes(sheet).count(b'approved="yes"') == 1
