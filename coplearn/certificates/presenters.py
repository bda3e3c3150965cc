"""A certificate in words, for the page and for the press."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from flask import url_for

from coplearn.certificates.documents import CertificateText
from coplearn.certificates.rules import is_of_package
from coplearn.courses.texts import Translated
from coplearn.credentials.presenters import credential_json, in_every_language, said_in, this_issuer
from coplearn.credentials.rules import Award, plain
from coplearn.i18n.formats import day, isolate
from coplearn.kernel.text import N_
from coplearn.kernel.words import CertificateKind
from coplearn.settings import Settings
from coplearn.site import site
from coplearn.web.render import page_locale, say

if TYPE_CHECKING:
    from coplearn.certificates.models import Certificate
    from coplearn.i18n.locales import Locale

KINDS = {
    CertificateKind.PARTICIPATION: N_("Certificate of participation"),
    CertificateKind.ACHIEVEMENT: N_("Certificate of achievement"),
}
_BODIES = {
    CertificateKind.PARTICIPATION: N_("took part in every step of the course %(course)s."),
    CertificateKind.ACHIEVEMENT: N_("took part in every step of the course %(course)s and passed every check."),
}
_BODIES_OF_PACKAGES = {
    CertificateKind.PARTICIPATION: N_("finished the course %(course)s."),
    CertificateKind.ACHIEVEMENT: N_("finished the course %(course)s and passed it."),
}
_SEAL = N_("Every check passed")
_SEAL_OF_PACKAGES = N_("Passed")
_REPORTED = N_("This result was reported by the course itself, which was made with another tool.")
_VERSION = N_("Version of the course: %(version)s")
_ADAPTED = N_("Version of the course: %(version)s, as adapted by %(who)s")
TITLE_OF_TODAY = N_("What the course was called on that day was not kept: this is its title of today.")
TITLE_LOST = N_("What the course was called was not kept, and it is not on this site any more.")
_STATEMENT = N_("It tells what was done in this course. It is not a licence to practise.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate as a page shows it."""

    number: str
    kind: str
    name: str
    course: str
    """The title of the course on its day."""
    course_lang: str
    """The language of the title when it is not the page's, else empty."""
    course_dir: str
    version: str
    issued_at: datetime
    seal: str
    """The words of its seal when every check was passed, else empty."""
    title_note: str
    """Says of a certificate whose title of its day was not kept what ``course`` is instead, else empty."""
    adapted_by: str
    """Who had changed the course for a country, else empty."""
    course_now: str
    """What the course is called today, when that is something else."""
    reported: str
    """Says of a package's certificate who said that it was finished, else empty."""


@dataclass(frozen=True, slots=True)
class CertificateFact:
    """One more thing that a certificate says: its name and value in the page's language."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class OtherCertificate:
    """A certificate of another slice as anybody may see it, in the page's language."""

    number: str
    kind: str
    name: str
    course: str
    """What it is for; empty when the kind says it all."""
    issued_at: datetime
    facts: tuple[CertificateFact, ...]
    standing: str
    """``valid``, ``expired`` or ``revoked``."""
    standing_words: str
    older_name: str | None
    """The name on the file that was checked, when it has been corrected since."""
    notes: tuple[str, ...] = ()
    """Sentences on what its courses are called: then, where that was not kept, and today, where that is something else."""


class Finder(Protocol):
    """Lends its certificates to the public check. A slice above this one adds its own to the site's ``certificate_finders``,
    so that a stranger has one place to type any number."""

    def by_number(self, typed: str) -> OtherCertificate | None:
        """The certificate of that number, however it was typed; None for an unknown one."""

    def by_fingerprint(self, sha256: str) -> OtherCertificate | None:
        """The certificate of the file with that SHA-256; None for a file that is not its own, or was changed."""


def found_by_number(typed: str) -> OtherCertificate | None:
    """The certificate of another slice with that number."""
    finders = site().certificate_finders
    return next((found for finder in finders if (found := finder.by_number(typed)) is not None), None)


def found_by_fingerprint(sha256: str) -> OtherCertificate | None:
    """The certificate of another slice with that file."""
    finders = site().certificate_finders
    return next((found for finder in finders if (found := finder.by_fingerprint(sha256)) is not None), None)


def issuer_of(settings: Settings) -> str:
    """The issuer of certificates: the organisation and the site, or the site alone."""
    return f"{settings.organisation} · {settings.site_name}" if settings.organisation else settings.site_name


