"""A machine's words are only ever offered, never where they may hurt, and its faults are no fault of the page."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.kernel.errors import Refused
from coplearn.kernel.words import Role
from coplearn.settings import Settings
from coplearn.storage.database import current_session
from coplearn.translating.editing import message_detail
from coplearn.translating.editing.machine import Machine, answer_of, load_machine, offer_answer, question_of
from coplearn.translating.store.models import StoredMessage
from tests.conftest import MakeSite
from tests.courses.makecourse import LOCALES
from tests.translating.editor import COURSE, send, worker
from tests.translating.store import AR, NOW, source, stocked

EN = LOCALES.source


class Parrot:
    """Says what it was given to say."""

    def __init__(self, *answers: str) -> None:
        self.answers = answers
        self.heard: list[tuple[tuple[str, ...], str, str]] = []

    def suggest(self, texts: Sequence[str], source: str, target: str, context: str) -> Sequence[str]:
        """A fixed answer."""
        self.heard.append((tuple(texts), source, target))
        if "raise" in self.answers:
            raise RuntimeError("no network")
        return self.answers


class Mute:
    """Cannot suggest."""


PARROT = Parrot("اسأل طفلك.")
MUTE = Mute()


def ask(session: Session, machine: Machine | None, number: int) -> int:
    """Ask about a message and keep the answer, as the page does."""
    question = question_of(session, number, EN, AR)
    return offer_answer(session, question, answer_of(machine, question), NOW)


def test_what_it_says_is_a_suggestion_and_no_more(session: Session) -> None:
    """The text itself stays missing; the suggestion says where it comes from."""
    (number,) = stocked(session, source("p#1", "Ask your child."))
    parrot = Parrot("اسأل طفلك.")
    ask(session, parrot, number)
    one = message_detail.one_message(session, number, "ar", None, NOW)
    assert one.translation.state == "missing"
    assert [(offer.forms, offer.origin) for offer in one.suggestions] == [(("اسأل طفلك.",), "machine")]
    assert parrot.heard == [(("Ask your child.",), "en", "ar")]


@pytest.mark.parametrize("changes", [{"critical": True}, {"kind": "quiz"}, {"plural": "Ask your children."}])
def test_some_texts_are_for_people_only(session: Session, changes: dict[str, object]) -> None:
    """Critical texts, quizzes and counted messages never leave the site."""
    (number,) = stocked(session, source("p#1", "Ask your child.", **changes))
    parrot = Parrot("اسأل طفلك.")
    with pytest.raises(Refused):
        ask(session, parrot, number)
    assert parrot.heard == []


@pytest.mark.parametrize("answers", [(), ("",), ("raise",), ("a", "b"), ("<script>x</script>",), ("ا" * 5000,)])
def test_a_bad_answer_is_no_suggestion(session: Session, answers: tuple[str, ...]) -> None:
    """None, an empty or endless one, one that a check keeps back, or an error of the provider."""
    (number,) = stocked(session, source("p#1", "Ask your child."))
    with pytest.raises(Refused):
        ask(session, Parrot(*answers), number)
    assert message_detail.one_message(session, number, "ar", None, NOW).suggestions == ()


def test_it_is_off_by_default_and_named_by_a_setting(session: Session) -> None:
    """No name, no machine; a wrong name is told when it is loaded."""
    assert load_machine(Settings().machine_translation) is None
    (number,) = stocked(session, source("p#1", "Ask your child."))
    with pytest.raises(Refused):
        ask(session, None, number)
    found = load_machine(f"{__name__}.PARROT")
    assert isinstance(found, Machine) and found.suggest(["x"], "en", "ar", "") == ("اسأل طفلك.",)
    for wrong in ("nowhere.at_all", f"{__name__}.MUTE", "x"):
        with pytest.raises(ValueError, match="COPLEARN_MACHINE_TRANSLATION"):
            load_machine(wrong)


class Writer:
    """A machine that keeps its own notes in the site's database, and does not wait for them."""

    address = ""

    def suggest(self, texts: Sequence[str], source: str, target: str, context: str) -> Sequence[str]:
        """An answer, once its note was written."""
        with closing(sqlite3.connect(self.address, timeout=0.2, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("CREATE TABLE IF NOT EXISTS notes (text TEXT)")
            connection.execute("COMMIT")
        return ["اسأل طفلك."]


WRITER = Writer()


def test_nothing_is_locked_while_the_machine_thinks(make_app: MakeSite) -> None:
    """A slow answer keeps nobody from saving: another connection can write meanwhile."""
    app = make_app(machine_translation=f"{__name__}.WRITER")
    ani = worker(app, "ani", Role.TRANSLATOR)
    assert ani.get(f"/en/translate/ar/{COURSE}/").status_code == 200
    with app.app_context():
        session = current_session(app)
        WRITER.address = str(session.get_bind().engine.url.database)
        query = select(StoredMessage.id).where(
            StoredMessage.domain == COURSE, StoredMessage.kind == "text", StoredMessage.critical.is_(False)
        )
        number = session.scalars(query.order_by(func.length(StoredMessage.msgid))).first()
        session.rollback()
    place = f"/en/translate/ar/{COURSE}/{number}"
    page = send(ani, f"{place}/machine", place)
    assert "اسأل طفلك." in page
