"""Translators' work is safe: nothing is lost, nothing is locked, and everything says who and when; on both engines."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from coplearn.accounts.service import erase_user
from coplearn.i18n import po
from coplearn.kernel.errors import Conflict, NotFound, Refused
from coplearn.storage.database import current_session, engine_of
from coplearn.translating.catalogs import publishing, sync
from coplearn.translating.catalogs import queries as catalog_queries
from coplearn.translating.editing import comments, drafts, message_detail, queries, reviews
from coplearn.translating.editing.message_detail import MessageDetail
from coplearn.translating.store import catalog_store, edits, rules
from coplearn.translating.store.progress import Progress
from tests.translating.store import AR, DOMAIN, FR, NOW, person, source, sources, statements, stocked, texts_kept

ANI = rules.Actor(None, "ani")
BEN = rules.Actor(None, "ben")
HYPOTHESIS = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def look(session: Session, message_id: int, user_id: int | None = None) -> MessageDetail:
    """The message as somebody in the Arabic editor sees it."""
    return message_detail.one_message(session, message_id, "ar", user_id, NOW)


def test_a_save_is_one_edit_and_the_next_revision(session: Session) -> None:
    """The text, its state and the log agree; the same text again changes nothing."""
    (one,) = stocked(session)
    saved = edits.save(session, ANI, one, AR, ["اسألوا طفلكم."], 0, NOW)
    assert (saved.won, saved.changed, saved.rev, saved.state) == (True, True, 1, "translated")
    again = edits.save(session, ANI, one, AR, ["اسألوا طفلكم."], 1, NOW)
    assert (again.won, again.changed, again.rev) == (True, False, 1)
    found = look(session, one)
    assert found.translation.forms == ("اسألوا طفلكم.",)
    assert [edit.new_forms for edit in found.history] == [("اسألوا طفلكم.",)]


def test_a_save_that_comes_too_late_is_kept_as_a_suggestion(session: Session) -> None:
    """The loser sees both texts, theirs stands and yours waits among the suggestions; nobody was locked out."""
    (one,) = stocked(session)
    edits.save(session, ANI, one, AR, ["أولاً"], 0, NOW)
    lost = edits.save(session, BEN, one, AR, ["ثانياً"], 0, NOW)
    assert not lost.won
    assert lost.theirs is not None
    assert (lost.theirs.forms, lost.rev) == (("أولاً",), 1)
    offered = look(session, one).suggestions
    assert [(row.id, row.forms, row.origin) for row in offered] == [(lost.suggestion_id, ("ثانياً",), "conflict")]
    assert edits.save(session, BEN, one, AR, ["ثانياً"], 1, NOW).won


def test_a_text_that_fails_a_check_is_kept_and_not_published(session: Session) -> None:
    """It is saved as work to do with the reason; what learners saw before stays."""
    (one,) = stocked(session, source("page-1#b1", "Call {{fact:helpline}}."))
    good = edits.save(session, ANI, one, AR, ["اتصلوا {{fact:helpline}}."], 0, NOW)
    publishing.publish_message(session, one, AR, good.rev, NOW)
    bad = edits.save(session, ANI, one, AR, ["اتصلوا {{fact:help}}."], 1, NOW)
    assert bad.state == "needs-work"
    assert [finding.severity for finding in bad.findings][:1] == ["E"]
    with pytest.raises(Refused):
        publishing.publish_message(session, one, AR, bad.rev, NOW)
    assert publishing.publish_ready(session, DOMAIN, AR, NOW) == 0
    found = look(session, one).translation
    assert found.failing
    assert found.forms == ("اتصلوا {{fact:help}}.",)
    assert found.published_forms == ("اتصلوا {{fact:helpline}}.",)


def test_a_changed_source_makes_the_translation_stale_and_shows_the_old_one(session: Session) -> None:
    """Stale is neither missing nor done; translating the new source ends it, and a review of the old one has lapsed."""
    (one,) = stocked(session)
    edits.save(session, ANI, one, AR, ["اسألوا طفلكم."], 0, NOW)
    reviews.review(session, BEN, one, AR, 1, NOW)
    assert catalog_queries.overview(session, ["ar"])[0].messages == Progress(0, 0, 0, 1)
    sync.sync(session, DOMAIN, [source("page-1#b1", "Ask your child calmly.")], NOW)
    found = look(session, one)
    assert (found.previous, found.translation.reviewed_at) == ("Ask your child.", None)
    assert catalog_queries.overview(session, ["ar"])[0].messages == Progress(0, 1, 0, 0)
    with pytest.raises(Refused):
        reviews.review(session, BEN, one, AR, 1, NOW)
    with pytest.raises(Refused):
        publishing.publish_message(session, one, AR, 1, NOW)
    edits.save(session, ANI, one, AR, ["اسألوا طفلكم بهدوء."], 1, NOW)
    assert look(session, one).previous is None
    assert catalog_queries.overview(session, ["ar"])[0].messages == Progress(0, 0, 1, 0)


def test_the_same_text_for_a_new_source_is_a_change(session: Session) -> None:
    """Saying "it is still right" is work that counts: the text stays and is no longer stale."""
    (one,) = stocked(session)
    edits.save(session, ANI, one, AR, ["اسألوا."], 0, NOW)
    sync.sync(session, DOMAIN, [source("page-1#b1", "Ask your child!")], NOW)
    assert edits.save(session, ANI, one, AR, ["اسألوا."], 1, NOW).rev == 2
    assert look(session, one).previous is None


def test_a_text_made_from_an_older_source_is_stale_at_once(session: Session) -> None:
    """The source changed while the person typed: the text is kept for what it translates."""
    (one,) = stocked(session, source("page-1#b1", "New."))
    edits.save(session, ANI, one, AR, ["قديم"], 0, NOW, based_on="Old.")
    assert look(session, one).previous == "Old."


def test_a_vanished_message_comes_back_with_everything(session: Session) -> None:
    """Taking a block out and putting it back loses no text and no history; meanwhile nobody has to translate it."""
    (one, _) = stocked(session, source("page-1#b1"), source("page-1#b2"))
    edits.save(session, ANI, one, AR, ["نص"], 0, NOW)
    assert sync.sync(session, DOMAIN, [source("page-1#b2")], NOW) == sync.SyncResult(removed=1)
    assert queries.message_list(session, DOMAIN, "ar").counts["all"] == 1
    assert sync.sync(session, DOMAIN, [source("page-1#b2"), source("page-1#b1")], NOW).returned == 1
    assert look(session, one).translation.forms == ("نص",)
    assert len(look(session, one).history) == 1


@pytest.mark.parametrize("broken", [[], ["a", "b"]])
def test_a_wrong_number_of_forms_is_refused(session: Session, broken: list[str]) -> None:
    """A made-up form of the page cannot store half a message."""
    (one,) = stocked(session)
    with pytest.raises(Refused):
        edits.save(session, ANI, one, AR, broken, 0, NOW)


def test_a_counted_message_is_finished_with_all_its_forms(session: Session) -> None:
    """Arabic has six; five are work to do, and a form may leave its number out."""
    (one,) = stocked(session, source("page-1#b1", "%(num)s lesson", plural="%(num)s lessons"))
    forms = ["لا دروس", "درس واحد", "درسان", "%(num)s دروس", "%(num)s درساً", ""]
    assert edits.save(session, ANI, one, AR, forms, 0, NOW).state == "needs-work"
    assert edits.save(session, ANI, one, AR, [*forms[:5], "%(num)s درس"], 1, NOW).state == "translated"
    assert edits.save(session, ANI, one, AR, [*forms[:5], "%(name)s درس"], 2, NOW).state == "needs-work"


def test_characters_no_database_keeps_do_not_break_a_save(session: Session) -> None:
    """A NUL or half a character is replaced, with the rest of the text kept."""
    (one,) = stocked(session)
    edits.save(session, ANI, one, AR, ["a\0b\ud800c\r\nd"], 0, NOW, note="x\0")
    assert look(session, one).translation.forms == ("a\ufffdb\ufffdc\nd",)


def test_a_revert_is_a_new_edit(session: Session) -> None:
    """Going back adds to the history instead of cutting it, and it may come too late like any save."""
    (one,) = stocked(session)
    edits.save(session, ANI, one, AR, ["أ"], 0, NOW)
    edits.save(session, ANI, one, AR, ["ب"], 1, NOW)
    first = look(session, one).history[-1]
    assert not edits.revert(session, BEN, first.id, AR, 1, NOW).won
    assert edits.revert(session, BEN, first.id, AR, 2, NOW).rev == 3
    assert [edit.new_forms[0] for edit in look(session, one).history] == ["أ", "ب", "أ"]
    with pytest.raises(NotFound):
        edits.revert(session, BEN, first.id, FR, 3, NOW)


def test_a_suggestion_is_accepted_edited_or_rejected_once(session: Session) -> None:
    """Accepting credits its author; editing credits the editor; rejecting needs a reason; deciding twice is refused."""
    (one,) = stocked(session)
    eve, fay = person(session, "eve"), person(session, "fay")
    ids = [edits.suggest(session, eve, one, AR, [words], NOW) for words in ("أ", "ب", "ج")]
    assert edits.suggest(session, fay, one, AR, ["أ"], NOW) == ids[0]
    edits.decide(session, fay, ids[0], "accepted", AR, 0, NOW)
    assert look(session, one).translation.author_id == eve.user_id
    edits.decide(session, fay, ids[1], "edited", AR, 1, NOW, forms=["بب"])
    assert look(session, one).translation.author_id == fay.user_id
    with pytest.raises(Refused):
        edits.decide(session, fay, ids[2], "rejected", AR, 2, NOW)
    edits.decide(session, fay, ids[2], "rejected", AR, 2, NOW, reason="Too formal.")
    assert look(session, one).suggestions == ()
    with pytest.raises(Conflict):
        edits.decide(session, fay, ids[2], "accepted", AR, 2, NOW)


def test_a_decision_that_comes_too_late_keeps_both_texts(session: Session) -> None:
    """Somebody saved meanwhile: the suggestion stays open and the edited text becomes another one."""
    (one,) = stocked(session)
    offered = edits.suggest(session, ANI, one, AR, ["أ"], NOW)
    edits.save(session, BEN, one, AR, ["ب"], 0, NOW)
    late = edits.decide(session, BEN, offered, "edited", AR, 0, NOW, forms=["أأ"])
    assert late is not None
    assert not late.won
    assert {row.forms[0] for row in look(session, one).suggestions} == {"أ", "أأ"}


@pytest.mark.parametrize(("changes", "refused"), [({}, False), ({"critical": True}, True), ({"kind": "quiz"}, True)])
def test_nobody_vouches_for_their_own_critical_text(session: Session, changes: dict[str, Any], refused: bool) -> None:
    """Who wrote a helpline's words or a quiz cannot review them; anybody else can."""
    (one,) = stocked(session, source("page-1#b1", **changes))
    eve, fay = person(session, "eve"), person(session, "fay")
    edits.save(session, eve, one, AR, ["نص"], 0, NOW)
    if refused:
        with pytest.raises(Refused):
            reviews.review(session, eve, one, AR, 1, NOW)
    reviews.review(session, fay if refused else eve, one, AR, 1, NOW)
    assert look(session, one).translation.reviewed_at == NOW


