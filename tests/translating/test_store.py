"""Translators' work is safe: nothing is lost, nothing is locked, and everything says who and when; on both engines."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from coplearn.kernel.errors import Conflict, NotFound, Refused
from coplearn.translating.catalogs import publishing, sync
from coplearn.translating.catalogs import queries as catalog_queries
from coplearn.translating.editing import comments, drafts, queries, reviews
from coplearn.translating.store import edits, rules
from coplearn.translating.store.progress import Progress
from tests.translating.store import ANI, AR, BEN, DOMAIN, FR, NOW, look, person, source, sources, stocked


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