def shown(certificate: Certificate) -> Shown:
    """The certificate as anybody may see it, in the page's language."""
    title, now = _title_then(certificate), title_now(certificate.course_id)
    translated = title or now
    is_foreign = translated is not None and translated.fallback
    of_package, is_sealed = is_of_package(certificate.course_id), certificate.kind == CertificateKind.ACHIEVEMENT
    return Shown(
        number=certificate.number,
        kind=say(KINDS[CertificateKind(certificate.kind)]),
        name=certificate.name,
        course=translated.text if translated is not None else certificate.course_id,
        course_lang=translated.lang if translated is not None and is_foreign else "",
        course_dir=translated.dir if translated is not None and is_foreign else "",
        version=certificate.course_version,
        issued_at=certificate.issued_at,
        seal=say(_SEAL_OF_PACKAGES if of_package else _SEAL) if is_sealed else "",
        title_note="" if title is not None else say(TITLE_OF_TODAY if now is not None else TITLE_LOST),
        adapted_by=_adapted_by(certificate),
        course_now=now.text if now is not None and title is not None and now.text != title.text else "",
        reported=say(_REPORTED) if of_package else "",
    )


def _adapted_by(certificate: Certificate) -> str:
    found = kept_title(certificate.adapted_by or {}, certificate.course_locale)
    return found.text if found is not None else ""


def _title_then(certificate: Certificate) -> Translated | None:
    """The title that the course had, in the page's language or else its own; None where that was not kept."""
    kept = kept_title(certificate.titles or {}, certificate.course_locale)
    if kept is not None:
        return kept
    course = site().library.current().courses.get(certificate.course_id)
    is_as_it_was = course is not None and course.digest == certificate.course_digest
    return title_now(certificate.course_id) if is_as_it_was else None


def kept_title(titles: Mapping[str, str], language: str) -> Translated | None:
    """The title among those by language in the page's, or else in the course's own; None where none was kept."""
    locale = page_locale()
    codes = filter(None, (locale.code, locale.fallback, language))
    return next((_in_language(titles[code], code) for code in codes if code in titles), None)


def _in_language(text: str, code: str) -> Translated:
    locales = site().locales
    locale = locales.get(code) if code in locales else locales.source
    return Translated(text, locale.bcp47, locale.dir, fallback=code != page_locale().code)


def title_now(course_id: str) -> Translated | None:
    """Title of the course today, in the page's language if it has one; None for a course that is gone."""
    live_library, course = site().library, site().library.current().courses.get(course_id)
    return live_library.texts(course, page_locale()).get("course#title") if course is not None else None


def best_of(certificates: Iterable[Certificate]) -> list[Certificate]:
    """One certificate a course: that of achievement stands for both, as it says all that the other one says."""
    best: dict[str, Certificate] = {}
    for one in certificates:
        if one.course_id not in best or one.kind == CertificateKind.ACHIEVEMENT:
            best[one.course_id] = one
    return list(best.values())


def certificate_text(certificate: Certificate, address: str) -> CertificateText:
    """Every sentence of the PDF in the page's language; ``address`` is where anybody can check it."""
    locale, kind, seen = page_locale(), CertificateKind(certificate.kind), shown(certificate)
    settings = site().settings
    title = say(KINDS[kind])
    return CertificateText(
        kind=title,
        certifies=say(N_("This is to certify that")),
        name=certificate.name,
        body=_body(certificate, seen),
        date_line=say(N_("Date: %(day)s"), day=day(certificate.issued_at, locale)),
        version_line=say(_ADAPTED, version=seen.version, who=seen.adapted_by)
        if seen.adapted_by
        else say(_VERSION, version=isolate(seen.version)),
        title_note=seen.title_note,
        number_line=say(N_("Number: %(number)s"), number=certificate.number),
        check=say(N_("Anybody can check it here:")),
        address=address,
        statement=" ".join(filter(None, (seen.reported, say(_STATEMENT)))),
        document_title=f"{title} · {isolate(seen.course)}",
        code_alt=say(N_("Square code that opens the page where this certificate is checked.")),
        language=locale.bcp47,
        dir=locale.dir,
        issued=certificate.issued_at.date(),
        issuer=issuer_of(settings),
        credential=credential_json(award_of(certificate)),
    )


def _body(certificate: Certificate, seen: Shown) -> str:
    bodies = _BODIES_OF_PACKAGES if is_of_package(certificate.course_id) else _BODIES
    return say(bodies[CertificateKind(certificate.kind)], course=seen.course)


def award_of(certificate: Certificate) -> Award:
    """The certificate as a badge says it, in the page's language and in every other that its title was kept in."""
    kind, seen, here = CertificateKind(certificate.kind), shown(certificate), this_issuer().address
    titles, locale = certificate.titles or {}, page_locale()

    def in_language(other: Locale) -> str | None:
        title = titles.get(other.code)
        return f"{said_in(other, KINDS[kind])} · {title}" if title else None

    return Award(
        number=certificate.number,
        check=here + url_for("certificates.check_number", number=certificate.number),
        name=certificate.name,
        title=say(KINDS[kind]),
        achievement=seen.course,
        achievement_key=f"{certificate.course_id} {certificate.kind}",
        description=" ".join(filter(None, (plain(_body(certificate, seen)), seen.reported))),
        language=locale.bcp47,
        said={locale.bcp47: f"{say(KINDS[kind])} · {seen.course}"} | in_every_language(in_language),
        issued_at=certificate.issued_at,
        version=certificate.course_version,
    )
