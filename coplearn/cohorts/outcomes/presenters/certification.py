"""The contents of the pages of outcomes and certificates, and the certificate in words for the press and for strangers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import url_for

from coplearn.certificates.documents import CertificateText
from coplearn.certificates.presenters import (
    TITLE_LOST,
    TITLE_OF_TODAY,
    CertificateFact,
    OtherCertificate,
    issuer_of,
    kept_title,
    title_now,
)
from coplearn.cohorts.common.guards import the_session
from coplearn.cohorts.common.presenters import country_name, course_titles, courses_held
from coplearn.cohorts.common.rules.authorisation import Validity, validity
from coplearn.cohorts.common.rules.words import TrainingOutcome
from coplearn.cohorts.outcomes.queries import certification as queries
from coplearn.cohorts.outcomes.queries.certification import Checked
from coplearn.cohorts.outcomes.rules.certification import CourseTitles
from coplearn.cohorts.outcomes.rules.checklist import Checklist, Requirement, RequirementKind
from coplearn.courses.texts import Translated
from coplearn.credentials.presenters import credential_json, in_every_language, said_in, this_issuer
from coplearn.credentials.rules import Award, plain
from coplearn.credentials.service import place_in_list
from coplearn.i18n.formats import day, isolate, listing
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.site import site
from coplearn.web.render import page_locale, say, say_phrase

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.certification import Certification
    from coplearn.cohorts.common.models.cohort import Cohort, Membership
    from coplearn.i18n.locales import Locale


BADGES: Mapping[TrainingOutcome, str] = {
    TrainingOutcome.CERTIFIED: "done",
    TrainingOutcome.COMPLETED: "note",
    TrainingOutcome.REPEAT: "again",
    TrainingOutcome.WITHDRAWN: "note",
}
TRAINER = N_("Certificate of a trainer")
ATTENDED = N_("Certificate of training")
_MAY_TEACH = N_(
    "completed the training of trainers, taught in front of others, and may run trainings with these courses in"
    " %(country)s until %(until)s: %(courses)s."
)
_DID_TRAIN = N_("completed the training in %(country)s with everything that was asked for.")
_TITLES_OF_TODAY = N_("What the courses were called on that day was not kept: these are their titles of today.")
_CALLED_TODAY = N_("Today the course is called %(title)s.")
_ONE_CALLED_TODAY = N_("%(then)s is called %(now)s today.")
_STATEMENT = N_("Whether it still holds can be looked up at any time, with its number.")


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """A person in the list of outcomes."""

    member: Membership
    checklist: Checklist
    standing: Certification | None

    @property
    def done(self) -> int:
        """The number of asked requirements that are met."""
        return len(self.asked) - len(self.checklist.missing)

    @property
    def asked(self) -> Sequence[Requirement]:
        """The requirements."""
        return [one for one in self.checklist.requirements if one.kind is not RequirementKind.OPTIONAL]


def outcome_name(outcome: str) -> str:
    """The outcome in the page's language."""
    return say(TrainingOutcome(outcome).label)


def outcome_badge(outcome: str) -> str:
    """The kind of badge for it."""
    return BADGES[TrainingOutcome(outcome)]


def validity_of(certification: Certification) -> Validity:
    """The state of the certificate now."""
    return validity(certification.valid_until, certification.revoked_at, utcnow())


def validity_name(certification: Certification) -> str:
    """The same in the page's language."""
    return say(validity_of(certification).label)


def titles_for(cohort: Cohort) -> dict[str, str]:
    """The cohort's courses by id, in the page's language."""
    ids = [*cohort.course_ids, *cohort.optional_course_ids]
    return dict(zip(ids, course_titles(ids), strict=True))


def titles_today(course_id: str) -> CourseTitles | None:
    """Title of the course in each language, to be kept; None for one that is not on this site."""
    course = courses_held().get(course_id)
    return CourseTitles(language=course.locale, titles=site().library.titles(course)) if course is not None else None


@dataclass(frozen=True, slots=True)
class Named:
    """The courses of a certificate by the titles of its day, in the page's language."""

    titles: tuple[str, ...]
    """Where that was not kept, the title of today; the id of a course that is gone as well."""
    note: str
    """Says that it is not what they were called on that day, else empty."""
    changes: tuple[str, ...]
    """A sentence for each course that is called something else today."""


def named(one: Certification) -> Named:
    """Titles of the certificate's courses on its day, and what is not known of them."""
    kept: dict[str, CourseTitles] = one.course_titles or {}
    then = {key: kept_title(kept[key]["titles"], kept[key]["language"]) for key in one.course_ids if key in kept}
    now = {key: title_now(key) for key in one.course_ids}
    titles, lost, changes = [], [], []
    for key, today in now.items():
        title = then.get(key)
        found = title or today
        titles.append(found.text if found is not None else key)
        if title is None:
            lost.append(today)
        elif today is not None and today.text != title.text:
            changes.append((title.text, today.text))
    return Named(tuple(titles), _lost(lost), tuple(_renamed(*change, len(titles)) for change in changes))


def _lost(titles: Sequence[Translated | None]) -> str:
    """Sentences for titles that were not kept; of ``titles``, what those courses are called today, there may be none."""
    if not titles:
        return ""
    if None in titles:
        return say(TITLE_LOST)
    return say(TITLE_OF_TODAY if len(titles) == 1 else _TITLES_OF_TODAY)


