"""Things of a programme and of the hub, by the names of the values that stand in their addresses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

from coplearn.campaigns.models import Campaign
from coplearn.campaigns.rules import Handing
from coplearn.campaigns.service import give_out
from coplearn.consultations.mail import make_token as organisation_token
from coplearn.consultations.models import Statement
from coplearn.consultations.queries.asking import asking_at
from coplearn.consultations.rules.blocks import blocks_of
from coplearn.consultations.rules.drafts import AnswerDraft, HeardDraft, RemarkDraft, VersionDraft
from coplearn.consultations.rules.groups import HeardNumbers
from coplearn.consultations.rules.words import TITLE
from coplearn.consultations.service import saying
from coplearn.consultations.service import statements as statement_verbs
from coplearn.declarations import service as declaration_verbs
from coplearn.declarations.models import Declaration, Recommendation
from coplearn.declarations.rules import RecommendationReport
from coplearn.files.uploads import UploadPurpose
from coplearn.period_reports.queries import AskedReport, RecordScope
from coplearn.period_reports.service import make_edition
from coplearn.programme.models.organisations import Organisation, Programme
from coplearn.programme.models.records import Activity
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.periods import span
from coplearn.programme.rules.words import CountryRecordKind, CountryStatus, Precision, ProgrammeRole
from coplearn.programme.service.countries import CountryRecordContent, StatusContent, add_status, record_country
from coplearn.programme.service.evidence import add_evidence
from coplearn.programme.service.organisations import match_text
from coplearn.programme.service.programmes import seat_in_programme
from coplearn.programme.service.sheets import keep_sheet
from coplearn.resources.experts import service as expert_verbs
from coplearn.resources.experts.mail import nominee_token
from coplearn.resources.experts.service import NomineeAddress
from coplearn.resources.hub.client import keep_file
from coplearn.resources.hub.mail import confirm_token
from coplearn.resources.hub.service import Contributor, ResourceFile, contribute
from coplearn.site import site_of
from tests.consultations.worlds import put_asked, put_statement
from tests.contracts.shared_things import DAY, PDF, Stage
from tests.declarations.worlds import ARMENIAN, ENGLISH, HELD, put_round_table
from tests.resources.test_experts import DETAILS as NOMINEE
from tests.resources.worlds import DETAILS, put_appraisal, put_hub_member, put_resource


def put_statements(stage: Stage) -> dict[str, str]:
    """A statement in two versions with a consultation and what was said in it, and one that was agreed on."""
    session, now, who = stage.session, stage.now, stage.owner.id
    asking = asking_at(session, stage.names["asking"])
    assert asking is not None
    asked = put_asked(session, asking, "Family Line", who, now)
    block = blocks_of(asking.version.body)[0].id
    remark = saying.say(session, asking, asked, RemarkDraft(block, "Say it in plain words.", "en"), now=now)
    openly = saying.say(session, asking, None, RemarkDraft(block, "And shorter.", "en"), now=now)
    saying.judge(openly, shown=True, why="", user_id=who, now=now)
    saying.answer(
        session, asking.consultation, openly, AnswerDraft("partly", "It is short.", "Length"), user_id=who, now=now
    )
    heard = HeardDraft(HeardNumbers("young-people", "estimated", 14), "More breaks", "Rabat", heard_on=now.date())
    saying.hear(session, asking.consultation, heard, user_id=who, now=now)
    statement = stage.row(Statement, "statement")
    statement_verbs.translate(
        session, statement, asking.version, "ar", {TITLE: "عنوان", block: "نص"}, user_id=who, now=now
    )
    second = VersionDraft(1, asking.version.title, asking.version.body + "\n\nOne more thing.", "Longer")
    statement_verbs.write_version(session, statement, second, user_id=who, now=now)
    statement_verbs.show(statement, 2)
    agreed = put_statement(session, who, now=now)
    statement_verbs.show(agreed, 1)
    statement_verbs.agree(session, agreed, 1, now.date(), {"en": "en"}, user_id=who, now=now)
    return {
        "statement_id": statement.public_id,
        "asking_id": asking.consultation.public_id,
        "consulting.asked_id": str(asked.id),
        "remark_id": remark.public_id,
        "block": block,
        "statements.token": organisation_token(stage.app, asked.id),
        "statements.code": "en",
        "statements.agreed_file.statement_id": agreed.public_id,
        "drafting.code": "ar",
    }


def put_declarations(stage: Stage) -> dict[str, str]:
    """How a recommendation stands, and a declaration that is not adopted."""
    session, now = stage.session, stage.now
    declaration = stage.row(Declaration, "declaration")
    recommendation = stage.row(Recommendation, "recommendation")
    told = RecommendationReport("going-on", now.date(), "A committee met.", "")
    report = declaration_verbs.tell(
        session, recommendation, declaration, told, stage.keep(UploadPurpose.DECLARATIONS), stage.owner.id, now
    )
    draft = put_round_table(session, stage.owner.id)
    for number, text_of in enumerate((ENGLISH, ARMENIAN)):
        declaration_verbs.save_draft(session, draft, "en", text_of, number, stage.owner.id, now)
    return {
        "language": "en",
        "report": str(report.id),
        # One that is adopted is changed no more, and one with two versions can be compared.
        **{
            f"declarations.{page}.declaration": draft.public_id
            for page in ("draft", "save_draft", "compare", "ask_adopt", "adopt")
        },
    }


def put_campaigns(stage: Stage) -> dict[str, str]:
    """What was given out in a campaign."""
    handing = Handing("parents", "en", 20, HELD)
    line = give_out(stage.session, stage.row(Campaign, "campaign"), handing, stage.owner.id, stage.now)
    return {"campaigns.kind": "parents", "campaigns.line": str(line.id)}


def put_programme(stage: Stage) -> dict[str, str]:
    """What belongs to the records of a programme."""
    session, now, by_id = stage.session, stage.now, stage.owner.id
    programme, activity = stage.row(Programme, "programme"), stage.row(Activity, "activity")
    stored = stage.keep(UploadPurpose.PROGRAMME)
    evidence = add_evidence(session, activity, "A list", stored=stored, size=len(PDF), by_id=by_id, now=now)
    match_text(session, "Unicef", stage.row(Organisation, "organisation"), by_id=by_id, now=now)
    seat_in_programme(session, programme, "writer@example.org", ProgrammeRole.FIELD, "", now)
    content = CountryRecordContent("AM", CountryRecordKind.FRAMEWORK, "An act on safety")
    record = record_country(session, content, key="full", by_id=by_id, now=now)
    state = StatusContent(CountryStatus.ADOPTED, span(DAY, DAY, Precision.DAY), "As told")
    status = add_status(session, record, state, by_id=by_id, now=now)
    rows = [(2, ["Workshop", "", "AM"])]
    sheet = keep_sheet(session, "list.csv", "d" * 64, rows, programme_id=None, by_id=by_id, now=now)
    return {
        "evidence_id": str(evidence.id),
        "programme.code": "AM",
        "record_id": record.public_id,
        "status_id": str(status.id),
        "sheet_id": sheet.public_id,
        "programme.kind": "csv",
    }


def put_editions(stage: Stage) -> dict[str, str]:
    """An edition of the report of a programme."""
    access = ProgrammeAccess(stage.owner.id, None)
    asked = AskedReport(RecordScope(), DAY, DAY + timedelta(days=90))
    sources = site_of(stage.app).activity_sources
    edition = make_edition(stage.session, access, asked, sources, by_id=stage.owner.id, now=stage.now)
    return {"period_reports.public_id": edition.public_id, "end": "csv"}


def put_hub(stage: Stage) -> dict[str, str]:
    """Resources: one with a file, one that waits for appraisal and one whose address nobody confirmed."""
    session, now = stage.session, stage.now
    file = ResourceFile(*keep_file(site_of(stage.app).settings, BytesIO(PDF)))
    details = replace(DETAILS, url="")
    resource = contribute(session, details, Contributor(stage.owner.id, "", "en"), file, now)
    unconfirmed = put_resource(session, now=now)
    put_hub_member(session, stage.owner.email, "School 7")
    member = put_hub_member(session, "lead@example.org", "Fund")
    put_appraisal(session, resource, member, now=now)
    # Whoever did not contribute it and does not belong to its maker may appraise it.
    appraised = put_resource(session, stage.owner.id, now, title="Another card")
    return {
        "resource_id": resource.public_id,
        "resources.token": confirm_token(stage.app, unconfirmed.public_id),
        "resources.number": str(member.id),
        **{f"resources.{verb}.resource_id": appraised.public_id for verb in ("send_appraisal", "recuse")},
    }


def put_experts(stage: Stage) -> dict[str, str]:
    """An expert who agreed to be nominated."""

    def token_of(public_id: str) -> str:
        return nominee_token(stage.app, public_id)

    to = NomineeAddress("zaruhi@example.org", "en")
    nomination = expert_verbs.nominate(stage.session, NOMINEE, to, stage.owner.id, token_of, stage.now)
    expert_verbs.agree(stage.session, nomination, "Nothing to tell.", stage.now)
    return {"nomination_id": nomination.public_id, "experts.token": token_of(nomination.public_id)}