def test_a_review_is_of_one_text_and_comes_back_with_it(session: Session) -> None:
    """It lapses by itself when the text changes, and holds again for exactly the text that was read."""
    (one,) = stocked(session)
    edits.save(session, ANI, one, AR, ["أ"], 0, NOW)
    reviews.review(session, BEN, one, AR, 1, NOW)
    edits.save(session, ANI, one, AR, ["ب"], 1, NOW)
    assert look(session, one).translation.reviewed_at is None
    with pytest.raises(Conflict):
        reviews.review(session, BEN, one, AR, 1, NOW)
    edits.save(session, ANI, one, AR, ["أ"], 2, NOW)
    assert look(session, one).translation.reviewed_at == NOW


def test_a_warning_is_dismissed_with_a_reason_and_an_error_is_not(session: Session) -> None:
    """It speaks up again when the text changes; a check that keeps the page whole is never set aside."""
    (one,) = stocked(session, source("page-1#b1", "Ask about 3 things."))
    edits.save(session, ANI, one, AR, ["اسألوا عن 4 أشياء"], 0, NOW)
    with pytest.raises(Refused):
        reviews.dismiss(session, ANI, one, AR, "numbers", " ", NOW)
    reviews.dismiss(session, ANI, one, AR, "numbers", "It is four here.", NOW)
    assert look(session, one).dismissed == {"numbers": "It is four here."}
    with pytest.raises(NotFound):
        reviews.dismiss(session, ANI, one, AR, "links", "No.", NOW)
    reviews.undismiss(session, one, AR, "numbers", NOW)
    assert look(session, one).dismissed == {}
    bad = edits.save(session, ANI, one, AR, ["3 <script>"], 1, NOW)
    held = next(finding.check for finding in bad.findings if not finding.dismissable)
    with pytest.raises(Refused):
        reviews.dismiss(session, ANI, one, AR, held, "I like it.", NOW)


