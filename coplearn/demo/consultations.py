"""Two made-up statements of the demo: one that was consulted on and agreed, and one on which everybody may comment now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from flask import current_app

from coplearn.cohorts.common.queries import Person
from coplearn.consultations.mail import make_token
from coplearn.consultations.queries.asking import AskedVersion, asking_at
from coplearn.consultations.rules.blocks import blocks_of
from coplearn.consultations.rules.drafts import (
    AnswerDraft,
    ConsultationPlan,
    HeardDraft,
    RemarkDraft,
    StatementDraft,
    VersionDraft,
)
from coplearn.consultations.rules.groups import HeardNumbers
from coplearn.consultations.rules.words import TITLE, ConsultationWay
from coplearn.consultations.service import asking as asks
from coplearn.consultations.service import saying, statements
from coplearn.demo.stage import Stage
from coplearn.programme.rules.words import AudienceGroup, CountBasis, OrganisationKind
from coplearn.programme.service.organisations import OrganisationContent, add_organisation
from coplearn.site import site

if TYPE_CHECKING:
    from coplearn.consultations.models import AskedOrganisation, Statement, StatementRemark

_TITLE: Final = "Les enfants et l’intelligence artificielle"
_PARAGRAPHS: Final = (
    "Chaque enfant a le droit d’être protégé et d’être entendu.",
    "Un service qui parle avec des enfants dit qu’il est une machine.",
    "Les États et les entreprises rendent compte une fois par an.",
)
_LATER: Final = "Un service qui parle avec des enfants dit à chaque fois qu’il est une machine, en mots simples."
"""The second paragraph, as it came out of the consultation."""
_ARABIC: Final = (
    "الأطفال والذكاء الاصطناعي",
    "لكل طفل الحق في الحماية وفي أن يُسمع صوته.",
    "الخدمة التي تتحدث مع الأطفال تقول في كل مرة إنها آلة، بكلمات بسيطة.",
    "تقدم الدول والشركات تقريراً كل عام.",
)
_HOUSES: Final = (
    ("Association Enfance en ligne (made up)", OrganisationKind.CIVIL_SOCIETY),
    ("Kite Games (made up)", OrganisationKind.COMPANY),
    ("Office of the Children’s Ombudsman (made up)", OrganisationKind.GOVERNMENT),
)
# What was said, on which paragraph, by which organisation (none: openly), and what became of it.
_SAID: Final = (
    ("Dites « à chaque fois », sinon les petits oublient.", "fr", 1, 0, "accepted", "Nous l’avons écrit ainsi.", "Clarté"),
    ("Once at the first start is enough for our games.", "en", 1, 1, "not", "Younger children forget it.", "Clarté"),
    ("يجب أن يكون التقرير علنياً.", "ar", 2, 2, "partly", "Le résumé est public.", "Transparence"),
    ("Qui lit ces rapports ?", "fr", 2, None, "partly", "Le conseil les lit une fois par an.", "Transparence"),
    ("Merci de parler aussi des parents.", "fr", 0, None, "accepted", "Le préambule en parle.", "Familles"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """A consultation with the organisations that were asked."""

    asking: AskedVersion
    houses: tuple[AskedOrganisation, ...]


def fill_consultations(stage: Stage, coordinator: Person) -> None:
    """Consult on a statement four months ago and agree on its text; open another consultation five days ago."""
    organisations = [
        add_organisation(
            stage.session, OrganisationContent(name, kind, "MA"), by_id=coordinator.id, now=stage.ago(150)
        ).id
        for name, kind in _HOUSES
    ]
    _agreed(stage, coordinator, organisations)
    draft = StatementDraft(
        "Principles of protection in games",
        "A child finds help in two presses.\n\nA stranger cannot write to a child.\n\nWhat a child reports is answered.",
        "en",
        "MA",
    )
    found = statements.write_statement(stage.session, draft, user_id=coordinator.id, now=stage.ago(8))
    statements.show(found, 1)
    asked = _asked(stage, coordinator, found, organisations[:2], days_ago=5, days=30)
    _say(stage, asked, "Two presses, also without an account.", "en", 0, asked.houses[0], 4)
    _say(stage, asked, "And with words that a child of eight reads.", "en", 0, None, 3)
    _say(stage, asked, "من يجيب؟ ومتى؟", "ar", 2, None, 1)


def _agreed(stage: Stage, coordinator: Person, organisations: list[int]) -> None:
    session, who = stage.session, coordinator.id
    draft = StatementDraft(_TITLE, "\n\n".join(_PARAGRAPHS), "fr", "MA")
    found = statements.write_statement(session, draft, user_id=who, now=stage.ago(140))
    statements.show(found, 1)
    asked = _asked(stage, coordinator, found, organisations, days_ago=120, days=30)
    consultation = asked.asking.consultation
    for text, locale, block, house, outcome, reason, theme in _SAID:
        by = asked.houses[house] if house is not None else None
        remark = _say(stage, asked, text, locale, block, by, 110)
        if by is None:
            saying.judge(remark, shown=True, why="", user_id=who, now=stage.ago(109))
        answer = AnswerDraft(outcome, reason, theme)
        saying.answer(session, consultation, remark, answer, user_id=who, now=stage.ago(85))
    numbers = HeardNumbers(AudienceGroup.CHILDREN, CountBasis.SIGNED, 31, age_band="13-15")
    heard = HeardDraft(numbers, "Ils veulent savoir à qui ils parlent.", "Rabat", stage.ago(100).date())
    saying.hear(session, consultation, heard, user_id=who, now=stage.ago(99))
    asks.keep_summary(consultation, "Cinq commentaires et un groupe de jeunes. Le deuxième paragraphe est plus clair.")
    asks.tell(session, consultation, _token_of, stage.ago(70))
    body = asked.asking.version.body.replace(_PARAGRAPHS[1], _LATER)
    later = VersionDraft(1, _TITLE, body, "Après la consultation")
    version = statements.write_version(session, found, later, user_id=who, now=stage.ago(68))
    texts = dict(zip((TITLE, *(one.id for one in blocks_of(version.body))), _ARABIC, strict=True))
    statements.translate(session, found, version, "ar", texts, user_id=who, now=stage.ago(66))
    tags = {locale.code: locale.bcp47 for locale in site().locales}
    statements.agree(session, found, 2, stage.ago(60).date(), tags, user_id=who, now=stage.ago(60))


def _asked(
    stage: Stage, coordinator: Person, found: Statement, organisations: list[int], *, days_ago: int, days: int
) -> _Asked:
    session, at = stage.session, stage.ago(days_ago)
    plan = ConsultationPlan(1, ConsultationWay.BOTH, at.date(), at.date() + timedelta(days=days), "")
    made = asks.open_consultation(session, found, plan, user_id=coordinator.id, now=at)
    houses = tuple(
        asks.ask(session, made, one, f"desk{one}@example.org", found.locale, _token_of, user_id=coordinator.id, now=at)
        for one in organisations
    )
    asking = asking_at(session, made.public_id)
    assert asking is not None
    return _Asked(asking, houses)


def _say(
    stage: Stage, asked: _Asked, text: str, locale: str, block: int, by: AskedOrganisation | None, days_ago: int
) -> StatementRemark:
    draft = RemarkDraft(blocks_of(asked.asking.version.body)[block].id, text, locale)
    return saying.say(stage.session, asked.asking, by, draft, now=stage.ago(days_ago))


def _token_of(asked_id: int) -> str:
    return make_token(current_app, asked_id)
