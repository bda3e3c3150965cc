"""A made-up round table of the demo with what became of its recommendations a year later, and a campaign."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from coplearn.campaigns import service as campaigns
from coplearn.campaigns.rules import CampaignDetails, Handing
from coplearn.cohorts.common.queries import Person
from coplearn.declarations import queries, service
from coplearn.declarations.rules import RecommendationReport, RoundTable, typed_text
from coplearn.demo.stage import Stage
from coplearn.programme.rules.records import ReachLine
from coplearn.programme.rules.words import AudienceGroup, CountBasis

_TEXTS: Final = {
    "ar": typed_text(
        "إعلان شباب الرباط عن الحياة الرقمية",
        "نحن، الشابات والشباب حول هذه المائدة، نعلن:\n\nلكل طفل الحق في أن يُسمع صوته، وأن يجد من يساعده.",
        "حصة عن الحياة الرقمية في كل مدرسة\nخط مساعدة يجيب ليلًا أيضًا\nمقعد للشباب في المجلس",
    ),
    "fr": typed_text(
        "Déclaration des jeunes de Rabat sur la vie numérique",
        "Nous, jeunes réunis autour de cette table, déclarons :\n\n"
        "Chaque enfant a le droit d’être entendu et de trouver de l’aide.",
        "Une heure sur la vie numérique dans chaque école\nUne ligne d’aide qui répond aussi la nuit\n"
        "Un siège pour les jeunes au conseil",
    ),
}
_OFFICES: Final = ("وزارة التربية", "مركز المساعدة", "مجلس المدينة")


def fill_declarations(stage: Stage, coordinator: Person, keeper: Person) -> None:
    """Hold the round table four hundred days ago; the third recommendation is done, the first late, the second put off."""
    session, at = stage.session, stage.ago(400)
    held = at.date()
    table = RoundTable("مائدة مستديرة للشباب", "MA", "الرباط", held)
    found = service.open_round_table(session, table, coordinator.id, at)
    for line in (
        ReachLine(AudienceGroup.CHILDREN, CountBasis.SIGNED, 24, age_band="13-15"),
        ReachLine(AudienceGroup.EDUCATORS, CountBasis.SIGNED, 8),
        ReachLine(AudienceGroup.INDUSTRY, CountBasis.NOT_STATED),
    ):
        service.add_group(session, found, line, at)
    for locale, text in _TEXTS.items():
        service.save_draft(session, found, locale, text, 0, coordinator.id, at)
    languages = {code: code for code in _TEXTS}
    service.adopt(session, found, dict.fromkeys(_TEXTS, 1), languages, held, coordinator.id, stage.ago(399))
    service.show(session, found, shown=True, now=stage.ago(398))
    rows = [line.row for line in queries.recommendations_of(session, [found], stage.now.date())]
    for row, office, days in zip(rows, _OFFICES, (20, 60, 30), strict=True):
        due = (stage.ago(days)).date()
        service.assign(session, row, office, None, due, keeper.email, stage.ago(390))
    service.assign(session, rows[1], _OFFICES[1], None, stage.ago(-90).date(), keeper.email, stage.ago(65))
    for row, state, days, words in (
        (rows[1], "going-on", 66, "ننتظر موافقة الميزانية."),
        (rows[2], "going-on", 200, "اجتمعت لجنة مرتين."),
        (rows[2], "done", 31, "مقعدان للشباب منذ هذا الشهر."),
    ):
        report = RecommendationReport(state, stage.ago(days).date(), words, "")
        service.tell(session, row, found, report, None, keeper.id, stage.ago(days))
    _campaign(stage, coordinator)


def _campaign(stage: Stage, coordinator: Person) -> None:
    session, since = stage.session, stage.ago(25)
    details = CampaignDetails("ملصقات في المكتبات", "MA", since.date(), since.date() + timedelta(days=60))
    campaign = campaigns.open_campaign(session, details, coordinator.id, since)
    for what, locale, number, days in (
        ("children", "ar", 300, 20),
        ("parents", "ar", 450, 20),
        ("parents", "fr", 120, 9),
    ):
        handing = Handing(what, locale, number, stage.ago(days).date())
        campaigns.give_out(session, campaign, handing, coordinator.id, stage.ago(days))
