"""Second readings: what goes live only after one, who may make it, what is recorded of it, and what was live before."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.courses.catalog_layers import CatalogLayers
from coplearn.courses.live_library import LiveLibrary
from coplearn.i18n.gate import UNREAD, Gate
from coplearn.i18n.glossary import Glossaries
from coplearn.i18n.second_readings import SecondReading, keep_readings, read_readings, text_sha
from coplearn.kernel.errors import Refused
from coplearn.settings import Reader, Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of
from coplearn.translating.catalogs import publishing
from coplearn.translating.catalogs.domains import ask_for_readings
from coplearn.translating.catalogs.publishing import PublishedTexts
from coplearn.translating.editing import queries, reviews
from coplearn.translating.store import catalog_store, edits, rules, second_readings
from coplearn.translating.store.catalog_store import READERS_KEY
from coplearn.translating.store.models import Review
from tests.courses.makecourse import HOME, LOCALES, Folder, make_course
from tests.translating.homes import make_home, make_site, run
from tests.translating.store import AR, DOMAIN, FR, NOW, person, source, statements, stocked

SUPPORT = "first-page#bja5ts6"
WORDS = "Si un échange vous laisse inquiet, vous n’êtes pas seul\u00a0: [trouver de l’aide](help:)."


def _record(context: str, text: str, words: str, kind: Reader = "machine", name: str = "") -> SecondReading:
    return SecondReading(
        "fr", context, text_sha(context, text, (words,)), kind, name, "2026-11-29", "beside the source"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A course of its own."""
    (tmp_path / "more").mkdir()
    return make_course(tmp_path / "more")


def _live_library(app: Flask, folder: Folder, *readers: Reader) -> LiveLibrary:
    return LiveLibrary(
        [folder.path.parent],
        frozenset(),
        LOCALES,
        installed=False,
        poll=0,
        published=PublishedTexts(engine_of(app), poll=0),
        layers=CatalogLayers(Gate(Glossaries(HOME)), readers=readers or ("person", "machine")),
    )


def _shown(live_library: LiveLibrary, context: str) -> str:
    return live_library.texts(live_library.current().courses["my-course"], FR).get(context).text


def _file(folder: Folder, words: str) -> str:
    text = next(one.text for one in folder.course().messages if one.context == SUPPORT)
    head = f'msgid ""\nmsgstr "Language: fr\\nPlural-Forms: {FR.plural}\\n"\n\n'
    folder.write("translations/fr.po", f'{head}msgctxt "{SUPPORT}"\nmsgid "{text}"\nmsgstr "{words}"\n')
    return text


def test_the_lessons_support_blocks_quizzes_and_critical_texts_are_of_the_class(folder: Folder) -> None:
    """And nothing else is: titles and prose go live as before."""
    course = folder.course()
    kinds = {
        one.context: rules.needs_second_reader(one.kind, critical=one.critical)
        for one in rules.sources_of_course(course)
    }
    assert kinds == {message.context: message.needs_second_reading for message in course.messages}
    assert kinds[SUPPORT] and kinds["first-check#first-word.stem"] and kinds["first-check#intro"]
    assert not kinds["course#title"] and not kinds["first-check#title"]


@pytest.mark.parametrize("kind", ["quiz", "support", "critical"])
def test_such_a_text_is_published_once_another_has_read_it(session: Session, kind: str) -> None:
    """Neither the writer nor "publish all" brings it to learners; a second person's reading does."""
    wanted = source("page-1#b1", kind="text" if kind == "critical" else kind, critical=kind == "critical")
    (one,) = stocked(session, wanted)
    ani, mira = person(session, "ani"), person(session, "mira")
    saved = edits.save(session, ani, one, AR, ["اسألوا طفلكم."], 0, NOW)
    with pytest.raises(Refused):
        publishing.publish_message(session, one, AR, saved.rev, NOW)
    assert publishing.publish_ready(session, DOMAIN, AR, NOW) == 0
    assert queries.message_list(session, DOMAIN, "ar", "waiting").counts["waiting"] == 1
    with pytest.raises(Refused):
        reviews.review(session, ani, one, AR, saved.rev, NOW)
    reviews.review(session, mira, one, AR, saved.rev, NOW)
    assert publishing.publish_ready(session, DOMAIN, AR, NOW) == 1
    assert queries.message_list(session, DOMAIN, "ar", "waiting").counts["waiting"] == 0