def test_a_warning_can_be_set_aside_and_an_error_cannot(session: Session) -> None:
    """A reason settles a warning; an error is mended, and until then no text is published."""
    short, long = stocked(session, source("page-1#b1", max_length=5), source("page-1#b2", "Wait 2 days."))
    saved = edits.save(session, ANI, short, AR, ["اسألوا طفلكم."], 0, NOW)
    errors = [finding for finding in saved.findings if finding.severity == "E"]
    with pytest.raises(Refused):
        reviews.dismiss(session, ANI, short, AR, errors[0].check, "There is room for it.", NOW)
    with pytest.raises(Refused):
        publishing.publish_message(session, short, AR, saved.rev, NOW)
    warned = edits.save(session, ANI, long, AR, ["انتظروا  يومين."], 0, NOW)
    check = next(finding.check for finding in warned.findings if finding.severity == "W")
    reviews.dismiss(session, ANI, long, AR, check, "It is meant.", NOW)
    assert check in look(session, long).dismissed
    reviews.undismiss(session, long, AR, check, NOW)
    assert check not in look(session, long).dismissed


def test_comments_and_reports_are_said_and_done_with(session: Session) -> None:
    """A comment is for one language's translators, a report of the source for all."""
    (one,) = stocked(session)
    said = comments.comment(session, ANI, one, AR, "Formal or not?", NOW)
    comments.comment(session, ANI, one, FR, "Tu ou vous ?", NOW)
    told = comments.report_source(session, BEN, one, "A word is missing.", NOW)
    assert [(row.id, row.kind) for row in look(session, one).comments] == [(said, "comment"), (told, "source")]
    assert queries.message_list(session, DOMAIN, "ar", "commented").rows[0].comments == 2
    for number in (said, told):
        comments.resolve_comment(session, ANI, number, NOW)
    assert queries.message_list(session, DOMAIN, "ar", "commented").rows == ()
    with pytest.raises(Refused):
        comments.comment(session, ANI, one, AR, "  ", NOW)


