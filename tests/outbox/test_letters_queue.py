"""Letters wait with their cause, leave once, are tried again and are forgotten."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.kernel.errors import Conflict, NotFound
from coplearn.outbox import service
from coplearn.outbox.models import Letter
from coplearn.outbox.queries import counts_of, letters_of
from coplearn.outbox.rules import CLAIM_FOR, PAUSES, LetterState, SendFault, next_try
from coplearn.outbox.sending import send_due
from coplearn.storage.database import current_session
from tests.accounts.persona import mails
from tests.outbox.posting import mail_server, queue_note, with_notes

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MakeSite = Callable[..., Flask]


def _one(session: Session, key: str) -> Letter:
    session.expire_all()
    return session.scalars(select(Letter).where(Letter.key == key)).one()


def test_letter_with_the_same_key_is_written_once_by_twenty_at_once(post_app: Flask) -> None:
    """Whoever comes second is told so, and nothing fails."""
    with ThreadPoolExecutor(20) as pool:
        queued = list(pool.map(lambda _: queue_note(post_app, "the-same"), range(20)))
    assert len([one for one in queued if one is not None]) == 1
    with post_app.app_context():
        assert counts_of(current_session(post_app)) == {"waiting": 1}


def test_letters_leave_once_with_twenty_senders_at_once(make_app: MakeSite, migrated_url: str) -> None:
    """Twenty senders share forty letters, and nobody gets one twice."""
    with mail_server() as server:
        app = with_notes(
            make_app(database_url=migrated_url, mail="smtp", mail_server="127.0.0.1", mail_port=server.port)
        )
        for number in range(40):
            queue_note(app, f"letter-{number}", to=f"p{number}@example.org")
        with ThreadPoolExecutor(20) as pool:
            sent = sum(pool.map(lambda _: send_due(app), range(20)))
    assert sent == 40
    assert sorted(str(one["To"]) for one in server.taken) == sorted(f"p{number}@example.org" for number in range(40))


def test_nobody_waits_to_write_while_a_mail_server_is_slow(make_app: MakeSite, migrated_url: str) -> None:
    """A server that has the letter and does not say so holds the sender, and no lock of the database."""
    with mail_server(slow=30) as server, ThreadPoolExecutor(1) as pool:
        app = with_notes(
            make_app(database_url=migrated_url, mail="smtp", mail_server="127.0.0.1", mail_port=server.port)
        )
        queue_note(app, "slow")
        sending = pool.submit(send_due, app)
        try:
            server.wait_for(1)
            queue_note(app, "beside it")
            assert not sending.done()
        finally:
            server.pause.set()
        assert sending.result() == 2


def test_letter_goes_with_its_cause(app: Flask) -> None:
    """A letter of a transaction that was rolled back is never sent; one that was committed is, at once where mail is a folder."""
    with_notes(app)
    queue_note(app, "not-meant", commit=False)
    assert mails(app) == []
    queue_note(app, "meant")
    assert [mail["To"] for mail in mails(app)] == ["ana@example.org"]


def test_letter_for_later_waits(post: Session, post_app: Flask) -> None:
    """Before its time it is nobody's."""
    queue_note(post_app, "later", now=NOW, not_before=NOW + timedelta(days=1))
    assert service.claim_due(post, NOW + timedelta(hours=23), 5) == []
    assert [one.key for one in service.claim_due(post, NOW + timedelta(days=1), 5)] == ["later"]


def test_pauses_grow_and_then_the_letter_is_given_up(post_app: Flask) -> None:
    """With no mail server a letter is tried six times, after ever longer pauses, and not once more."""
    queue_note(post_app, "unlucky", now=NOW)
    at, waited = NOW, []
    for _ in range(6):
        assert send_due(post_app, clock=lambda: at) == 0  # noqa: B023 - called before it changes
        with post_app.app_context():
            letter = _one(current_session(post_app), "unlucky")
            assert letter.last_error == SendFault.UNREACHABLE
            waited.append(letter.next_try_at - at)
            at = max(at, letter.next_try_at)
    assert waited[:5] == list(PAUSES)
    assert (letter.state, letter.tries) == (LetterState.GIVEN_UP, 6)
    assert send_due(post_app, clock=lambda: at + timedelta(days=30)) == 0


