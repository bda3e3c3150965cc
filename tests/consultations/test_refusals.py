"""Everything that consultations refuse: each with its sentence, and with nothing of it written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from coplearn.consultations.models import AskedOrganisation, Consultation, StatementRemark
from coplearn.consultations.presenters.staff import newest
from coplearn.consultations.queries.asking import AskedVersion
from coplearn.consultations.rules import drafts, words
from coplearn.consultations.rules.groups import HeardNumbers
from coplearn.consultations.rules.words import ConsultationWay
from coplearn.consultations.service import asking as asks
from coplearn.consultations.service import saying, statements
from coplearn.programme.models.organisations import Organisation
from tests.cohorts.worlds import put_user
from tests.consultations.worlds import (
    BODY,
    NOW,
    TODAY,
    put_asked,
    put_consultation,
    put_organisation,
    put_statement,
)
from tests.rows import refusal

DAY = timedelta(days=1)
LATER = NOW + 40 * DAY
PLAN = drafts.ConsultationPlan(1, ConsultationWay.BOTH, TODAY, TODAY + 30 * DAY)
HEARD = HeardNumbers("young-people", "partner", 31, countries=15)
ANSWER = drafts.AnswerDraft("partly", "Because of the principles.", "Wording")
MUCH_TEXT = "\n\n".join("word " * 360 for _ in range(60))


@dataclass(frozen=True, slots=True)
class World:
    """A consultation until the thirtieth day from now, with a remark that is shown and one that waits."""

    session: Session
    user_id: int
    asking: AskedVersion
    asked: AskedOrganisation
    shown: StatementRemark
    waiting: StatementRemark

    @property
    def one(self) -> Consultation:
        """The consultation itself."""
        return self.asking.consultation

    def begin(self, title: str, body: str = BODY) -> object:
        """Begin another statement."""
        draft = drafts.StatementDraft(title, body, "en", "MA")
        return statements.write_statement(self.session, draft, user_id=self.user_id, now=NOW)

    def write(self, title: str, body: str, note: str = "") -> object:
        """Write the next version."""
        draft = drafts.VersionDraft(1, title, body, note)
        return statements.write_version(self.session, self.asking.statement, draft, user_id=self.user_id, now=NOW)

    def translate(self, locale: str, text: str) -> object:
        """Write the title in a language."""
        found = self.asking
        return statements.translate(
            self.session, found.statement, found.version, locale, {"title": text}, user_id=self.user_id, now=NOW
        )

    def agree(self, days: int | None, now_in: int = 0, number: int = 1) -> object:
        """Agree on the text, on a day that is so far from the one on which it is done."""
        now = NOW + now_in * DAY
        on = None if days is None else now.date() + days * DAY
        return statements.agree(self.session, self.asking.statement, number, on, {}, user_id=self.user_id, now=now)

    def plan(self, **changes: object) -> object:
        """Open another consultation."""
        plan = replace(PLAN, **changes)  # type: ignore[arg-type] # each row names real fields
        return asks.open_consultation(self.session, self.asking.statement, plan, user_id=self.user_id, now=NOW)

    def say(self, days: int) -> object:
        """Say something more for the organisation so many days from now."""
        draft = drafts.RemarkDraft("", "And to be heard.", "en")
        return saying.say(self.session, self.asking, self.asked, draft, now=NOW + days * DAY)

    def answer(self, remark: StatementRemark, **changes: str) -> object:
        """Answer a remark."""
        draft = replace(ANSWER, **changes)
        return saying.answer(self.session, self.one, remark, draft, user_id=self.user_id, now=LATER)

    def hear(self, said: str = "They want to be asked.", days: int = 0, **numbers: object) -> object:
        """Write down a group."""
        counts = replace(HEARD, **numbers)  # type: ignore[arg-type] # each row names real fields
        draft = drafts.HeardDraft(counts, said, heard_on=TODAY + days * DAY)
        return saying.hear(self.session, self.one, draft, user_id=self.user_id, now=NOW)


Do = Callable[[World], object]


@pytest.fixture
def world(session: Session) -> World:
    """The consultation."""
    user_id = put_user(session, "lead@example.org")
    asking = put_consultation(session, put_statement(session, user_id), user_id)
    asked = put_asked(session, asking, "Desk", user_id)
    shown, waiting = (
        saying.say(session, asking, by, drafts.RemarkDraft("", "Add play.", "en"), now=NOW) for by in (asked, None)
    )
    return World(session, user_id, asking, asked, shown, waiting)


WRITING: list[tuple[Do, str]] = [
    (lambda world: world.begin(" \n"), "Give the statement a title"),
    (lambda world: world.begin("x" * (words.LONGEST_TITLE + 1)), "characters for the title"),
    (lambda world: world.begin("Another", " \n \u202e "), "Write the text of the statement"),
    (lambda world: world.begin("Another", MUCH_TEXT), "longer than a statement can be"),
    (lambda world: world.write("Another", BODY, "x" * (words.LONGEST_WHY + 1)), "to say what is new"),
    (lambda world: world.write(world.asking.version.title, world.asking.version.body), "Nothing changed since"),
    (lambda world: world.translate("en", "Children"), "is written in this language"),
    (lambda world: world.translate("ar", "x" * (words.LONGEST_BLOCK + 1)), "characters in one paragraph"),
    (lambda world: world.agree(None, 40), "Give the day on which the text was agreed on"),
    (lambda world: world.agree(1, 40), "cannot be in the future"),
    (lambda world: world.agree(0), "not over yet"),
    (lambda world: world.agree(0, 40, number=2), "There is a newer version"),
]
ASKING: list[tuple[Do, str]] = [
    (lambda world: world.plan(way="nobody"), "Choose who may comment"),
    (lambda world: world.plan(number=2), "Choose a version of this statement"),
    (lambda world: world.plan(closes_on=None), "Give the first and the last day"),
    (lambda world: world.plan(closes_on=TODAY - DAY), "before the first"),
    (lambda world: world.plan(closes_on=TODAY + 401 * DAY), "open for at most"),
    (lambda world: world.plan(opens_on=TODAY - 9 * DAY, closes_on=TODAY - DAY), "over already"),
    (lambda world: world.plan(question="x" * (words.LONGEST_REASON + 1)), "for what you ask"),
    (lambda world: asks.move_end(world.one, TODAY + 30 * DAY, LATER), "over already"),
    (lambda world: asks.keep_summary(world.one, "x" * (words.LONGEST_SUMMARY + 1)), "characters for the summary"),
    (lambda world: asks.tell(world.session, world.one, str, LATER), "Write the summary first"),
]
SAYING: list[tuple[Do, str]] = [
    (lambda world: world.say(-2), "not open yet"),
    (lambda world: world.answer(world.shown, outcome="perhaps"), "what becomes of this comment"),
    (lambda world: world.answer(world.shown, reason="x" * (words.LONGEST_REASON + 1)), "characters for the reason"),
    (lambda world: world.answer(world.shown, theme="x" * (words.LONGEST_TITLE + 1)), "characters for the theme"),
    (lambda world: world.answer(world.waiting), "Only comments that are shown"),
    (lambda world: saying.take_back(world.one, world.asked, world.waiting, NOW), "Only whoever made a comment"),
    (lambda world: world.hear(audience="robots"), "Choose who was heard"),
    (lambda world: world.hear(basis="a guess"), "how they were counted"),
    (lambda world: world.hear(qualifier="perhaps"), "how exact the number is"),
    (lambda world: world.hear(countries_qualifier="perhaps"), "how exact the number is"),
    (lambda world: world.hear(countries=0), "Write the number of countries"),
    (lambda world: world.hear(countries=251), "Write the number of countries"),
    (lambda world: world.hear(" \n "), "Tell what was heard"),
    (lambda world: world.hear("x" * (words.LONGEST_REMARK + 1)), "Tell what was heard"),
    (lambda world: world.hear(days=1), "cannot be in the future"),
]


@pytest.mark.parametrize(("do", "told"), [*WRITING, *ASKING, *SAYING], ids=lambda one: one if type(one) is str else "")
def test_what_breaks_a_rule_is_refused_and_nothing_is_kept(world: World, do: Do, told: str) -> None:
    """Too long, missing, not among the choices, too early or too late: whoever sent it is told which."""
    assert told in refusal(world.session, lambda: do(world))


def test_organisations_are_asked_only_where_they_can_answer(world: World) -> None:
    """Nobody is written to where everybody may comment, once it is closed, or beyond what one consultation can ask."""
    session, by = world.session, world.user_id
    late = put_organisation(session, "Late").id
    session.execute(
        insert(Organisation),
        [
            {"public_id": f"o{at}", "name": f"O {at}", "name_key": f"o {at}", "kind": "school", "country": ""}
            | {"address": "", "sourced_id": "", "created_at": NOW}
            for at in range(words.MOST_ASKED - 1)
        ],
    )

    def ask(days: int) -> Callable[[], object]:
        place = "late@example.org", "en", str
        return lambda: asks.ask(session, world.one, late, *place, user_id=by, now=NOW + days * DAY)

    world.one.way = ConsultationWay.OPEN
    assert "asks no organisations by letter" in refusal(session, ask(0))
    world.one.way = ConsultationWay.BOTH
    assert "This consultation is closed" in refusal(session, ask(40))
    others = session.scalars(select(Organisation.id).where(Organisation.name_key.startswith("o "))).all()
    row = {"consultation_id": world.one.id, "email": "", "locale": "en", "by_id": by, "at": NOW}
    session.execute(insert(AskedOrganisation), [{"organisation_id": at, **row} for at in others])
    assert "Ask at most" in refusal(session, ask(0))


def test_a_published_summary_stays_as_it_was_published(world: World) -> None:
    """Neither its words nor its last day, its answers or its groups change, and nobody is told of it twice."""
    saying.judge(world.waiting, shown=False, why="Not on this text", user_id=world.user_id, now=NOW)
    world.answer(world.shown)
    asks.keep_summary(world.one, "Much was heard.")
    assert asks.tell(world.session, world.one, str, LATER) == 1
    assert "summary was published" in refusal(world.session, lambda: asks.keep_summary(world.one, "Nothing was heard."))
    assert "summary was published" in refusal(
        world.session, lambda: asks.tell(world.session, world.one, str, LATER + DAY)
    )
    assert "summary was published" in refusal(world.session, lambda: world.answer(world.shown, outcome="not"))
    assert "summary was published" in refusal(world.session, world.hear)
    assert "Open another one instead" in refusal(
        world.session, lambda: asks.move_end(world.one, TODAY + 90 * DAY, LATER)
    )


def test_a_comment_that_was_taken_back_is_not_shown_again(world: World) -> None:
    """Whoever leads the consultation cannot bring it back."""
    saying.take_back(world.one, world.asked, world.shown, NOW)
    told = refusal(world.session, lambda: saying.judge(world.shown, shown=True, why="", user_id=world.user_id, now=NOW))
    assert "This comment was taken back" in told


def test_an_agreed_text_stays_public_and_nobody_is_asked_about_it_again(world: World) -> None:
    """Others have its address and its hash."""
    statements.show(world.asking.statement, 1)
    world.agree(0, 40)
    assert "stays public" in refusal(world.session, lambda: statements.show(world.asking.statement, None))
    assert "does not change any more" in refusal(world.session, world.plan)


def test_statement_without_its_newest_version_is_told_apart(world: World) -> None:
    """Where a database was put together by hand no page shows an older text as the newest."""
    statement = world.asking.statement
    assert newest(statement).number == 1
    statement.newest = 2
    with pytest.raises(LookupError, match=statement.public_id):
        newest(statement)