def test_a_draft_is_its_owners_and_goes_with_the_save(session: Session) -> None:
    """What was typed is there again after a closed tab, for nobody else, until it is saved."""
    (one,) = stocked(session)
    eve, fay = person(session, "eve"), person(session, "fay")
    assert eve.user_id is not None
    for words in ("ن", "نص"):
        drafts.keep_draft(session, eve.user_id, one, AR, [words], NOW)
    assert look(session, one, eve.user_id).draft == ("نص",)
    assert look(session, one, fay.user_id).draft is None
    edits.save(session, eve, one, AR, ["نص"], 0, NOW)
    assert look(session, one, eve.user_id).draft is None


def test_an_open_message_is_shown_to_others_and_left_out_of_next(session: Session) -> None:
    """Presence is a hint for five minutes: the next button goes round it, and saving is not hindered."""
    ids = stocked(session, *sources(3))
    eve, fay = person(session, "eve"), person(session, "fay")
    assert eve.user_id is not None
    drafts.take_lock(session, eve.user_id, ids[1], AR, NOW)
    holders = look(session, ids[1], fay.user_id).holders
    assert [(holder.name.params, holder.minutes) for holder in holders] == [({"name": "eve"}, 1)]
    assert look(session, ids[1], eve.user_id).holders == ()
    first = queries.message_list(session, DOMAIN, "ar").rows[0].cursor
    following = queries.next_message(session, DOMAIN, "ar", "all", first, NOW, user_id=fay.user_id)
    assert following == ids[2]
    later = NOW + rules.HOLD
    assert queries.next_message(session, DOMAIN, "ar", "all", first, later, user_id=fay.user_id) == ids[1]
    assert edits.save(session, fay, ids[1], AR, ["نص"], 0, NOW).won


