"""``coplearn i18n`` for people who work with files: what they are told is so, and nothing is lost on the way."""

from __future__ import annotations

import os
import time
from pathlib import Path

import polib
import pytest
from flask import Flask

from coplearn.authoring.problems import Problems
from coplearn.courses.catalogs import update
from coplearn.i18n.locales import read_locales
from coplearn.server import prepare
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.translating.catalogs import domains
from coplearn.translating.catalogs.typo_fixes import why_not_minor
from coplearn.translating.editing import message_detail, reviews
from coplearn.translating.store import edits
from coplearn.translating.store.rules import SYSTEM
from tests.courses.makecourse import Folder
from tests.translating.homes import run
from tests.translating.store import AR, NOW, message_id_of

TITLE = "course#title"


def translate(app: Flask, context: str, words: str, domain: str = "my-course") -> int:
    """Save a text in the editor; the message's id."""
    with app.app_context():
        domains.open_domain(domain, AR)
        session = current_session(app)
        number = message_id_of(session, domain, context)
        assert number is not None
        rev = message_detail.one_message(session, number, "ar", None, NOW).translation.rev
        edits.save(session, SYSTEM, number, AR, [words], rev, NOW)
        session.commit()
        return number


def catalog(home: Path) -> Path:
    """The course's Arabic catalog."""
    return home / "courses" / "my-course" / "translations" / "ar.po"


def text_in(path: Path, context: str) -> polib.POEntry:
    """The entry of that context."""
    return next(entry for entry in polib.pofile(str(path)) if entry.msgctxt == context)


def test_stats_count_files_where_there_is_no_row(site: Flask, home: Path) -> None:
    """Before anybody opened the editor, the catalogs' files are counted: missing, stale and draft apart."""
    folder = Folder(home / "courses" / "my-course")
    course = folder.course()
    update(course, AR, Problems())
    file = polib.pofile(str(catalog(home)), wrapwidth=0)
    file[0].msgstr, file[1].msgstr = "واحد", "اثنان"
    file[1].flags.append("fuzzy")
    file[1].previous_msgid = "Older."
    file.save()
    found = run(site, "stats", "ar")
    assert found.exit_code == 0, found.output
    line = next(line.split() for line in found.output.splitlines() if line.startswith("ar my-course"))
    assert line[2:6] == [str(len(course.messages) - 2), "1", "1", "0"]
    everything = next(line.split() for line in found.output.splitlines() if line.startswith("ar everything"))
    assert int(everything[2]) == len(course.messages) - 2 + 2


def test_stats_count_the_store_by_kind(site: Flask) -> None:
    """What was saved in the editor counts at once, told apart by what it is."""
    translate(site, TITLE, "عنوان")
    found = run(site, "stats", "ar", "--kinds").output
    title = next(line.split() for line in found.splitlines() if line.startswith("ar   title"))
    assert title[4] == "1"
    assert {"quiz", "alt", "story"} <= {line.split()[1] for line in found.splitlines() if line.startswith("ar   ")}


def test_export_then_import_changes_nothing(site: Flask, home: Path) -> None:
    """The round trip on one machine: the exported file, imported, has nothing to say; exported again it is the same."""
    translate(site, TITLE, "عنوان")
    first = run(site, "export", "ar")
    assert first.exit_code == 0, first.output
    before = catalog(home).read_bytes()
    assert text_in(catalog(home), TITLE).msgstr == "عنوان"
    assert "0 applied, 0 stale, 0 conflict, 0 refused" in run(site, "import", "ar", str(catalog(home)), "--yes").output
    assert "unchanged" in run(site, "export", "ar").output
    assert catalog(home).read_bytes() == before


def test_export_leaves_a_file_with_work_of_its_own(site: Flask, home: Path) -> None:
    """Edited by hand after the last export: it says so and writes nothing, until the file was imported."""
    translate(site, TITLE, "عنوان")
    run(site, "export", "ar")
    path = catalog(home)
    other = next(entry for entry in polib.pofile(str(path)) if entry.msgctxt != TITLE and not entry.msgstr)
    file = polib.pofile(str(path), wrapwidth=0)
    next(entry for entry in file if entry.msgctxt == other.msgctxt).msgstr = "باليد"
    file.save()
    held = path.read_bytes()
    found = run(site, "export", "ar")
    assert found.exit_code == 1 and "unread changes" in found.output
    assert path.read_bytes() == held
    dry = run(site, "import", "ar", str(path))
    assert "1 applied" in dry.output and "Nothing was written" in dry.output
    run(site, "import", "ar", str(path), "--yes")
    assert run(site, "export", "ar").exit_code == 0
    assert text_in(path, other.msgctxt).msgstr == "باليد"