def test_letter_that_the_server_refuses_is_given_up_at_once(make_app: MakeSite) -> None:
    """An address that does not exist is tried once; a busy server is asked again; the next letter goes out all the same."""
    with mail_server() as server:
        app = with_notes(make_app(mail="smtp", mail_server="127.0.0.1", mail_port=server.port))
        server.answers = {"gone@example.org": "550 no such user", "full@example.org": "451 later"}
        for to in ("gone@example.org", "full@example.org", "good@example.org"):
            queue_note(app, to, to=to)
        assert send_due(app) == 1
    with app.app_context():
        session = current_session(app)
        found = {one.key: (one.state, one.last_error) for one in session.scalars(select(Letter))}
    assert found == {
        "gone@example.org": ("given-up", "refused"),
        "full@example.org": ("waiting", "later"),
        "good@example.org": ("sent", ""),
    }


def test_letter_of_a_dead_sender_is_taken_by_another(post: Session, post_app: Flask) -> None:
    """Not before some minutes; and the first sender, should it live after all, changes nothing any more."""
    queue_note(post_app, "orphan", now=NOW)
    (first,) = service.claim_due(post, NOW, 5)
    post.commit()
    assert service.claim_due(post, NOW + CLAIM_FOR / 2, 5) == []
    (second,) = service.claim_due(post, NOW + CLAIM_FOR, 5)
    service.settle(post, first, SendFault.BROKEN, NOW + CLAIM_FOR)
    assert _one(post, "orphan").state == LetterState.SENDING
    service.settle(post, second, None, NOW + CLAIM_FOR)
    assert _one(post, "orphan").state == LetterState.SENT


def test_sender_that_is_told_to_stop_gives_back_what_it_did_not_try(post: Session, post_app: Flask) -> None:
    """It waits as before, with no try counted."""
    queue_note(post_app, "not-tried", now=NOW)
    service.release(post, service.claim_due(post, NOW, 5))
    letter = _one(post, "not-tried")
    assert (letter.state, letter.tries) == (LetterState.WAITING, 0)


def test_letters_are_taken_back_by_scope_or_key(post: Session, post_app: Flask) -> None:
    """Only those that wait, and a sign that searches use for anything stands for itself."""
    queue_note(post_app, "a%:1", scope="cohort:1", now=NOW)
    queue_note(post_app, "ab:2", scope="cohort:2", now=NOW)
    assert service.cancel_letters(post, prefix="a%:") == 1
    assert service.cancel_letters(post, scope="cohort:1") == 0
    assert [one.key for one in service.claim_due(post, NOW, 5)] == ["ab:2"]


def test_letters_are_taken_back_by_whom_they_are_about(post: Session, post_app: Flask) -> None:
    """Those of one person in a scope, and of the kinds that are named."""
    queue_note(post_app, "note:ana:1", scope="cohort:1", now=NOW)
    queue_note(post_app, "note:9:ana", scope="cohort:1", now=NOW)
    queue_note(post_app, "note:ana:2", scope="cohort:2", now=NOW)
    queue_note(post_app, "note:diana:1", scope="cohort:1", now=NOW)
    assert service.cancel_letters(post, scope="cohort:1", about="ana", kinds=("other",)) == 0
    assert service.cancel_letters(post, scope="cohort:1", about="ana", kinds=("note", "other")) == 2
    assert [one.key for one in service.claim_due(post, NOW, 5)] == ["note:ana:2", "note:diana:1"]


def test_letter_that_was_taken_back_may_be_written_anew(post: Session, post_app: Flask) -> None:
    """Once somebody is back, the same cause writes the same letter; one that was sent before is never written twice."""
    for _ in range(2):
        assert queue_note(post_app, "reminder:1", scope="cohort:1", now=NOW) is not None
        assert queue_note(post_app, "reminder:1", scope="cohort:1", now=NOW) is None
        assert service.cancel_letters(post, scope="cohort:1") == 1
        post.commit()
    public_id = queue_note(post_app, "reminder:1", scope="cohort:1", now=NOW)
    (taken,) = service.claim_due(post, NOW, 5)
    service.settle(post, taken, None, NOW)
    service.again(post, str(public_id), NOW)
    assert service.cancel_letters(post, scope="cohort:1") == 1
    post.commit()
    assert queue_note(post_app, "reminder:1", scope="cohort:1", now=NOW) is None
    assert counts_of(post) == {"cancelled": 3}


@pytest.mark.parametrize(
    ("fault", "state"),
    [(None, LetterState.SENT), (SendFault.LATER, LetterState.CANCELLED), (SendFault.REFUSED, LetterState.CANCELLED)],
)
def test_letter_taken_back_on_its_way_is_not_tried_again(
    post: Session, post_app: Flask, fault: SendFault | None, state: LetterState
) -> None:
    """What is on the wire goes out and is told as sent; what fails there waits for no second try, and its key stays."""
    queue_note(post_app, "on-its-way", scope="cohort:1", now=NOW)
    (taken,) = service.claim_due(post, NOW, 5)
    assert service.cancel_letters(post, scope="cohort:1") == 1
    service.settle(post, taken, fault, NOW)
    assert _one(post, "on-its-way").state == state
    assert service.claim_due(post, NOW + timedelta(days=9), 5) == []