def test_the_list_is_paged_by_key_in_both_directions(session: Session) -> None:
    """Every message once, in reading order, and the same pages on the way back."""
    ids = stocked(session, *sources(60))
    pages = [queries.message_list(session, DOMAIN, "ar")]
    while pages[-1].next is not None:
        pages.append(queries.message_list(session, DOMAIN, "ar", after=pages[-1].next))
    assert [row.id for page in pages for row in page.rows] == ids
    assert [len(page.rows) for page in pages] == [25, 25, 10]
    assert pages[2].previous is not None
    back = queries.message_list(session, DOMAIN, "ar", before=pages[2].previous)
    assert (back.rows, back.next, back.previous) == (pages[1].rows, pages[1].next, pages[1].previous)


def test_each_filter_finds_its_own(session: Session) -> None:
    """What a translator can narrow the list to, and the numbers beside the filters."""
    ids = stocked(session, *sources(9), source("page-9#b9", "Link [a](help:)"))
    eve = person(session, "eve")
    for number in ids[1:7]:
        edits.save(session, eve, number, AR, [f"نص {number}"], 0, NOW)
    edits.save(session, ANI, ids[9], AR, ["بلا رابط"], 0, NOW)
    reviews.review(session, ANI, ids[1], AR, 1, NOW)
    edits.suggest(session, ANI, ids[0], AR, ["اقتراح"], NOW)
    comments.comment(session, ANI, ids[8], None, "?", NOW)
    changed = [source("page-0#b2", "Another."), *[one for one in sources(9) if one.context != "page-0#b2"]]
    sync.sync(session, DOMAIN, [*changed, source("page-9#b9", "Link [a](help:)")], NOW)
    found = {
        name: {row.id for row in queries.message_list(session, DOMAIN, "ar", name, user_id=eve.user_id).rows}
        for name in (*queries.FILTERS, "item:page-9")
    }
    assert found == {
        "all": set(ids),
        "missing": {ids[0], ids[7], ids[8]},
        "stale": {ids[2]},
        "failing": {ids[9]},
        "waiting": set(),
        "unread": set(),
        "unreviewed": {ids[3], ids[4], ids[5], ids[6], ids[9]},
        "commented": {ids[8]},
        "suggested": {ids[0]},
        "mine": set(ids[1:7]),
        "item:page-9": {ids[9]},
    }
    counts = queries.message_list(session, DOMAIN, "ar", "missing", user_id=eve.user_id).counts
    assert counts == {name: len(found[name]) for name in queries.FILTERS}
    assert [row.id for row in queries.message_list(session, DOMAIN, "ar", search="anoth").rows] == [ids[2]]
    with pytest.raises(NotFound):
        queries.message_list(session, DOMAIN, "ar", "everything")