def _renamed(then: str, now: str, courses: int) -> str:
    if courses == 1:
        return say(_CALLED_TODAY, title=now)
    return say(_ONE_CALLED_TODAY, then=then, now=now)


def requirement_link(cohort: Cohort, requirement: Requirement) -> tuple[str, str] | None:
    """(address, words) of where the trainee does what is missing; None where others must act."""
    kind, _, name = requirement.key.partition(":")
    if requirement.met:
        return None
    if kind in (RequirementKind.COURSE, RequirementKind.OPTIONAL) and name in courses_held():
        code = courses_held()[name].code
        return url_for("learning.resume", course_code=code), say(N_("Go on with the course"))
    if kind == RequirementKind.BADGE:
        return url_for("cohorts.badge_to_bring", cohort_id=cohort.public_id, asked_id=name), say(N_("Bring a badge"))
    if kind == RequirementKind.ATTENDANCE:
        return url_for("cohorts.schedule", cohort_id=cohort.public_id), say(N_("See the meetings"))
    return None


def certification_text(checked: Checked, address: str) -> CertificateText:
    """Every sentence of the PDF in the page's language; ``address`` is where anybody can check it."""
    locale, one = page_locale(), checked.certification
    title = say(TRAINER if one.course_ids else ATTENDED)
    return CertificateText(
        kind=title,
        certifies=say(N_("This site certifies that")),
        name=one.name,
        body=_body(one),
        title_note=named(one).note,
        date_line=say(N_("Date: %(day)s"), day=day(one.issued_at, locale)),
        number_line=say(N_("Number: %(number)s"), number=one.number or ""),
        check=say(N_("Anybody can check it here:")),
        address=address,
        statement=say(_STATEMENT),
        document_title=title,
        code_alt=say(N_("Square code that opens the page where this certificate is checked.")),
        language=locale.bcp47,
        dir=locale.dir,
        issued=one.issued_at.date(),
        issuer=issuer_of(site().settings),
        credential=credential_json(award_of(one)),
    )


def _body(one: Certification) -> str:
    locale, country = page_locale(), country_name(one.country)
    if not one.course_ids or one.valid_until is None:
        return say(_DID_TRAIN, country=country)
    titles = listing([isolate(title) for title in named(one).titles], locale)
    return say(_MAY_TEACH, country=country, until=day(one.valid_until, locale), courses=titles)


def award_of(one: Certification) -> Award:
    """The certificate as a badge says it. Its place in the status list, by which it can be taken back, is taken now."""
    locale, here, number = page_locale(), this_issuer().address, one.number or ""
    kind = TRAINER if one.course_ids else ATTENDED

    def in_language(other: Locale) -> str:
        kept = [key["titles"].get(other.code, "") for key in (one.course_titles or {}).values()]
        return " · ".join([said_in(other, kind), *filter(None, kept)])

    return Award(
        number=number,
        check=here + url_for("certificates.check_number", number=number),
        name=one.name,
        title=say(kind),
        achievement=" · ".join(named(one).titles) or say(kind),
        achievement_key=" ".join([kind, one.country, *one.course_ids]),
        description=plain(_body(one)),
        language=locale.bcp47,
        said=in_every_language(in_language),
        issued_at=one.issued_at,
        valid_until=one.valid_until,
        position=place_in_list(the_session(), number),
    )


class CohortFinder:
    """Finds trainers' certificates for the public check: name, what, country, until and whether it stands, no more."""

    def by_number(self, typed: str) -> OtherCertificate | None:
        """The certificate of that number, however it was typed."""
        checked = queries.by_number(the_session(), typed)
        return _found(checked) if checked is not None else None

    def by_fingerprint(self, sha256: str) -> OtherCertificate | None:
        """The certificate that a file was made of."""
        checked = queries.by_fingerprint(the_session(), sha256)
        return _found(checked) if checked is not None else None


def _found(checked: Checked) -> OtherCertificate:
    one, locale = checked.certification, page_locale()
    name, courses = one.name or say(N_("No longer kept")), named(one)
    what = listing([isolate(title) for title in courses.titles], locale)
    facts = [
        CertificateFact(say(N_("Country")), country_name(one.country)),
        CertificateFact(say(N_("Date")), day(one.issued_at, locale)),
    ]
    if one.valid_until is not None:
        facts.append(CertificateFact(say(N_("Valid until")), day(one.valid_until, locale)))
    older = checked.file_name if checked.file_name and checked.file_name != one.name else None
    return OtherCertificate(
        number=one.number or "",
        kind=say(TRAINER if one.course_ids else ATTENDED),
        name=name,
        course=what,
        issued_at=one.issued_at,
        facts=tuple(facts),
        standing=validity(one.valid_until, one.revoked_at, utcnow()),
        standing_words=validity_name(one),
        older_name=older if one.name else None,
        notes=(*filter(None, [courses.note]), *courses.changes),
    )


def requirement_words(requirement: Requirement) -> str:
    """The state of a requirement, in the page's language."""
    return say_phrase(requirement.phrase)


def in_force(certification: Certification | None, now: datetime) -> bool:
    """Whether there is a certificate that stands now."""
    if certification is None or certification.outcome != TrainingOutcome.CERTIFIED:
        return False
    return validity(certification.valid_until, certification.revoked_at, now) is Validity.VALID
