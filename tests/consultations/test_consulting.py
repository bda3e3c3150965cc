"""A statement from its first version to the text that was agreed on, with everything that is said of it on the way."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.consultations.models import AskedOrganisation, StatementRemark
from coplearn.consultations.queries import said
from coplearn.consultations.queries.asking import AskedVersion, work_in_consultations
from coplearn.consultations.queries.findable import all_statements, statement_stamps, statements_at
from coplearn.consultations.queries.own import own_consultations
from coplearn.consultations.queries.statements import agreed_texts, public_numbers, texts_of, version_of
from coplearn.consultations.rules.blocks import block_pairs, blocks_of, stamped_body
from coplearn.consultations.rules.drafts import AnswerDraft, HeardDraft, RemarkDraft, VersionDraft
from coplearn.consultations.rules.groups import HeardNumbers
from coplearn.consultations.rules.saying import HelpFirst, closes_at
from coplearn.consultations.rules.words import LONGEST_REMARK, TITLE, ConsultationWay, RemarkState
from coplearn.consultations.service import asking as asks
from coplearn.consultations.service import saying, statements
from coplearn.kernel.errors import Conflict, Refused
from coplearn.outbox.models import Letter
from coplearn.programme.rules.words import CountUnit, Qualifier
from tests.cohorts.worlds import put_user
from tests.consultations.worlds import BODY, NOW, put_asked, put_consultation, put_organisation, put_statement

LATER = NOW + timedelta(days=40)


@pytest.fixture
def user_id(session: Session) -> int:
    """Whoever leads the consultation."""
    return put_user(session, "lead@example.org")


@pytest.fixture
def asking(session: Session, user_id: int) -> AskedVersion:
    """A consultation for organisations that were asked and for everybody."""
    return put_consultation(session, put_statement(session, user_id), user_id)


def remark(
    session: Session,
    asking: AskedVersion,
    text: str,
    asked: AskedOrganisation | None = None,
    block: str = "",
    locale: str = "en",
) -> StatementRemark:
    """Say something."""
    return saying.say(session, asking, asked, RemarkDraft(block, text, locale), now=NOW)


def test_forty_organisations_comments_lead_to_a_final_text(
    session: Session, user_id: int, asking: AskedVersion
) -> None:
    """Each is counted once and answered, the text changes for them, and what is agreed on can be checked by its hash."""
    statement, one = asking.statement, asking.consultation
    blocks = blocks_of(asking.version.body)
    asked = [put_asked(session, asking, f"Organisation {number}", user_id) for number in range(40)]
    for number, row in enumerate(asked):
        block = blocks[number % len(blocks)].id
        remark(session, asking, f"Add: number {number}.", row, block, ("ar", "fr", "en")[number % 3])
    remark(session, asking, "A second thought of ours.", asked[0])
    tally = said.tally_of(session, one.id)
    assert (tally.asked, tally.answered, tally.remarks, tally.languages, tally.unanswered) == (40, 40, 41, 3, 41)

    asks.keep_summary(one, "Much was heard.")
    with pytest.raises(Refused, match="still open"):
        asks.tell(session, one, str, NOW)
    with pytest.raises(Refused, match="no answer yet"):
        asks.tell(session, one, str, LATER)
    for number, line in enumerate(said.said_lines(session, said.to_answer(one.id, "unanswered"))):
        draft = AnswerDraft(("accepted", "partly", "not")[number % 3], "Because of the principles.", "Wording")
        saying.answer(session, one, line.remark, draft, user_id=user_id, now=LATER)
    changed = asking.version.body.replace("and to be heard", "to be heard and to play")
    version = statements.write_version(
        session, statement, VersionDraft(1, asking.version.title, changed), user_id=user_id, now=LATER
    )
    pairs = block_pairs(asking.version.body, version.body)
    assert [pair.id for pair in pairs] == [block.id for block in blocks]
    assert [pair.is_same for pair in pairs].count(False) == 1

    assert asks.tell(session, one, str, LATER) == 40
    assert said.tally_of(session, one.id).outcomes == {"accepted": 14, "partly": 14, "not": 13}
    agreed = statements.agree(session, statement, 2, LATER.date(), {"en": "en"}, user_id=user_id, now=LATER)
    assert hashlib.sha256(agreed.file.encode()).hexdigest() == agreed.sha256
    assert "to be heard and to play" in agreed.file and "{#" not in agreed.file
    late = VersionDraft(2, "Another title", version.body)
    with pytest.raises(Refused, match="does not change any more"):
        statements.write_version(session, statement, late, user_id=user_id, now=LATER)
    own = own_consultations(session, None, None, None, LATER)
    assert [(line.number, line.unit) for line in own[0].reach] == [(40, CountUnit.ORGANISATIONS)]


def test_blocks_keep_their_ids_when_words_and_places_change(session: Session, user_id: int) -> None:
    """A comment on a paragraph that went stays, and is read at the version that it was made on."""
    asking = put_consultation(session, put_statement(session, user_id), user_id)
    gone = blocks_of(asking.version.body)[1]
    kept = remark(session, asking, "Keep this one.", put_asked(session, asking, "Desk", user_id), gone.id)
    lines = asking.version.body.split("\n\n")
    body = "\n\n".join([lines[0], *reversed(lines[2:]), "A new paragraph."])
    version = statements.write_version(
        session, asking.statement, VersionDraft(1, "Title", body), user_id=user_id, now=NOW
    )
    before, after = ({one.id for one in blocks_of(text)} for text in (asking.version.body, version.body))
    assert before - after == {gone.id} and len(after - before) == 1
    found = said.said_lines(session, said.remarks_on(asking.consultation.id, gone.id, None))
    assert [line.remark.id for line in found] == [kept.id]


def test_a_text_in_another_language_counts_while_its_source_stands(session: Session, user_id: int) -> None:
    """What changes is asked for again, and nothing else; a complete language is fixed with the final text."""
    statement = put_statement(session, user_id)
    version = version_of(session, statement.id, 1)
    assert version is not None
    texts = {TITLE: "الأطفال", **{one.id: f"نص {one.id}" for one in blocks_of(version.body)}}
    assert statements.translate(session, statement, version, "ar", texts, user_id=user_id, now=NOW) == len(texts)
    assert statements.translate(session, statement, version, "ar", texts, user_id=user_id, now=NOW) == 0
    body = version.body.replace("that fit", "that fit and help")
    later = statements.write_version(session, statement, VersionDraft(1, version.title, body), user_id=user_id, now=NOW)
    assert len(texts_of(session, later, "ar")) == len(texts) - 1
    assert texts_of(session, version, "ar") == texts
    statements.agree(session, statement, 2, NOW.date(), {}, user_id=user_id, now=NOW)
    assert [one.locale for one in agreed_texts(session, statement.id)] == ["en"]


def test_what_two_people_write_at_once_is_not_lost(session: Session, user_id: int) -> None:
    """The second is told, and the first one's version stands."""
    statement = put_statement(session, user_id)
    statements.write_version(session, statement, VersionDraft(1, "One", BODY), user_id=user_id, now=NOW)
    with pytest.raises(Conflict, match="meanwhile"):
        statements.write_version(session, statement, VersionDraft(1, "Two", BODY), user_id=user_id, now=NOW)


