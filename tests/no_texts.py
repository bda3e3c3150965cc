"""The columns in which no text of people stands, each with its reason; every other column of letters may hold one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_REASONS: Final[Mapping[str, str]] = {
    "A key, a hash, a number or a token by which the machine knows something, drawn or computed by it.": """
    activity.key activity.public_id activity_evidence.file_key activity_sheet.digest activity_sheet.public_id
    agreed_text.sha256 api_token.public_id api_token.secret_hash attempt.course_digest attempt.key audit_event.about
    audit_event.hash audit_event.session audit_event.who audit_event.whom audit_head.hash audit_seal.hash audit_seal.key_id
    audit_seal.signature authenticator.secret backup.name brought_badge.asked brought_badge.credential campaign.public_id
    carried_text.sha catalog_version.file_sha certificate.course_digest certificate.course_version certificate.number
    certificate_file.sha256 certification.number certification_file.sha256 cohort.calendar_token cohort.join_code
    cohort.public_id cohort_staff.calendar_token consent.code consultation.public_id country_name.text_key
    country_record.key country_record.public_id course_edition.course_id course_edition.digest course_edition.version
    credential_status.number declaration.public_id declaration_adopted.sha256 dismissal.sha drill_entry.key
    drill_entry.op_id drill_run.public_id ended_session.key enrolment.course_digest enrolment.finished_digest
    evaluation.evidence_sha256 evaluation.op_id expert_nomination.public_id follow_up.token_hash group_poll.public_id
    heartbeat.host invitation.token_hash job.claim learner.visitor_hash letter.key letter.public_id letter.scope
    letter_stop.code lti_invitation.token_hash lti_key.kid lti_key.public lti_key.sealed lti_nonce.hash lti_score.claim
    mark.op_id meeting.checkin_secret meeting.public_id membership.calendar_token membership.card_code membership.key
    membership.public_id message.key organisation.name_key organisation.public_id organisation_text.text_key
    package.public_id package_record.registration package_version.digest package_version.key participation.text_key
    passkey.credential_id passkey.public_key period_edition.digest period_edition.public_id period_edition_row.digest
    period_edition_row.key practice.key press.key programme.public_id rate_limit.key recommendation.public_id
    recommendation_report.file_sha256 recording_file.key recording_file.made_of recording_file.name remark.public_id
    resource.public_id resource_version.file_key review.sha room.code room.public_id room_seat.part roster_import.public_id
    roster_import.sha256 signed_in.key spare_code.digest staff_request.public_id statement.public_id statement_text.made_of
    suggestion.decision teach_back.public_id translation.sha user.fs_uniquifier user.password vote.key webhook.public_id
    xapi_alias.alias xapi_attachment.sha2 xapi_document.etag xapi_document.place xapi_document.registration xapi_key.key
    xapi_key.secret_hash xapi_session.activity xapi_session.fetch_hash xapi_session.key xapi_session.registration
    xapi_session.secret_hash xapi_statement.sender xapi_statement.statement_id xapi_statement.target
    xapi_target.sealed_secret
    """,
    "The id of a course or of a part of one, of a block of a text, or of a question and its options.": """
    activity_version.course_ids attempt.course_id attempt.course_version attempt.item_id carried_text.domain
    catalog_version.domain certificate.course_id certification.course_ids cohort.course_ids cohort.optional_course_ids
    deed.domain dismissal.check_id drill_run.course_id drill_run.course_version drill_run.item_id enrolment.course_id
    enrolment.place_item_id grant.course group_count.option group_count.question group_poll.course_id
    group_poll.course_version group_poll.item_id group_poll.module_id group_poll.slide group_vote.chosen group_vote.question
    invitation.course lti_link.course_id lti_link.item_id lti_link.module_id message.context message.domain message.group
    message.item package_state.item practice.course_id practice.course_version practice.item_id practice.question_id
    recording_file.course_id remark.block statement_text.block teach_back.course_id teach_back.module_id visit.course_digest
    visit.course_id visit.item_id vote.course_id vote.item_id
    """,
    "A word of a list that the site knows.": """
    account_event.kind activity.about activity.state activity_country.country activity_evidence.media_type
    activity_evidence.shows activity_reach.age_band activity_reach.audience activity_reach.basis activity_reach.qualifier
    activity_reach.unit activity_version.about activity_version.audiences activity_version.kind activity_version.precision
    activity_version.status activity_version.traits activity_version.via api_token.kind api_token.scopes attendance.status
    audit_event.kind certificate.kind certification.outcome children_count.age_band chosen_setting.name cohort.audience
    cohort.kind cohort.rubric_version cohort.state cohort_event.kind cohort_staff.role comment.kind consent.about
    consent.kind consent.version consultation.way country_record.kind country_record_status.precision
    country_record_status.status daily_run.name declaration_group.age_band declaration_group.basis declaration_group.group
    declaration_group.qualifier deed.kind drill_fix.state edit.new_state edit.old_state edit.via evaluation.evidence_type
    evaluation.result evaluation.rubric_version evaluation.scores expert_nomination.state expert_vote.choice given_out.what
    grant.name group_count.way group_poll.form group_poll.medium heard_group.age_band heard_group.audience heard_group.basis
    heard_group.countries_qualifier heard_group.qualifier invitation.role job.name ledger_carry.dimension
    ledger_carry.figure ledger_carry.scope ledger_carry.value ledger_mark.dimension ledger_mark.figure ledger_mark.scope
    ledger_mark.value letter.kind letter.last_error letter.state letter_stop.kind lti_link.scopes lti_score.problem
    mark.status mark.via meeting.notes_rule meeting.state membership.sector membership.state message.kind organisation.kind
    package_version.standard package_version.state participation.role practice.purpose programme_member.role
    recommendation_report.file_type recommendation_report.state recording_file.extension recording_file.kind
    recording_file.quality recording_file.voice registration.state remark.state remark_answer.outcome resource.state
    resource_appraisal.rubric resource_appraisal.scores resource_notice.reason resource_version.ages
    resource_version.audiences resource_version.file_type resource_version.format resource_version.rating review.kind
    room.page roster_import.state staff_request.role suggestion.origin translation.state webhook.events xapi_cursor.sort
    xapi_key.scopes xapi_target.fault
    """,
    "The shape of a file: its encoding and separator, and what stands in which column.": """
    roster_import.columns
    """,
    "A language, a country or a zone.": """
    activity_version.languages agreed_text.locale asked_organisation.locale attempt.locale campaign.country
    carried_text.locale catalog_version.locale certificate.course_locale certificate.locale certification.country
    certification.locale cohort.country cohort.languages cohort.time_zone comment.locale consent.locale country_name.country
    country_record.country course_edition.locale declaration.country declaration_adopted.locale declaration_draft.locale
    deed.locale dismissal.locale draft.locale edit.locale enrolment.locale expert_nomination.country
    expert_nomination.locale given_out.locale grant.country grant.locale holding.locale invitation.country
    invitation.language invitation.locale ledger.zone letter.locale letter.time_zone membership.locale organisation.country
    package_version.locale period_edition.countries practice.locale programme_member.country recording_file.locale
    remark.locale resource.locale resource_version.languages resource_version.locale review.locale statement.country
    statement.locale statement_text.locale suggestion.locale translation.locale user.locale user.time_zone
    """,
}
NO_TEXTS: Final[Mapping[str, str]] = {name: reason for reason, names in _REASONS.items() for name in names.split()}
"""The reason by table and column."""
