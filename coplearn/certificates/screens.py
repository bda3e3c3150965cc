"""A certificate in words, for the page and for the press."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import current_app

from coplearn.certificates.press import CertificateText
from coplearn.i18n.formats import day, isolate
from coplearn.kernel.text import N_
from coplearn.kernel.words import CertificateKind
from coplearn.settings import Settings
from coplearn.web.render import page_locale, say

if TYPE_CHECKING:
    from coplearn.certificates.models import Certificate

KINDS = {
    CertificateKind.PARTICIPATION: N_("Certificate of participation"),
    CertificateKind.ACHIEVEMENT: N_("Certificate of achievement"),
}
_BODIES = {
    CertificateKind.PARTICIPATION: N_("took part in every step of the course %(course)s."),
    CertificateKind.ACHIEVEMENT: N_("took part in every step of the course %(course)s and passed every check."),
}
_STATEMENT = N_("It tells what was done in this course. It is not a licence to practise.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate as a page shows it."""

    number: str
    kind: str
    name: str
    course: str
    issued_at: datetime


def shown(certificate: Certificate, course_title: str) -> Shown:
    """What anybody may see of it, in the page's language."""
    return Shown(
        certificate.number,
        say(KINDS[CertificateKind(certificate.kind)]),
        certificate.name,
        course_title,
        certificate.issued_at,
    )


def certificate_text(certificate: Certificate, course_title: str, address: str) -> CertificateText:
    """Every sentence of the PDF in the page's language; ``address`` is where anybody can check it."""
    locale, kind = page_locale(), CertificateKind(certificate.kind)
    settings: Settings = current_app.extensions["settings"]
    title = say(KINDS[kind])
    return CertificateText(
        kind=title,
        certifies=say(N_("This is to certify that")),
        name=certificate.name,
        body=say(_BODIES[kind], course=course_title),
        date_line=say(N_("Date: %(day)s"), day=day(certificate.issued_at, locale)),
        number_line=say(N_("Number: %(number)s"), number=certificate.number),
        check=say(N_("Anybody can check it here:")),
        address=address,
        statement=say(_STATEMENT),
        document_title=f"{title} · {isolate(course_title)}",
        code_alt=say(N_("Square code that opens the page where this certificate is checked.")),
        language=locale.bcp47,
        dir=locale.dir,
        issued=certificate.issued_at.date(),
        issuer=settings.site_name,
    )