def test_letter_taken_back_in_a_stopped_senders_hands_stays_taken_back(post: Session, post_app: Flask) -> None:
    """A sender that gives back what it did not try, and one that died, bring nothing back to life."""
    queue_note(post_app, "not-tried", scope="cohort:1", now=NOW)
    taken = service.claim_due(post, NOW, 5)
    service.cancel_letters(post, scope="cohort:1")
    service.release(post, taken)
    assert _one(post, "not-tried").state == LetterState.CANCELLED
    assert service.claim_due(post, NOW + CLAIM_FOR, 5) == []


def test_letter_is_sent_again_when_somebody_asks(post: Session, post_app: Flask) -> None:
    """One that was given up, not one that is on its way, and not through another scope."""
    public_id = queue_note(post_app, "again", scope="cohort:1", now=NOW)
    assert public_id is not None
    with pytest.raises(Conflict):
        service.again(post, public_id, NOW)
    (taken,) = service.claim_due(post, NOW, 5)
    service.settle(post, taken, SendFault.REFUSED, NOW)
    with pytest.raises(NotFound):
        service.again(post, public_id, NOW, scope="cohort:2")
    service.again(post, public_id, NOW, scope="cohort:1")
    assert [one.key for one in service.claim_due(post, NOW, 5)] == ["again"]


def test_what_a_letter_said_is_forgotten_in_time(post: Session, post_app: Flask) -> None:
    """Old letters lose whom they went to and what they said, keep their key, and cannot be sent again."""
    public_id = queue_note(post_app, "old", now=NOW)
    (taken,) = service.claim_due(post, NOW, 5)
    service.settle(post, taken, None, NOW)
    service.queue_nothing(post, NOW)
    service.forget_old(post, NOW)
    assert _one(post, "old").params["name"] == "Ana"
    service.forget_old(post, NOW + timedelta(seconds=1))
    letter = _one(post, "old")
    assert (letter.to_address, letter.params) == ("", {})
    assert len(post.scalars(select(Letter)).all()) == 1
    post.commit()
    assert queue_note(post_app, "old", now=NOW) is None
    assert public_id is not None
    with pytest.raises(Conflict):
        service.again(post, public_id, NOW)


def test_secret_letter_is_forgotten_when_it_is_sent(post: Session, post_app: Flask) -> None:
    """The link that opens an account is nowhere in the row any more."""
    queue_note(post_app, "secret", kind="account-welcome", params={"text": "https://x/secret"}, now=NOW)
    (taken,) = service.claim_due(post, NOW, 5)
    service.settle(post, taken, None, NOW, secret=True)
    letter = _one(post, "secret")
    assert (letter.to_address, letter.params) == ("", {})


def test_erased_person_gets_no_letter(post: Session, post_app: Flask) -> None:
    """What waited for the address does not go out, and nothing of it is left."""
    queue_note(post_app, "mine", now=NOW)
    queue_note(post_app, "another's", to="eve@example.org", now=NOW)
    service.forget_address(post, "ana@example.org")
    assert [one.key for one in service.claim_due(post, NOW, 5)] == ["another's"]
    assert _one(post, "mine").params == {}


def test_outbox_shows_a_part_of_the_address_and_one_scope(post: Session, post_app: Flask) -> None:
    """Staff of a cohort see its letters alone; an address is not readable in whole."""
    queue_note(post_app, "1", scope="cohort:1", now=NOW)
    queue_note(post_app, "2", scope="cohort:2", now=NOW)
    lines, more = letters_of(post, "cohort:2")
    assert ([line.to for line in lines], more) == (["a…@example.org"], False)
    assert counts_of(post, "cohort:2") == {"waiting": 1}


def test_unknown_kind_or_missing_value_is_refused_when_it_is_queued(post_app: Flask) -> None:
    """A mistake in the code shows at once, not in the night."""
    with pytest.raises(ValueError, match="nobody-knows"):
        queue_note(post_app, "x", kind="nobody-knows")
    with pytest.raises(ValueError, match="lacks at"):
        queue_note(post_app, "x", params={"name": "Ana"})


def test_next_try_of_a_refused_letter_is_never() -> None:
    """Neither is that of the last try."""
    assert next_try(1, SendFault.REFUSED, NOW) is None
    assert next_try(6, SendFault.LATER, NOW) is None
    assert next_try(5, SendFault.LATER, NOW) == NOW + timedelta(hours=12)
