"""What is mended without asking: in a catalog that is brought up to date, in what is saved, and in what is uploaded."""

from __future__ import annotations

from pathlib import Path

import polib
from sqlalchemy.orm import Session

from coplearn.i18n import po
from coplearn.i18n.mending import write_mended
from coplearn.i18n.second_readings import SecondReading, keep_readings, read_readings, readings_path, text_sha
from coplearn.translating.catalogs import sync
from coplearn.translating.exchange.import_formats import read_upload
from coplearn.translating.exchange.imports import plan_import, run_import
from coplearn.translating.store import catalog_store, edits, rules
from tests.translating.store import ANI, DOMAIN, NOW, RU, message_id_of, source

TYPED, KEPT = "Риск — это еще не вред", "Риск\u00a0— это еще не вред"


def test_spaces_of_a_catalog_are_mended_and_its_readings_stay(tmp_path: Path) -> None:
    """What was read a second time is read still; a text in which nothing was mended keeps its record as it is."""
    path, other = tmp_path / "ru.po", "Это вред"
    file = polib.POFile()
    for context, text in (("page#a", TYPED), ("page#b", other)):
        file.append(polib.POEntry(msgctxt=context, msgid="A risk is no harm yet", msgstr=text))
    records = [
        SecondReading("ru", context, text_sha(context, "A risk is no harm yet", (text,)), "machine", "", "", "")
        for context, text in (("page#a", TYPED), ("page#b", other))
    ]
    keep_readings(readings_path(path), records)
    assert write_mended(file, path, "ru", "course")
    assert not write_mended(file, path, "ru", "course")
    read = po.read_po(path, by_context=True).file
    assert read is not None
    assert {one.msgctxt: one.msgstr for one in read} == {"page#a": KEPT, "page#b": other}
    assert {one.sha for one in read_readings(readings_path(path))} == {
        text_sha(one.msgctxt, one.msgid, (one.msgstr,)) for one in read
    }


def test_what_is_typed_or_uploaded_is_kept_with_its_spaces(session: Session) -> None:
    """By the editor and by a file alike, on each engine; the file that is sent once more changes nothing."""
    sync.sync(session, DOMAIN, [source("page-1#b1"), source("page-1#b2", "Ask again.")], NOW)
    sync.adopt(session, DOMAIN, RU, {}, NOW)
    one = message_id_of(session, DOMAIN, "page-1#b1")
    assert one is not None
    edits.save(session, ANI, one, RU, [TYPED], 0, NOW)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: ru\\n"\n'
    raw = f'{head}\nmsgctxt "page-1#b2"\nmsgid "Ask again."\nmsgstr "{TYPED}"\n'.encode()
    first = plan_import(session, RU, read_upload("ru.po", raw, RU, DOMAIN))
    run_import(session, rules.COMMAND_LINE, first, NOW)
    rows = catalog_store.catalog_rows(session, DOMAIN, "ru")
    assert [row.forms for row in rows] == [(KEPT,), (KEPT,)]
    again = plan_import(session, RU, read_upload("ru.po", raw, RU, DOMAIN))
    assert [line.outcome for line in again.lines] == ["unchanged"]
