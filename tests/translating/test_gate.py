"""The gate: no text with an error is ever live, whichever way it came; each way against each class of error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polib
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from coplearn.courses.catalog_layers import CatalogLayers
from coplearn.courses.contract import Message
from coplearn.courses.live_library import LiveLibrary
from coplearn.i18n.checks.base import Subject
from coplearn.i18n.gate import Candidate, Gate, refusals
from coplearn.i18n.glossary import Glossaries, Glossary
from coplearn.i18n.live import LiveCatalogs, PublishedEntry
from coplearn.i18n.locales import Locale
from coplearn.kernel.errors import AppError
from coplearn.storage.database import current_session, engine_of
from coplearn.translating.catalogs import publishing, sync
from coplearn.translating.catalogs.domains import CatalogFile
from coplearn.translating.catalogs.publishing import PublishedTexts
from coplearn.translating.editing import machine, reviews
from coplearn.translating.editing.message_detail import one_message
from coplearn.translating.exchange.export_formats import FORMATS, CatalogSheet, zip_bytes
from coplearn.translating.exchange.exports import sheets_of
from coplearn.translating.exchange.import_formats import read_upload
from coplearn.translating.exchange.imports import plan_import, run_import
from coplearn.translating.store import edits, rules
from coplearn.translating.store.models import Translation
from coplearn.translating.store.rules import CatalogRow
from tests.courses.makecourse import HOME, LOCALES, Folder, make_course
from tests.sizes import some_of
from tests.translating.store import FR, NOW, message_id_of, person

Texts = Mapping[str, str]
COURSE = "my-course"
SUPPORT = "first-page#bja5ts6"
FIRST, SECOND = (f"first-check#first-word.opt.{name}" for name in ("order", "question"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A course outside the product's own folder."""
    (tmp_path / "more").mkdir()
    return make_course(tmp_path / "more")


@pytest.fixture
def reader(each_app: Flask, folder: Folder) -> LiveLibrary:
    """The courses as learners see them: looked at anew each time."""
    return LiveLibrary(
        [folder.path.parent],
        frozenset(),
        LOCALES,
        installed=False,
        poll=0,
        published=PublishedTexts(engine_of(each_app), poll=0),
        layers=CatalogLayers(Gate(Glossaries(HOME))),
    )


def shown(live_library: LiveLibrary, context: str) -> str:
    """What a French learner reads there."""
    return live_library.texts(live_library.current().courses[COURSE], FR).get(context).text


def group_of(messages: Sequence[Message], context: str) -> list[str]:
    """Every text of the question that the context belongs to; the context alone outside a quiz."""
    group = next(message.group for message in messages if message.context == context)
    return [message.context for message in messages if message.group == group] if group is not None else [context]


# Each class of error: the texts that shall not be live, and one that shall. All are of the template course.
BAD: dict[str, Texts] = {
    "lost link": {"first-page#b62lt3w": "Vous retrouverez la même question dans l’histoire."},
    "where help is, without the way there": {SUPPORT: "Si vous êtes inquiet, vous n’êtes pas seul."},
    "two equal answers": {FIRST: "Avec une question", SECOND: "avec une question\u00a0!"},
    "an answer of marks": {"first-check#what-helps.opt.wait": "**…**"},
}
PLAIN: Texts = {
    "forbidden term": "La pédopornographie existe.",
    "raw html": "Bonjour <script>alert(1)</script>.",
    "hidden override": "Bonjour \u202etout le monde.",
    "new block": "# Titre\n\nBonjour.",
    "control": "Bonjour \u0007 tout le monde.",
}
GOOD = "Un bon texte."


def table(folder: Folder) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """The texts of each fault by context, and something good for everything else that belongs to it."""
    course = folder.course()
    plain = [
        message.context
        for message in course.messages
        if message.text.isascii()
        and not set(message.text) & set("[]*'&`\"0123456789")
        and message.context.startswith("first-page#b")
        and not message.needs_second_reading
    ]
    assert len(plain) > len(PLAIN), "the template course has other texts now"
    bad = {fault: dict(texts) for fault, texts in BAD.items()}
    bad |= {fault: {context: words} for (fault, words), context in zip(PLAIN.items(), plain, strict=False)}
    named = {context for texts in bad.values() for context in texts}
    grouped = [group_of(course.messages, context) for context in named]
    rest = {one: f"Texte {number}" for group in grouped for number, one in enumerate(group)}
    good = {context: words for context, words in rest.items() if context not in named}
    return bad, good | {plain[len(PLAIN)]: GOOD}