def test_nobody_reads_their_own_text_by_having_another_mark_it(session: Session) -> None:
    """Whoever sets or takes off "needs work", or brings an old text back, has not written it."""
    (one,) = stocked(session, source("page-1#b1", kind="quiz"))
    ani, mira = person(session, "ani"), person(session, "mira")
    edits.save(session, ani, one, AR, ["اسألوا طفلكم."], 0, NOW)
    edits.save(session, mira, one, AR, ["اسألوا طفلكم."], 1, NOW, needs_work=True)
    saved = edits.save(session, mira, one, AR, ["اسألوا طفلكم."], 2, NOW)
    with pytest.raises(Refused):
        reviews.review(session, ani, one, AR, saved.rev, NOW)
    reviews.review(session, mira, one, AR, saved.rev, NOW)


def test_a_site_may_ask_for_persons(session: Session) -> None:
    """A machine's reading counts by default, and not where the setting says person; a person's takes its place."""
    (one,) = stocked(session, source("page-1#b1", kind="quiz"))
    ani, mira = person(session, "ani"), person(session, "mira")
    saved = edits.save(session, ani, one, AR, ["اسألوا."], 0, NOW)
    sha = text_sha("page-1#b1", "Ask your child.", ["اسألوا."])
    record = SecondReading("ar", "page-1#b1", sha, "machine", "", "2026-11-29", "in a separate reading")
    assert second_readings.take_readings(session, DOMAIN, AR, [record], NOW) == 1
    people: tuple[Reader, ...] = ("person",)
    READERS_KEY.put(session.info, people)
    with pytest.raises(Refused):
        publishing.publish_message(session, one, AR, saved.rev, NOW)
    assert catalog_store.amounts(session, DOMAIN, "ar").machine == 1
    READERS_KEY.put(session.info, ("person", "machine"))
    publishing.publish_message(session, one, AR, saved.rev, NOW)
    reviews.review(session, mira, one, AR, saved.rev, NOW)
    found = catalog_store.amounts(session, DOMAIN, "ar")
    assert (found.reviewed, found.machine, found.draft) == (1, 0, 0)


def test_records_of_many_texts_are_taken_in_one_statement(session: Session) -> None:
    """A catalog has thousands; a person's record takes the place of a machine's, and of each text its own is kept."""
    ids = stocked(session, *(source(f"page-1#b{number}") for number in range(3)))
    for number in ids:
        edits.save(session, person(session, f"p{number}"), number, AR, ["اسألوا."], 0, NOW)

    def taken(kind: Reader, name: str) -> tuple[int, int]:
        records = [
            SecondReading(
                "ar", context, text_sha(context, "Ask your child.", ["اسألوا."]), kind, name, "2026-11-29", ""
            )
            for context in ("page-1#b0", "page-1#b1", "page-1#b2")[: 3 if kind == "machine" else 2]
        ]
        with statements(session) as sent:
            count = second_readings.take_readings(session, DOMAIN, AR, records, NOW)
        return count, len(sent)

    assert (taken("machine", ""), taken("person", "Marie Curie"), taken("machine", "")) == ((3, 2), (2, 2), (0, 1))
    kept = session.execute(select(Review.message_id, Review.kind, Review.reviewer).order_by(Review.message_id)).all()
    assert [tuple(row) for row in kept] == [
        (ids[0], "person", "Marie Curie"),
        (ids[1], "person", "Marie Curie"),
        (ids[2], "machine", ""),
    ]


def test_the_setting_takes_two_words() -> None:
    """A third one would quietly ask for nobody."""
    assert Settings(second_reading="person").readers == ("person",)
    with pytest.raises(ValueError, match="COPLEARN_SECOND_READING"):
        _ = Settings(second_reading="native").readers