def test_hostile_remarks_are_refused_or_made_harmless(session: Session, asking: AskedVersion, user_id: int) -> None:
    """Too much, addresses to click, the same again, a made-up block, and marks that turn a line round."""
    for text in ("", "  \u202e ", "x" * 100_000, "See https://a.example https://b.example www.c.example/x"):
        with pytest.raises(Refused):
            remark(session, asking, text)
    with pytest.raises(Refused, match="not in the text"):
        remark(session, asking, "Where?", block="b000000")
    kept = remark(session, asking, "<b>Good</b>\x07 \u202eevil\u202c", locale="ar")
    assert (kept.text, kept.state) == ("<b>Good</b> evil", RemarkState.WAITING)
    with pytest.raises(Refused, match="already"):
        remark(session, asking, "<b>Good</b> evil")
    with pytest.raises(HelpFirst):
        remark(session, asking, "A man blackmails my daughter.")
    assert session.scalars(select(StatementRemark.text)).all() == ["<b>Good</b> evil"]
    assert len(remark(session, asking, "y" * LONGEST_REMARK).text) == LONGEST_REMARK


def test_only_who_is_asked_comments_and_only_while_it_is_open(session: Session, user_id: int) -> None:
    """It closes when the last day is over everywhere; an address that was closed is of no use."""
    statement = put_statement(session, user_id)
    asking = put_consultation(session, statement, user_id, ConsultationWay.ASKED)
    asked = put_asked(session, asking, "Desk", user_id)
    with pytest.raises(Refused, match="Only organisations"):
        remark(session, asking, "Me too.")
    draft, end = RemarkDraft("", "In time.", "en"), closes_at(asking.consultation.closes_on)
    saying.say(session, asking, asked, draft, now=end - timedelta(seconds=1))
    with pytest.raises(Refused, match="closed"):
        saying.say(session, asking, asked, RemarkDraft("", "Too late.", "en"), now=end)
    with pytest.raises(Refused, match="asked already"):
        asks.ask(session, asking.consultation, asked.organisation_id, "b@example.org", "en", str, user_id=1, now=NOW)
    asks.close_address(session, asked, NOW)
    with pytest.raises(Refused, match="address was closed"):
        remark(session, asking, "Once more.", asked)