def opened(session: Session, folder: Folder) -> dict[str, int]:
    """The course in the store, opened in French without a catalog; the messages' ids by context."""
    wanted = rules.sources_of_course(folder.course())
    sync.sync(session, COURSE, wanted, NOW)
    sync.adopt(session, COURSE, FR, {}, NOW)
    session.commit()
    return {one.context: message_id_of(session, COURSE, one.context) or 0 for one in wanted}


def pressed_on(session: Session, numbers: list[int]) -> None:
    """Everything a reviewer can do to bring the texts to learners, whatever is refused."""
    reader = person(session, "reader")
    session.commit()
    for number in numbers:
        rev = one_message(session, number, "fr", None, NOW).translation.rev
        for act in (
            lambda number=number, rev=rev: reviews.review(session, reader, number, FR, rev, NOW),
            lambda number=number, rev=rev: publishing.publish_message(session, number, FR, rev, NOW),
        ):
            try:
                act()
                session.commit()
            except AppError:
                session.rollback()
    publishing.publish_ready(session, COURSE, FR, NOW)
    session.commit()


def by_editor(session: Session, folder: Folder, texts: Texts) -> None:
    """Typed, saved, set aside what can be set aside, and published."""
    ids, ani = opened(session, folder), person(session, "ani")
    for context, words in texts.items():
        saved = edits.save(session, ani, ids[context], FR, [words], 0, NOW)
        session.commit()
        for finding in saved.findings:
            try:
                reviews.dismiss(session, ani, ids[context], FR, finding.check, "It is right.", NOW)
                session.commit()
            except AppError:
                session.rollback()
    pressed_on(session, [ids[context] for context in texts])


def by_suggestion(session: Session, folder: Folder, texts: Texts) -> None:
    """Suggested by one, accepted by another."""
    ids, ani, mira = opened(session, folder), person(session, "ani"), person(session, "mira")
    for context, words in texts.items():
        offer = edits.suggest(session, ani, ids[context], FR, [words], NOW)
        edits.decide(session, mira, offer, "accepted", FR, 0, NOW)
    pressed_on(session, [ids[context] for context in texts])


def by_machine(session: Session, folder: Folder, texts: Texts) -> None:
    """Drafted by a machine, accepted by somebody."""
    ids, mira = opened(session, folder), person(session, "mira")
    session.commit()
    for context, words in texts.items():
        try:
            question = machine.question_of(session, ids[context], LOCALES.source, FR)
            offer = machine.offer_answer(session, question, words, NOW)
            edits.decide(session, mira, offer, "accepted", FR, 0, NOW)
            session.commit()
        except AppError:
            session.rollback()
    pressed_on(session, [ids[context] for context in texts])


def by_history(session: Session, folder: Folder, texts: Texts) -> None:
    """Typed, mended, and brought back from the history."""
    ids, ani = opened(session, folder), person(session, "ani")
    for context, words in texts.items():
        edits.save(session, ani, ids[context], FR, [words], 0, NOW)
        bad = one_message(session, ids[context], "fr", None, NOW).history[0]
        edits.save(session, ani, ids[context], FR, ["Autre"], 1, NOW)
        edits.revert(session, ani, bad.id, FR, 2, NOW)
    pressed_on(session, [ids[context] for context in texts])


def _uploaded(kind: str) -> Callable[[Session, Folder, Texts], None]:
    def way(session: Session, folder: Folder, texts: Texts) -> None:
        ids, ani = opened(session, folder), person(session, "ani")
        (sheet,) = sheets_of(session, [CatalogFile(COURSE, LOCALES.source, FR, folder.path / "none.po")])
        rows: list[CatalogRow] = [
            replace(row, forms=(texts[row.context],), state="translated", based_on=row.msgid)
            if row.context in texts
            else row
            for row in sheet.rows
        ]
        filled: CatalogSheet = replace(sheet, rows=rows)
        raw = zip_bytes([filled]) if kind == "zip" else FORMATS[kind][1](filled)
        plan = plan_import(session, FR, read_upload(f"a.{kind}", raw, FR, COURSE))
        run_import(session, ani, plan, NOW)
        session.commit()
        pressed_on(session, [ids[context] for context in texts])

    return way