def test_the_overview_counts_messages_words_and_lessons(session: Session) -> None:
    """Amounts numbers that add up, and a lesson is ready when all of it is."""
    ids = stocked(session, *sources(20), source("course#title", "Title", item=""))
    for number in ids[:11]:
        edits.save(session, ANI, number, AR, ["نص"], 0, NOW)
    for number in ids[:4]:
        reviews.review(session, BEN, number, AR, 1, NOW)
    arabic, french = catalog_queries.overview(session, ["ar", "fr"], DOMAIN)
    assert arabic.messages == Progress(missing=10, stale=0, draft=7, reviewed=4)
    assert arabic.words == Progress(missing=46, stale=0, draft=35, reviewed=20)
    assert (arabic.ready, arabic.unpublished, arabic.items, arabic.items_ready) == (11, 11, 2, 1)
    assert publishing.publish_ready(session, DOMAIN, AR, NOW) == 11
    assert catalog_queries.overview(session, ["ar"], DOMAIN)[0].unpublished == 0
    assert (french.messages.missing, french.adopted, arabic.adopted) == (21, False, True)


def test_the_store_answers_in_few_statements_whatever_its_size(session: Session) -> None:
    """A list in at most three, a message in eight, an overview in three, with 2,000 messages and a long history."""
    ids = stocked(session, *sources(2000))
    for number in range(12):
        edits.save(session, ANI, ids[1000], AR, [f"نص {number}"], number, NOW)
        edits.suggest(session, ANI, ids[1000], AR, [f"اقتراح {number}"], NOW)
        comments.comment(session, ANI, ids[1000], AR, "?", NOW)
    session.commit()
    with statements(session) as listed:
        queries.message_list(session, DOMAIN, "ar", "missing")
    with statements(session) as one:
        found = look(session, ids[1000])
    with statements(session) as whole:
        catalog_queries.overview(session, ["ar", "fr", "es"])
    with statements(session) as again:
        sync.sync(session, DOMAIN, sources(2000), NOW)
    assert (len(found.nearby), len(found.history), len(found.suggestions)) == (6, 12, 12)
    counted = [len([line for line in each if "SELECT" in line]) for each in (listed, one, whole, again)]
    assert counted == [2, 8, 3, 1]


CATALOG = """
msgid ""
msgstr "Language: ar"

msgctxt "page-1#b1"
msgid "Ask your child."
msgstr "اسألوا طفلكم."

#, fuzzy
#| msgid "Old."
msgctxt "page-1#b2"
msgid "New."
msgstr "قديم"

#, fuzzy
msgctxt "page-1#b3"
msgid "Unsure."
msgstr "ربما"

#~ msgctxt "page-1#b4"
#~ msgid "Gone."
#~ msgstr "ذهب"
"""


def adopted(session: Session) -> None:
    """The catalog above, in the store."""
    wanted = [source("page-1#b1"), source("page-1#b2", "New."), source("page-1#b3", "Unsure.")]
    file = po.parse_po(CATALOG.encode(), by_context=True).file
    assert file is not None
    sync.sync(session, DOMAIN, wanted, NOW)
    assert sync.adopt(session, DOMAIN, AR, rules.entries_of(file, DOMAIN), NOW)
    assert not sync.adopt(session, DOMAIN, AR, rules.entries_of(file, DOMAIN), NOW)