def test_what_was_written_into_a_file_alone_is_told_and_taken_in(site: Flask, home: Path) -> None:
    """Before and after an export: stats names the file and the command, which takes it in unless both sides changed it."""
    assert "--from-files" not in run(site, "stats", "ar").output
    course = Folder(home / "courses" / "my-course").load().course
    assert course is not None and update(course, AR, Problems())
    file = polib.pofile(str(catalog(home)), wrapwidth=0)
    one, two = [
        entry.msgctxt for entry in file if not entry.msgstr and entry.msgctxt != TITLE and len(entry.msgid) < 40
    ][:2]
    translate(site, TITLE, "عنوان")  # the editor takes the catalog over
    for context in (one, two):
        path = catalog(home)
        file = polib.pofile(str(path), wrapwidth=0)
        next(entry for entry in file if entry.msgctxt == context).msgstr = "باليد"
        file.save()
        os.utime(path, (time.time() + 5, time.time() + 5))
        told = run(site, "stats", "ar").output
        assert ": 1 texts are not in the database: coplearn i18n import ar --from-files" in told
        dry = run(site, "import", "ar", "--from-files")
        assert "1 applied, 0 stale, 0 conflict" in dry.output and "Nothing was written" in dry.output
        assert run(site, "import", "ar", "--from-files", "--yes").exit_code == 0
        assert "--from-files" not in run(site, "stats", "ar").output
        assert run(site, "export", "ar").exit_code == 0
        assert text_in(path, context).msgstr == "باليد"
        assert text_in(path, TITLE).msgstr == "عنوان"
    assert run(site, "import", "ar").exit_code == 2


def test_import_tells_line_and_reason(site: Flask, home: Path) -> None:
    """A broken text is refused where it stands; a conflict keeps both."""
    translate(site, TITLE, "عنوان")
    run(site, "export", "ar")
    text = catalog(home).read_text(encoding="utf-8")
    translate(site, TITLE, "هنا")
    catalog(home).write_text(text.replace("عنوان", "هناك"), encoding="utf-8")
    found = run(site, "import", "ar", str(catalog(home)), "--yes")
    assert "conflict: course#title" in found.output and "1 conflict" in found.output
    catalog(home).write_text(text.replace("عنوان", "<b onclick=x>"), encoding="utf-8")
    told = run(site, "import", "ar", str(catalog(home)))
    assert (told.exit_code, "refused: course#title" in told.output) == (1, True)
    catalog(home).write_text("<html>", encoding="utf-8")
    assert ":1: refused" in run(site, "import", "ar", str(catalog(home))).output


def test_reviews_go_out_and_come_back_by_hash(site: Flask, home: Path) -> None:
    """A review is of exactly that text: the file brings it back for it, and for no other."""
    number = translate(site, TITLE, "عنوان")
    with site.app_context():
        session = current_session(site)
        reviews.review(session, SYSTEM, number, AR, 1, NOW)
        session.commit()
    run(site, "export", "ar")
    path = home / "courses" / "my-course" / "translations" / "review.tsv"
    rows = path.read_text(encoding="utf-8").splitlines()
    assert rows[0].split("\t") == ["locale", "ctxt", "sha256", "kind", "name", "date", "method"]
    assert (rows[1].split("\t")[0:2], rows[1].split("\t")[3]) == (["ar", TITLE], "person")
    translate(site, TITLE, "آخر")
    assert "0 second readings" in run(site, "import", "ar", str(path), "--yes").output
    translate(site, TITLE, "عنوان")
    with site.app_context():
        assert (
            message_detail.one_message(current_session(site), number, "ar", None, NOW).translation.reviewed_at
            is not None
        )


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        ("Ask yuor child.", "Ask your child.", False),
        ("Ask your child", "Ask your child.", False),
        ("Wait 2 days.", "Wait 3 days.", True),
        ("Do this.", "Do not do this.", True),
        ("You can tell.", "You can't tell.", True),
        ("See [this](ref:a).", "See [this](ref:b).", True),
        ("Call {{fact:a}}.", "Call {{fact:b}}.", True),
        ("Say **no**thing.", "Say nothing.", True),
    ],
)
def test_minor_knows_what_is_no_typo(old: str, new: str, refused: bool) -> None:
    """A changed number, denial, link, place or mark is never cleared for all languages."""
    assert (why_not_minor(old, new) is not None) is refused