def _catalog(texts: Texts, folder: Folder) -> str:
    sources = {message.context: message.text for message in folder.course().messages}
    file = polib.POFile(wrapwidth=0)
    file.metadata = {
        "Language": "fr",
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": FR.plural,
    }
    file.extend(polib.POEntry(msgctxt=one, msgid=sources[one], msgstr=words) for one, words in texts.items())
    return str(file)


def by_file(session: Session, folder: Folder, texts: Texts) -> None:
    """Written into the catalog on disk, where nobody has opened the editor."""
    folder.write("translations/fr.po", _catalog(texts, folder))


def by_file_and_editor(session: Session, folder: Folder, texts: Texts) -> None:
    """Written into the catalog on disk, and taken over when the editor is opened."""
    by_file(session, folder, texts)
    wanted = rules.sources_of_course(folder.course())
    entries = rules.entries_of(polib.pofile(str(folder.path / "translations" / "fr.po")), COURSE)
    sync.sync(session, COURSE, wanted, NOW)
    sync.adopt(session, COURSE, FR, entries, NOW)
    session.commit()
    pressed_on(session, [message_id_of(session, COURSE, context) or 0 for context in texts])


def by_old_publication(session: Session, folder: Folder, texts: Texts) -> None:
    """Published by a release that had no gate: the row says that learners see it."""
    ids = opened(session, folder)
    for context, words in texts.items():
        message = one_message(session, ids[context], "fr", None, NOW)
        session.add(
            Translation(
                message_id=ids[context],
                locale="fr",
                rev=1,
                forms=[words],
                state="translated",
                based_on=message.msgid,
                sha=rules.review_sha(message.msgid, [words]),
                failing=False,
                updated_at=NOW,
                published_forms=[words],
                published_based_on=message.msgid,
                published_rev=1,
                published_fuzzy=False,
            )
        )
    session.commit()


WAYS: dict[str, Callable[[Session, Folder, Texts], None]] = {
    "editor": by_editor,
    "suggestion": by_suggestion,
    "machine": by_machine,
    "history": by_history,
    "po": _uploaded("po"),
    "xliff": _uploaded("xliff"),
    "csv": _uploaded("csv"),
    "zip": _uploaded("zip"),
    "file": by_file,
    "file, then editor": by_file_and_editor,
    "published before": by_old_publication,
}


@pytest.mark.parametrize("way", some_of(list(WAYS), 5))
def test_no_text_with_an_error_is_live_by_any_way(
    each_app: Flask, reader: LiveLibrary, folder: Folder, way: str
) -> None:
    """Whatever people press, learners do not read it; and a good text is live by the same presses."""
    bad, good = table(folder)
    texts = {context: words for each in bad.values() for context, words in each.items()} | good
    with each_app.app_context():
        WAYS[way](current_session(each_app), folder, texts)
    live = {
        fault: [context for context, words in each.items() if shown(reader, context) == words]
        for fault, each in bad.items()
    }
    assert live == {fault: [] for fault in bad}
    assert GOOD in {shown(reader, context) for context in good}


def test_what_the_gate_said_is_kept_until_the_glossary_changes(tmp_path: Path) -> None:
    """A start asks no check again; a word that the glossary has learnt since takes the text off the page."""
    home = tmp_path / "home"
    path = home / "translations" / "fr" / "glossary.tsv"
    path.parent.mkdir(parents=True)
    gate = Gate(Glossaries(home), tmp_path / "gate")
    subject = Subject(source="The talk", forms=("La causette",), locale="fr")

    def held() -> Mapping[str, tuple[str, ...]]:
        def find(glossary: Glossary | None) -> dict[str, tuple[str, ...]]:
            return dict.fromkeys(refusals({"a": Candidate(replace(subject, glossary=glossary))}), ("found",))

        return gate.held("course", "fr", "digest", find)

    assert held() == {}
    path.write_text("source\tforms\tnote\tforbidden\ntalk\tconversation\t\tcausette\n", encoding="utf-8")
    assert held() == {"a": ("found",)}
    assert list((tmp_path / "gate").iterdir())
    assert held() == {"a": ("found",)}