def test_adopting_a_catalog_changes_nothing_for_learners(session: Session) -> None:
    """What the file showed is published as it was: finished, stale with its old source, unsure with its mark."""
    adopted(session)
    rows = {row.context: row for row in catalog_store.published_rows(session.connection(), DOMAIN, "ar")}
    assert {context: (row.forms[0], row.based_on, row.fuzzy) for context, row in rows.items()} == {
        "page-1#b1": ("اسألوا طفلكم.", "Ask your child.", False),
        "page-1#b2": ("قديم", "Old.", False),
        "page-1#b3": ("ربما", "Unsure.", True),
    }
    standing = catalog_queries.overview(session, ["ar"], DOMAIN)[0]
    assert (standing.messages, standing.ready) == (Progress(0, 1, 2, 0), 1)
    assert catalog_store.last_edit_id(session, DOMAIN, "ar") >= 3
    assert catalog_store.texts_at(session, DOMAIN, "ar", 0) == {}


def test_adopting_keeps_what_only_the_catalog_remembers(session: Session) -> None:
    """A text whose block was taken out long ago comes back when the block does."""
    adopted(session)
    sync.sync(session, DOMAIN, [source("page-1#b4", "Gone.")], NOW)
    (row,) = queries.message_list(session, DOMAIN, "ar").rows
    assert (row.forms, row.state, row.stale) == (("ذهب",), "translated", False)


def test_opening_a_catalog_from_a_reading_page_is_whole(each_app: Flask) -> None:
    """A page that only reads opens a language in a transaction of its own, once."""
    engine = engine_of(each_app)
    read: list[int] = []

    def entries() -> dict[str, rules.FileEntry]:
        read.append(1)
        return {}

    for _ in range(2):
        sync.open_catalog(engine, DOMAIN, sources(3), AR, entries, NOW)
    with each_app.app_context():
        assert queries.message_list(current_session(each_app), DOMAIN, "ar").counts["all"] == 3
    assert read == [1]


def test_erasing_an_account_leaves_the_work_and_no_name(each_app: Flask) -> None:
    """A marker in the account is nowhere in the store afterwards; the log says "a former translator"."""
    with each_app.app_context():
        session = current_session(each_app)
        (one,) = stocked(session, source("page-1#b1"))
        eve = person(session, "xyzzy-marker")
        assert eve.user_id is not None
        edits.suggest(session, eve, one, AR, ["اقتراح"], NOW)
        saved = edits.save(session, eve, one, AR, ["نص"], 0, NOW)
        reviews.review(session, eve, one, AR, saved.rev, NOW)
        comments.comment(session, eve, one, AR, "?", NOW)
        drafts.keep_draft(session, eve.user_id, one, AR, ["xyzzy-marker"], NOW)
        drafts.take_lock(session, eve.user_id, one, AR, NOW)
        session.commit()
        assert look(session, one).history[0].actor.params == {"name": "xyzzy-marker"}
        assert len(queries.export_of(session, eve.user_id)["translations"]) == 1
        erase_user(session, eve.user_id)
        session.commit()
        found = look(session, one)
        former = "a former translator"
        assert found.translation.reviewer is not None
        names = [found.history[0].actor, found.suggestions[0].author, found.comments[0].author]
        assert [name.text for name in [*names, found.translation.reviewer]] == [former] * 4
        assert catalog_queries.recent_edits(session, "ar")[0].actor.text == former
        tables = ("translation", "edit", "suggestion", "comment", "review", "draft", "holding", "dismissal")
        rows = {name: session.execute(text(f'SELECT * FROM "{name}"')).all() for name in tables}
        assert [name for name, each in rows.items() if "xyzzy" in repr(each)] == []
        assert (rows["draft"], rows["holding"]) == ([], [])


SAVES = st.lists(st.tuples(st.booleans(), st.text(max_size=8), st.integers(0, 6), st.booleans()), max_size=10)