def test_letters_go_once_and_addresses_are_forgotten_a_year_later(
    session: Session, user_id: int, asking: AskedVersion
) -> None:
    """A reminder goes to whoever has said nothing, a few days before the end."""
    silent, spoke = (put_asked(session, asking, name, user_id) for name in ("Silent", "Spoke"))
    remark(session, asking, "Here.", spoke)
    near = NOW + timedelta(days=27)
    assert [asks.remind(session, str, near), asks.remind(session, str, near + timedelta(days=1))] == [1, 0]
    kinds = session.execute(select(Letter.kind, Letter.to_address).order_by(Letter.id)).all()
    assert kinds[-1] == ("consultation-reminder", silent.email)
    assert asks.forget_contacts(session, NOW + timedelta(days=394)) == 0
    assert asks.forget_contacts(session, NOW + timedelta(days=397)) == 2
    assert {silent.email, spoke.email} == {""}


def test_a_group_is_heard_in_numbers_with_their_basis(session: Session, asking: AskedVersion, user_id: int) -> None:
    """More than fifteen countries stay more than fifteen, people not stated are no number, and a correction says why."""
    numbers = HeardNumbers(
        "young-people", "partner", countries=15, countries_qualifier=Qualifier.MORE_THAN, qualifier=Qualifier.EXACT
    )
    one, draft = asking.consultation, HeardDraft(numbers, "They want to be asked.", "Tbilisi", NOW.date(), "Report")
    row = saying.hear(session, one, draft, user_id=user_id, now=NOW)
    people, countries = own_consultations(session, None, None, ["MA"], NOW)[0].reach
    assert (people.number, countries.number, countries.qualifier) == (None, 15, Qualifier.MORE_THAN)
    with pytest.raises(Refused, match="basis"):
        saying.hear(session, one, HeardDraft(HeardNumbers("children", "not-stated", 12), "x"), user_id=user_id, now=NOW)
    with pytest.raises(Refused, match="reason"):
        saying.hear(session, one, draft, row, user_id=user_id, now=NOW)
    right = HeardDraft(HeardNumbers("young-people", "signature-list", 31), "They were 31.", why="Counted later")
    saying.hear(session, one, right, row, user_id=user_id, now=NOW)
    assert [found.number for found in said.heard_groups(session, one.id)] == [31]


def test_what_waits_is_told_and_drafts_are_nobodys(session: Session, asking: AskedVersion, user_id: int) -> None:
    """A remark of somebody who was not asked waits to be read; a statement that is not shown has no public version."""
    assert work_in_consultations(session, NOW) == []
    found = remark(session, asking, "Please mention play.")
    assert [(one.waiting, one.unanswered) for one in work_in_consultations(session, NOW)] == [(1, 0)]
    saying.judge(found, shown=True, why="", user_id=user_id, now=NOW)
    assert [(one.waiting, one.unanswered) for one in work_in_consultations(session, LATER)] == [(0, 1)]
    assert public_numbers(session, asking.statement, NOW.date()) == frozenset()
    assert statement_stamps(session) == {}
    statements.show(asking.statement, 1)
    session.flush()
    first = blocks_of(asking.version.body)[0].id
    statements.translate(session, asking.statement, asking.version, "ar", {first: "مبادئ"}, user_id=user_id, now=NOW)
    shown = list(all_statements(session, "0"))
    assert [(one.locale, one.values["in"]) for one in shown] == [("en", "en"), ("ar", "ar")]
    assert [one.texts for one in statements_at(session, {shown[1].place})] == [("مبادئ",)]
    assert public_numbers(session, asking.statement, NOW.date()) == {1}
    assert put_organisation(session, "Elsewhere").id


@pytest.mark.parametrize(
    "body",
    ["<script>x</script>", "| a | b |\n|---|---|\n| 1 | 2 |", "![x](media:y)", "```\ncode\n```", "[x](ftp://plain.example)",
     "[x](http://plain.example)", "# Too large", "<!-- notranslate -->\nText\n<!-- /notranslate -->", "x" * 9_000,
     "Words {#title}", "\n\n".join("p" for _ in range(301))],
)  # fmt: skip
def test_a_statement_holds_plain_blocks_alone(body: str) -> None:
    """Markup, pictures, code and addresses that are no web page are refused with the line that they stand on."""
    with pytest.raises(Refused):
        stamped_body(body)


@given(st.lists(st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1, max_size=30), min_size=1, max_size=8))
def test_stamping_again_changes_nothing(paragraphs: list[str]) -> None:
    """A text that has its marks comes back as it is, so that nobody's comment loses its paragraph."""
    try:
        body = stamped_body("\n\n".join(paragraphs))
    except Refused:
        return
    assert stamped_body(body) == body
    assert len({one.id for one in blocks_of(body)}) == len(blocks_of(body))