@pytest.mark.parametrize("kind", ["po", "mo"])
def test_a_forbidden_term_in_the_interfaces_file_is_not_shown(tmp_path: Path, kind: str) -> None:
    """A catalog on disk, compiled or not, says only what the gate lets through; the rest of it is as it was."""
    folder = tmp_path / "translations" / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    file = polib.POFile()
    file.metadata = {"Language": "fr", "Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": FR.plural}
    file.append(polib.POEntry(msgid="Get help now", msgstr="Pornographie enfantine"))
    file.append(polib.POEntry(msgid="Hello %(name)s", msgstr="Bonjour %(nom)s"))
    file.append(polib.POEntry(msgid="Courses", msgstr="Les cours"))
    file.save(str(folder / "messages.po")) if kind == "po" else file.save_as_mofile(str(folder / "messages.mo"))
    live = LiveCatalogs(tmp_path / "translations", gate=Gate(Glossaries(HOME)), poll=0)
    said = live.translations(FR)
    assert [said.gettext(one) for one in ("Get help now", "Hello %(name)s", "Courses")] == [
        "Get help now",
        "Hello %(name)s",
        "Les cours",
    ]
    assert {name.rpartition("\x04")[2] for name in live.held(FR)} == {"Get help now", "Hello %(name)s"}


class _Published:
    def __init__(self, *entries: PublishedEntry) -> None:
        self._entries = entries

    def version(self, domain: str, locale: str) -> int:
        return 1

    def versions(self) -> dict[tuple[str, str], int]:
        return {("interface", "fr"): 1}

    def entries(self, domain: str, locale: str) -> tuple[PublishedEntry, ...]:
        return self._entries

    def carried(self, domain: str, locale: str) -> None:
        return None


def test_a_published_sentence_with_an_error_shows_its_source(tmp_path: Path) -> None:
    """Not even an older file's text may stand in its place: that was taken back."""
    (tmp_path / "translations").mkdir()
    bad = PublishedEntry("", "Get help now", "", ("Pornographie enfantine",), "Get help now", False)
    good = PublishedEntry("", "Courses", "", ("Les cours",), "Courses", False)
    live = LiveCatalogs(tmp_path / "translations", published=_Published(bad, good), gate=Gate(Glossaries(HOME)), poll=0)
    said = live.translations(FR)
    assert (said.gettext("Get help now"), said.gettext("Courses")) == ("Get help now", "Les cours")


def test_nobody_sets_an_error_aside(session: Session, folder: Folder) -> None:
    """Neither the writer nor a reviewer: an error is mended."""
    ids, ani, mira = opened(session, folder), person(session, "ani"), person(session, "mira")
    number = ids["first-page#b62lt3w"]
    edits.save(session, ani, number, FR, [PLAIN["forbidden term"]], 0, NOW)
    for who in (ani, mira):
        with pytest.raises(AppError):
            reviews.dismiss(session, who, number, FR, "forbidden-term", "It is a title.", NOW)
    assert one_message(session, number, "fr", None, NOW).translation.failing


def test_an_answer_is_free_again_once_the_other_one_differs(session: Session, folder: Folder) -> None:
    """Of two equal answers the later is kept back, and changing the other one frees it without touching it."""
    ids, ani = opened(session, folder), person(session, "ani")
    first = edits.save(session, ani, ids[FIRST], FR, ["Avec douceur"], 0, NOW)
    second = edits.save(session, ani, ids[SECOND], FR, ["avec douceur."], 0, NOW)
    assert "options-same" in {finding.check for finding in second.findings}
    assert one_message(session, ids[SECOND], "fr", None, NOW).translation.failing
    edits.save(session, ani, ids[FIRST], FR, ["Avec une question"], first.rev, NOW)
    freed = one_message(session, ids[SECOND], "fr", None, NOW).translation
    assert (freed.failing, freed.state, freed.rev) == (False, "translated", 1)


def test_locale_of_the_gate_is_the_sites(folder: Folder) -> None:
    """The French glossary judges French alone."""
    words = "pédopornographie"
    judged: dict[str, Candidate] = {}
    for locale in (FR, LOCALES.get("es")):
        assert isinstance(locale, Locale)
        glossary = Glossaries(HOME).of(locale.code)
        subject = Subject(source="Material", forms=(words,), locale=locale.code, glossary=glossary)
        judged[locale.code] = Candidate(subject)
    assert list(refusals(judged)) == ["fr"]