@given(saves=SAVES)
@HYPOTHESIS
def test_no_text_is_ever_lost(each_app: Flask, saves: list[tuple[bool, str, int, bool]]) -> None:
    """After any saves by two people from any revision, every text is in the log or among the suggestions."""
    with each_app.app_context():
        session = current_session(each_app)
        context = f"page-1#{len(saves)}"
        (one,) = stocked(session, source(context))
        for by_ani, words, rev, unsure in saves:
            edits.save(session, ANI if by_ani else BEN, one, AR, [words], rev, NOW, needs_work=unsure)
        kept = texts_kept(session)
        lost = [words for _, words, _, _ in saves if words.strip() and rules.tidy(words) not in kept]
        session.rollback()
    assert lost == []


EDITS = st.lists(st.lists(st.tuples(st.integers(0, 4), st.sampled_from("xyz")), max_size=5), max_size=5)


@given(versions=EDITS)
@HYPOTHESIS
def test_syncing_is_by_key_and_twice_is_as_once(each_app: Flask, versions: list[list[tuple[int, str]]]) -> None:
    """Whatever order the source's blocks come, go and change in: one row a key, its translation kept, the last text told."""
    with each_app.app_context():
        session = current_session(each_app)
        work: dict[str, str] = {}
        for version in versions:
            now = [source(f"page#{block}", words) for block, words in dict(version).items()]
            sync.sync(session, DOMAIN, now, NOW)
            assert sync.sync(session, DOMAIN, now, NOW) == sync.SyncResult()
            listed = queries.message_list(session, DOMAIN, "ar").rows
            assert [(row.context, row.msgid) for row in listed] == [(one.context, one.text) for one in now]
            for row in listed:
                assert row.forms == ((work[row.context],) if row.context in work else ())
                if row.context not in work:
                    work[row.context] = f"نص {row.context}"
                    edits.save(session, ANI, row.id, AR, [work[row.context]], 0, NOW)
        session.rollback()


def test_of_simultaneous_saves_exactly_one_wins(each_app: Flask) -> None:
    """Eight people save from one revision at the same moment, three times over: one winner each time, every text found."""
    with each_app.app_context():
        session = current_session(each_app)
        (one,) = stocked(session, source("page-1#b1"))
        session.commit()
    for rev in range(3):
        won: list[edits.SaveResult] = []
        barrier = threading.Barrier(8)

        def work(
            number: int, rev: int = rev, won: list[edits.SaveResult] = won, gate: threading.Barrier = barrier
        ) -> None:
            with each_app.app_context():
                session = current_session(each_app)
                gate.wait()
                won.append(edits.save(session, ANI, one, AR, [f"{rev}-{number}"], rev, NOW))
                session.commit()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(saved.won for saved in won) == [False] * 7 + [True]
        assert {saved.rev for saved in won} == {rev + 1}
    with each_app.app_context():
        kept = texts_kept(current_session(each_app))
    assert kept >= {f"{rev}-{number}" for rev in range(3) for number in range(8)}


def test_a_language_is_adopted_once_by_two_at_a_time(each_app: Flask) -> None:
    """Two processes open the same new language at the same moment: one set of rows, no error."""
    engine = engine_of(each_app)
    entry = rules.FileEntry("page-0#b1", "Sentence 1 of the page.", "", ("نص",), "Sentence 1 of the page.", False)
    entries = {rules.key_of(DOMAIN, entry.context, ""): entry}
    failed: list[BaseException] = []
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        try:
            sync.open_catalog(engine, DOMAIN, sources(5), AR, lambda: entries, NOW)
        except Exception as error:  # told to the test
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with each_app.app_context():
        session = current_session(each_app)
        assert queries.message_list(session, DOMAIN, "ar").counts["all"] == 5
        assert session.execute(text("SELECT count(*) FROM edit")).scalar() == 1