def test_minor_clears_a_typo_in_every_language(site: Flask, home: Path) -> None:
    """In the store and in the files, with a line in the log; the translation is current again."""
    folder = Folder(home / "courses" / "my-course")
    number = translate(site, TITLE, "عنوان")
    run(site, "export", "ar")
    title = text_in(catalog(home), TITLE).msgid
    folder.swap("course.yaml", title, title.replace("e", "ee", 1))
    run(site, "update", "ar", "--home", str(home), "--only", "courses")
    assert text_in(catalog(home), TITLE).fuzzy
    unknown = run(site, "minor", TITLE, "course#gone")
    assert unknown.exit_code == 2 and "the text 'course#gone'" in unknown.output
    assert text_in(catalog(home), TITLE).fuzzy, "nothing is cleared where one of them is a slip of the pen"
    found = run(site, "minor", TITLE)
    assert found.exit_code == 0, found.output
    assert not text_in(catalog(home), TITLE).fuzzy
    with site.app_context():
        one = message_detail.one_message(current_session(site), number, "ar", None, NOW)
    assert one.previous is None
    assert one.history[0].note.startswith("minor")
    assert "No translation" in run(site, "minor", TITLE).output
    folder.swap("course.yaml", title.replace("e", "ee", 1), f"Not {title}")
    refused = run(site, "minor", TITLE)
    assert refused.exit_code == 1 and "denies" in refused.output


def test_add_language_makes_its_row_and_its_catalogs(site: Flask, home: Path) -> None:
    """Whichever way the code is typed it is one language; a second time it is refused, and the registry stays readable."""
    for code in ("xx", "../ka", "zh-Hans", "zh_CN", "en", "en-GB", "tlh"):
        found = run(site, "add-language", code)
        assert found.exit_code == 1, code
    assert "pt-BR" in run(site, "add-language", "xx").output
    assert run(site, "add-language", "KA").exit_code == 0
    for again in ("ka", "ka_GE", "ka-GE", "ka-Geor", "hy", "hy_AM", "hy-Armn"):
        assert "is in the registry already" in run(site, "add-language", again).output
    own = site_of(site).settings.own_translations
    ka = read_locales(home / "translations" / "locales.toml", own).get("ka")
    assert (ka.plural, ka.status, ka.name) == ("nplurals=2; plural=(n != 1);", "preparing", "ქართული")
    file = polib.pofile(str(own.parent / "courses" / "my-course" / "translations" / "ka.po"))
    assert len(file) == len(Folder(home / "courses" / "my-course").course().messages)
    assert (own / "ka" / "LC_MESSAGES" / "messages.po").exists()


def test_reading_of_a_course_that_is_not_there_is_not_recorded(site: Flask, home: Path) -> None:
    """The courses that there are are named."""
    found = run(site, "reviewed", "ar", TITLE, "--by", "person", "--method", "aloud", "--domain", "gone-course")
    assert found.exit_code == 2
    assert "There is no 'gone-course'. Known: interface, my-course." in found.output
    assert list(home.rglob("review.tsv")) == []


def test_export_into_a_place_that_cannot_be_written_says_where_else(site: Flask, home: Path, tmp_path: Path) -> None:
    """A release that is not the site's to write in, say: a sentence and no traceback, and the work comes out elsewhere."""
    translate(site, TITLE, "عنوان")
    (home / "courses" / "my-course" / "translations").write_text("in the way", encoding="utf-8")
    found = run(site, "export", "ar")
    assert found.exit_code == 1 and "--to FOLDER" in found.output
    assert found.exception is None or isinstance(found.exception, SystemExit)
    assert run(site, "export", "ar", "--to", str(tmp_path / "mine")).exit_code == 0
    assert "عنوان" in (tmp_path / "mine" / "my-course" / "ar.po").read_text(encoding="utf-8")


def test_a_site_starts_where_catalogs_cannot_be_compiled(site: Flask, home: Path) -> None:
    """Nothing can be written beside the catalog: it is read as it is."""
    folder = home / "translations" / "fr" / "LC_MESSAGES"
    (folder / "messages.mo").mkdir(parents=True)
    (folder / "messages.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: fr\\n"\n\n'
        'msgid "Skip to the main part"\nmsgstr "Aller au contenu"\n',
        encoding="utf-8",
    )
    prepare(site)
    assert "Aller au contenu" in site.test_client().get("/fr/").text


def test_an_unknown_code_is_told(site: Flask) -> None:
    """Any other spelling is refused with those that there are."""
    assert "Known:" in run(site, "export", "zh-Hans").output
    assert run(site, "stats", "ar-EG").exit_code == 2
