"""Three-way: what people did at home and what they did here both survive, and a confirmation is of what was shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from coplearn.kernel.errors import Conflict
from coplearn.translating.catalogs import sync
from coplearn.translating.editing import message_detail, queries
from coplearn.translating.exchange import export_formats, imports
from coplearn.translating.exchange.export_formats import CatalogSheet
from coplearn.translating.exchange.import_formats import read_upload
from coplearn.translating.exchange.import_rows import FileRow, ParsedFile
from coplearn.translating.exchange.imports import ImportPlan, plan_import, run_import
from coplearn.translating.store import catalog_store, edits, rules
from tests.courses.makecourse import LOCALES
from tests.sizes import examples
from tests.translating.store import AR, DOMAIN, NOW, person, source, sources, stocked, texts_kept


def put(session: Session, number: int, words: str, *, based_on: str | None = None) -> None:
    """Save a text here, as another translator."""
    rev = message_detail.one_message(session, number, "ar", None, NOW).translation.rev
    edits.save(session, rules.SYSTEM, number, AR, [words], rev, NOW, based_on=based_on)


def download(session: Session, domain: str = DOMAIN) -> bytes:
    """The catalog as somebody takes it home."""
    rows = catalog_store.catalog_rows(session, domain, "ar", removed=True)
    return export_formats.po_bytes(
        CatalogSheet(domain, LOCALES.source, AR, rows, catalog_store.last_edit_id(session, domain, "ar"))
    )


def plan(session: Session, raw: bytes, name: str = "a.po") -> ImportPlan:
    """What uploading it would do."""
    return plan_import(session, AR, read_upload(name, raw, AR, DOMAIN))


def outcomes(found: ImportPlan) -> dict[str, str]:
    """The outcome by context."""
    return {line.name: line.outcome for line in found.lines}


def text_of(session: Session, number: int) -> tuple[str, str]:
    """The text and its state here."""
    now = message_detail.one_message(session, number, "ar", None, NOW).translation
    return now.forms[0] if now.forms else "", now.state


def test_a_round_trip_without_changes_does_nothing(session: Session) -> None:
    """Every state comes back unchanged: finished, old, unfinished, missing."""
    numbers = stocked(session, *sources(5))
    put(session, numbers[0], "واحد")
    put(session, numbers[1], "قديم", based_on="Older.")
    edits.save(session, rules.SYSTEM, numbers[2], AR, ["عمل"], 0, NOW, needs_work=True)
    before = download(session)
    assert set(outcomes(plan(session, before)).values()) == {"unchanged"}
    run_import(session, rules.COMMAND_LINE, plan(session, before), NOW)
    assert download(session) == before


def test_each_of_the_ways_of_three(session: Session) -> None:
    """Only theirs changed: taken. Only ours: kept. Both alike: nothing. Both apart: ours stays, theirs is a suggestion."""
    numbers = stocked(session, *sources(5))
    for number in numbers[:4]:
        put(session, number, "أصل")
    file = download(session).decode()
    put(session, numbers[1], "هنا")
    put(session, numbers[2], "كلاهما")
    put(session, numbers[3], "هنا")
    blocks = file.split("\n\n")
    for place, words in ((1, "هناك"), (3, "كلاهما"), (4, "هناك"), (5, "جديد")):
        blocks[place] = (
            blocks[place].replace('msgstr "أصل"', f'msgstr "{words}"').replace('msgstr ""', f'msgstr "{words}"')
        )
    found = plan(session, "\n\n".join(blocks).encode())
    assert list(outcomes(found).values()) == ["applied", "unchanged", "unchanged", "conflict", "applied"]
    ani = person(session, "Ani")
    run_import(session, ani, found, NOW, name="ar.po")
    assert [text_of(session, number)[0] for number in numbers] == ["هناك", "هنا", "كلاهما", "هنا", "جديد"]
    (kept,) = message_detail.one_message(session, numbers[3], "ar", None, NOW).suggestions
    assert (kept.forms, kept.origin, kept.author_id) == (("هناك",), "upload", ani.user_id)
    row = session.execute(text("SELECT kind, locale, note FROM deed")).all()
    assert len(row) == 1 and row[0][0:2] == ("import", "ar")
    assert "2 applied, 0 stale, 1 conflict" in row[0][2]
    vias = session.scalars(text("SELECT DISTINCT via FROM edit WHERE actor_id IS NOT NULL")).all()
    assert vias == ["upload"]


def test_a_text_made_from_an_older_source_is_taken_as_old(session: Session) -> None:
    """The source moved on while the file was out: the work is not lost, and not taken for finished."""
    (number,) = stocked(session, source("p#1", "Ask your child."))
    file = (
        download(session)
        .decode()
        .replace('msgstr ""\n', 'msgstr "اسأل طفلك."\n')
        .replace('msgid ""\nmsgstr "اسأل طفلك."', 'msgid ""\nmsgstr ""')
    )
    sync.sync(session, DOMAIN, [source("p#1", "Ask your child today.")], NOW)
    found = plan(session, file.encode())
    assert outcomes(found) == {"p#1": "stale"}
    run_import(session, rules.COMMAND_LINE, found, NOW)
    one = message_detail.one_message(session, number, "ar", None, NOW)
    assert (one.translation.forms, one.previous) == (("اسأل طفلك.",), "Ask your child.")


def test_work_marked_finished_at_home_is_finished_here(session: Session) -> None:
    """Taking the fuzzy mark off is a change, though no letter is another."""
    (number,) = stocked(session, source("p#1", "Ask."))
    edits.save(session, rules.SYSTEM, number, AR, ["اسأل."], 0, NOW, needs_work=True)
    file = download(session).replace(b"#, fuzzy\n", b"")
    run_import(session, rules.COMMAND_LINE, plan(session, file), NOW)
    assert text_of(session, number) == ("اسأل.", "translated")


def test_a_spreadsheet_leaves_the_state_and_means_the_text(session: Session) -> None:
    """Nobody edits the state column: an old text that was rewritten is finished, one that was not stays old."""
    one, two = stocked(session, source("p#1", "Ask."), source("p#2", "Look."))
    put(session, one, "قديم", based_on="Older.")
    put(session, two, "قديم", based_on="Older.")
    rows = catalog_store.catalog_rows(session, DOMAIN, "ar")
    raw = export_formats.table_bytes(
        CatalogSheet(DOMAIN, LOCALES.source, AR, rows, catalog_store.last_edit_id(session, DOMAIN, "ar"))
    )
    changed = raw.decode("utf-8-sig").replace("قديم", "اسأل.", 1).encode()
    found = plan(session, changed, "a.csv")
    assert outcomes(found) == {"p#1": "applied", "p#2": "unchanged"}
    run_import(session, rules.COMMAND_LINE, found, NOW)
    assert message_detail.one_message(session, one, "ar", None, NOW).previous is None


@pytest.mark.parametrize(
    "words",
    [
        "سل %(name.__class__)s",
        "سل {name.__class__}",
        "<script>alert(1)</script>",
        "<b onclick=x>سل</b>",
        "سل \u202e طفلك %(name)s",
        "سل %(other)s",
        "[سل](javascript:alert(1)) %(name)s",
    ],
)
def test_what_would_break_a_page_is_refused_with_a_reason(session: Session, words: str) -> None:
    """The line and the reason are told, what stood here stays, and the rest of the file is taken."""
    bad, good = stocked(session, source("p#1", "Ask %(name)s."), source("p#2", "Look."))
    put(session, bad, "سل %(name)s.")
    rows = tuple(
        FileRow(line, context, msgid, "", (given,), msgid)
        for line, context, msgid, given in ((5, "p#1", "Ask %(name)s.", words), (9, "p#2", "Look.", "انظر."))
    )
    found = plan_import(session, AR, [ParsedFile(DOMAIN, None, rows, ())])
    assert outcomes(found) == {"p#1": "refused", "p#2": "applied"}
    refused = found.of("refused")[0]
    assert refused.line == 5 and refused.reason is not None
    run_import(session, rules.COMMAND_LINE, found, NOW)
    assert text_of(session, bad) == ("سل %(name)s.", "translated")
    assert text_of(session, good)[0] == "انظر."


def test_somebody_elses_catalog_is_refused_as_a_whole(session: Session) -> None:
    """Not a thousand lines, but one sentence; one strange message among known ones is told alone."""
    stocked(session, source("p#1", "Ask."))
    strange = tuple(FileRow(number, f"x#{number}", "?", "", ("y",), "?") for number in range(1, 50))
    assert len(plan_import(session, AR, [ParsedFile(DOMAIN, None, strange, ())]).lines) == 1
    known = FileRow(99, "p#1", "Ask.", "", ("سل.",), "Ask.")
    mixed = plan_import(session, AR, [ParsedFile(DOMAIN, None, (strange[0], known), ())])
    assert [line.outcome for line in mixed.lines] == ["refused", "applied"]


def test_an_empty_text_takes_none_away(session: Session) -> None:
    """A tool that writes out nothing does not delete what is here."""
    (number,) = stocked(session, source("p#1", "Ask."))
    put(session, number, "سل.")
    file = download(session).replace("سل.".encode(), b"")
    assert outcomes(plan(session, file)) == {"p#1": "unchanged"}


def test_a_plan_that_is_no_longer_true_writes_nothing(session: Session) -> None:
    """Somebody saves between the report and the confirmation: the whole import waits for another look."""
    numbers = stocked(session, *sources(3))
    rows = tuple(
        FileRow(n, f"page-0#b{n}", f"Sentence {n} of the page.", "", (f"نص {n}",), f"Sentence {n} of the page.")
        for n in range(3)
    )
    parsed = ParsedFile(DOMAIN, None, rows, ())
    found = plan_import(session, AR, [parsed])
    session.commit()
    put(session, numbers[2], "أولاً")
    session.commit()
    assert plan_import(session, AR, [parsed]).digest != found.digest
    with pytest.raises(Conflict):
        run_import(session, rules.COMMAND_LINE, found, NOW)
    session.rollback()
    assert [text_of(session, number)[0] for number in numbers] == ["", "", "أولاً"]


def test_a_base_from_another_site_is_not_believed(session: Session) -> None:
    """A number higher than any edit here says nothing: then the last export counts, and ours is safe."""
    (number,) = stocked(session, source("p#1", "Ask."))
    put(session, number, "هنا")
    row = FileRow(1, "p#1", "Ask.", "", ("هناك",), "Ask.")
    assert outcomes(plan_import(session, AR, [ParsedFile(DOMAIN, 999_999, (row,), ())])) == {"p#1": "conflict"}


WORDS = st.sampled_from(["", "ا", "ب", "ج"])


@examples(10, 40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=6))
def test_no_text_is_ever_lost(session: Session, triples: list[tuple[str, str, str]]) -> None:
    """Whatever stood at the base, was saved here and was typed at home: each is there or in the log afterwards."""
    session.execute(text("DELETE FROM message"))
    session.execute(text("DELETE FROM catalog_version"))
    numbers = stocked(session, *sources(len(triples)))
    for number, (base, _, _) in zip(numbers, triples, strict=True):
        if base:
            put(session, number, base)
    base_id = catalog_store.last_edit_id(session, DOMAIN, "ar")
    for number, (base, here, _) in zip(numbers, triples, strict=True):
        if here not in ("", base):
            put(session, number, here)
    rows = tuple(
        FileRow(
            place, f"page-0#b{place}", f"Sentence {place} of the page.", "", (home,), f"Sentence {place} of the page."
        )
        for place, (_, _, home) in enumerate(triples)
    )
    found = plan_import(session, AR, [ParsedFile(DOMAIN, base_id, rows, ())])
    run_import(session, rules.COMMAND_LINE, found, NOW)
    assert {words for triple in triples for words in triple if words} <= texts_kept(session)
    for number, (base, here, home) in zip(numbers, triples, strict=True):
        if here not in ("", base):
            assert text_of(session, number)[0] == here
        elif home:
            assert text_of(session, number)[0] == home
    again = plan_import(session, AR, [ParsedFile(DOMAIN, base_id, rows, ())])
    assert not again.of("applied", "stale")


def test_a_large_plan_needs_few_statements(session: Session) -> None:
    """A thousand rows are planned in three statements and taken in a few."""
    from tests.translating.store import statements

    stocked(session, *sources(1000))
    rows = tuple(
        FileRow(n, f"page-{n // 10}#b{n}", f"Sentence {n} of the page.", "", (f"نص {n}",), f"Sentence {n} of the page.")
        for n in range(1000)
    )
    with statements(session) as planned:
        found = plan_import(session, AR, [ParsedFile(DOMAIN, None, rows, ())])
    assert found.counts["applied"] == 1000 and len(planned) <= 4
    with statements(session) as done:
        run_import(session, rules.COMMAND_LINE, found, NOW)
    assert len(done) <= 12
    assert queries.message_list(session, DOMAIN, "ar").counts["missing"] == 0
    assert replace(found, lines=()).digest != imports.ImportPlan(AR, found.lines).digest