def test_a_file_shows_such_a_text_once_a_record_says_it_was_read(each_app: Flask, folder: Folder) -> None:
    """From the day that readings are asked for, the text waits; a record brings it, of the accepted kind, for that text alone."""
    text = _file(folder, WORDS)
    live_library, strict = _live_library(each_app, folder), _live_library(each_app, folder, "person")
    assert _shown(live_library, SUPPORT) == WORDS
    with each_app.app_context():
        session = current_session(each_app)
        assert second_readings.carry_over(session, {}, NOW) == 0
        session.commit()
    assert _shown(live_library, SUPPORT) == text
    assert live_library.current().courses["my-course"].catalogs["fr"].held == {SUPPORT: (UNREAD,)}
    path = folder.path / "translations" / "review.tsv"
    keep_readings(path, [_record(SUPPORT, text, "Autre texte")])
    assert _shown(live_library, SUPPORT) == text
    keep_readings(path, [_record(SUPPORT, text, WORDS)])
    assert (_shown(live_library, SUPPORT), _shown(strict, SUPPORT)) == (WORDS, text)
    keep_readings(path, [_record(SUPPORT, text, WORDS, "person", "Marie Curie")])
    assert _shown(strict, SUPPORT) == WORDS


def test_nothing_live_goes_dark_on_the_day_of_the_upgrade(each_app: Flask) -> None:
    """The shipped catalogs show the same words in every live language before and after, and a newer text waits."""
    live_library = site_of(each_app).library
    course = live_library.current().courses["cop-parents"]
    before = {
        code: [live_library.texts(course, LOCALES.get(code)).get(one.context) for one in course.messages]
        for code in course.catalogs
        if LOCALES.get(code).is_live
    }
    with each_app.app_context():
        assert ask_for_readings() is not None
        current_session(each_app).commit()
        assert ask_for_readings() is None
    later = _shelf_of(each_app)
    upgraded = later.current().courses["cop-parents"]
    for code, words in before.items():
        assert [later.texts(upgraded, LOCALES.get(code)).get(one.context) for one in course.messages] == words
        assert not any(UNREAD in checks for checks in (upgraded.catalogs[code].held or {}).values())


def _shelf_of(app: Flask) -> LiveLibrary:
    settings = site_of(app).settings
    return LiveLibrary(
        settings.course_folders,
        frozenset(),
        LOCALES,
        published=PublishedTexts(engine_of(app), poll=0),
        layers=CatalogLayers(Gate(Glossaries(HOME))),
    )


def test_records_are_kept_once_and_bad_lines_vouch_for_nothing(tmp_path: Path) -> None:
    """Adding twice is as once; what somebody broke by hand is left out."""
    path = tmp_path / "review.tsv"
    one, two = _record("a#b", "Ask.", "Demandez."), _record("a#c", "Wait.", "Attendez.", "person", "A\tB")
    assert keep_readings(path, [one, two]) == 2
    assert keep_readings(path, [one]) == 0
    assert {record.name for record in read_readings(path)} == {"", "A B"}
    path.write_text(path.read_text(encoding="utf-8").replace("machine", "native"), encoding="utf-8")
    assert [record.kind for record in read_readings(path)] == ["person"]


def test_the_command_records_what_was_read(tmp_path: Path, settings: Settings) -> None:
    """A text of the file gets its record; a name that is none is told, and a machine has no name."""
    home = make_home(tmp_path)
    folder = Folder(home / "courses" / "my-course")
    text = _file(folder, WORDS)
    site = make_site(settings, home)
    told = run(site, "reviewed", "fr", SUPPORT, "--domain", "my-course", "--by", "machine", "--method", "apart")
    assert told.exit_code == 0, told.output
    (record,) = read_readings(folder.path / "translations" / "review.tsv")
    assert (record.context, record.kind, record.sha) == (SUPPORT, "machine", text_sha(SUPPORT, text, (WORDS,)))
    lost = run(site, "reviewed", "fr", "first-page#none", "--domain", "my-course", "--by", "person", "--method", "x")
    assert lost.exit_code == 1
    named = run(
        site, "reviewed", "fr", SUPPORT, "--domain", "my-course", "--by", "machine", "--name", "Ada", "--method", "x"
    )
    assert named.exit_code == 2
    assert "1       0" in run(site, "stats", "fr").output
