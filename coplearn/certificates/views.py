"""A learner's certificates, and the public page that checks one."""

from __future__ import annotations

import hashlib
from typing import Final

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.guards import session_key, to_sign_in
from coplearn.accounts.queries import email_of
from coplearn.certificates import queries, service
from coplearn.certificates.documents import typeset_certificate
from coplearn.certificates.forms import FileForm, NameForm, NumberForm
from coplearn.certificates.presenters import (
    OtherCertificate,
    Shown,
    award_of,
    best_of,
    certificate_text,
    found_by_fingerprint,
    found_by_number,
    issuer_of,
    shown,
)
from coplearn.certificates.rules import earned, earned_in
from coplearn.courses.course import Course
from coplearn.credentials.presenters import asked_form, badge_file, with_wished_mail
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import CertificateKind
from coplearn.learning.guards import course_at, present_learner, touched_courses, writing_learner
from coplearn.learning.presenters import how_far
from coplearn.learning.queries import WhoLearns, finished_edition, visits_of
from coplearn.learning.results import Entry, entry_needed
from coplearn.learning.rules import Completion, Edition, edition_of
from coplearn.practice.presenters import refresher_of
from coplearn.site import site
from coplearn.storage.database import current_session, reading_only
from coplearn.web.body_limits import takes_up_to
from coplearn.web.render import page_locale, say, say_phrase

_LARGEST_FILE: Final = 2 * 1024 * 1024
blueprint = Blueprint("certificates", __name__, url_prefix="/<lang:lang>", template_folder="templates")


def _owner() -> WhoLearns:
    learner = present_learner()
    if learner is None or learner.user_id is None:
        raise NotFound
    return learner


@blueprint.get("/c/<course_code>/certificate")
def course_certificate(course_code: str) -> BaseResponse | str:
    """The page of a course's certificates: their requirements, those met so far, and the button that makes them."""
    return _course_page(course_at(course_code), present_learner(), None)


def _course_page(course: Course, learner: WhoLearns | None, form: NameForm | None) -> str:
    session = current_session(current_app)
    certificates = queries.certificates_of(session, learner.id, course.id) if learner is not None else []
    progress, reached = _reached(course, learner)
    kinds, entry = earned(reached[1]) if reached is not None else (), _entry(course, learner)
    return render_template(
        "certificates/course.html",
        course=course,
        title=site().library.title(course, page_locale()),
        progress=progress,
        earned=kinds,
        achieved=CertificateKind.ACHIEVEMENT in kinds,
        before=reached[0].version if reached is not None and reached[0].digest != course.digest else "",
        missing=set(kinds) - {one.kind for one in certificates},
        held=[shown(one) for one in best_of(certificates)],
        sealed=any(one.kind == CertificateKind.ACHIEVEMENT for one in certificates),
        issuer=issuer_of(site().settings),
        form=form or NameForm(formdata=None, name=certificates[0].name if certificates else None),
        has_account=session_key() is not None,
        entry=entry,
        later=refresher_of(course, learner) if kinds else None,
    )


def _entry(course: Course, learner: WhoLearns | None) -> Entry | None:
    if course.requires is None:
        return None
    with reading_only():
        return entry_needed(course, learner, touched_courses())


def _reached(course: Course, learner: WhoLearns | None) -> tuple[Completion, tuple[Edition, Completion] | None]:
    """The progress of the learner in the course as it is, and the edition of it that earns them most: as it is, or as they
    finished it; None when there are steps left in both."""
    if learner is None:
        return how_far(course, {}), None
    session = current_session(current_app)
    visits = visits_of(session, learner.id, course.id)
    done = [item_id for item_id, visit in visits.items() if visit.done_at is not None]
    passed = [item_id for item_id, visit in visits.items() if visit.passed_at is not None]
    before = finished_edition(session, learner.id, course.id)
    now = edition_of(course, site().library.titles(course))
    return how_far(course, visits), earned_in([now, before] if before is not None else [now], done, passed)


@blueprint.post("/c/<course_code>/certificate")
def issue(course_code: str) -> BaseResponse | tuple[str, int]:
    """Make the certificates that are earned, under the name that was typed."""
    course = course_at(course_code)
    if session_key() is None:
        return to_sign_in(url_for(".course_certificate", course_code=course.code))
    learner, session, form = (
        writing_learner(site().settings),
        current_session(current_app),
        NameForm(),
    )
    _, reached = _reached(course, learner)
    if reached is None:
        raise Refused(N_("There are steps left before the certificate. Your progress is safe; go on where you were."))
    if _entry(course, learner) is not None:
        raise Refused(N_("Another course comes first: this page names it. Your progress is safe."))
    edition, kinds, name = reached[0], earned(reached[1]), form.name.data or ""
    try:
        service.issue_certificates(session, learner.id, edition, kinds, name, page_locale().code, utcnow())
        if learner.user_id is not None:
            service.name_learner(session, learner.user_id, learner.id, name)
    except Refused as refusal:
        return _page_with_refusal(course, form, refusal), 422
    session.commit()
    return redirect(url_for(".course_certificate", course_code=course.code), 303)


def _page_with_refusal(course: Course, form: NameForm, refusal: Refused) -> str:
    form.name.errors = [say_phrase(refusal.phrase)]
    return _course_page(course, _owner(), form)


@blueprint.post("/certificates/<number>/pdf")
def download(number: str) -> Response:
    """The certificate as a PDF in the page's language; its fingerprint is kept, which is why this is a POST."""
    session, learner = current_session(current_app), _owner()
    certificate = queries.own_certificate(session, learner.id, number)
    if certificate is None:
        raise NotFound
    address = url_for(".check_number", number=certificate.number, _external=True)
    pdf = typeset_certificate(certificate_text(certificate, address))
    service.keep_fingerprint(session, certificate, pdf, utcnow())
    session.commit()
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{certificate.number}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/certificates/<number>/badge")
def badge(number: str) -> Response:
    """The certificate as an Open Badge in the page's language, in the form that was pressed."""
    session, learner, form = current_session(current_app), _owner(), asked_form()
    certificate = queries.own_certificate(session, learner.id, number)
    if certificate is None:
        raise NotFound
    mail = email_of(session, learner.user_id) if learner.user_id is not None else ""
    return badge_file(with_wished_mail(award_of(certificate), mail), form)


@blueprint.get("/check/")
def check() -> BaseResponse | str:
    """Type a number or choose a file."""
    form = NumberForm(request.args)
    if form.number.data and form.validate():
        return redirect(url_for(".check_number", number=form.number.data.strip()[:80]))
    return render_template("certificates/check.html", form=form, file_form=FileForm())


@blueprint.get("/check/<number>")
def check_number(number: str) -> tuple[str, int]:
    """The public check of a number: the certificate's name, course, date and kind; or that there is none."""
    certificate = queries.certificate_by_number(current_session(current_app), number)
    if certificate is None:
        other = found_by_number(number)
        if other is not None:
            return _found(other, by_file=False), 200
        return render_template("certificates/unknown.html", number=number[:80], by_file=False), 404
    certificate_shown = shown(certificate)
    return _valid(certificate_shown, by_file=False), 200


@blueprint.post("/check/")
@takes_up_to(_LARGEST_FILE)
def check_file() -> tuple[str, int]:
    """Whether a file is as this site made it, to the last byte."""
    form = FileForm()
    data = form.chosen()
    if data is None:
        return render_template("certificates/check.html", form=NumberForm(formdata=None), file_form=form), 422
    fingerprint = hashlib.sha256(data).hexdigest()
    known = queries.file_by_fingerprint(current_session(current_app), fingerprint)
    if known is None:
        other = found_by_fingerprint(fingerprint)
        if other is not None:
            return _found(other, by_file=True), 200
        return render_template("certificates/unknown.html", number=None, by_file=True), 200
    certificate, file = known
    older = file.name if file.name != certificate.name else None
    certificate_shown = shown(certificate)
    return _valid(certificate_shown, by_file=True, older=older), 200


def _found(other: OtherCertificate, *, by_file: bool) -> str:
    issuer = issuer_of(site().settings)
    return render_template("certificates/found.html", found=other, file_form=FileForm(), by_file=by_file, issuer=issuer)


def _valid(found: Shown, *, by_file: bool, older: str | None = None) -> str:
    issuer = issuer_of(site().settings)
    return render_template(
        "certificates/valid.html", found=found, file_form=FileForm(), by_file=by_file, older_name=older, issuer=issuer
    )


@blueprint.get("/certificates/name")
def ask_name() -> str:
    """The form that corrects a name; a refused correction has the same address, so its page can change its language."""
    session, learner = current_session(current_app), _owner()
    certificates = queries.certificates_of(session, learner.id)
    return render_template(
        "certificates/rename.html", form=NameForm(formdata=None, name=certificates[0].name if certificates else None)
    )


@blueprint.post("/certificates/name")
def rename() -> BaseResponse | tuple[str, int]:
    """Correct the name on all of one's certificates; numbers stay, and older files still check as honest."""
    session, learner, form = current_session(current_app), _owner(), NameForm()
    assert learner.user_id is not None  # an owner has an account
    try:
        service.name_learner(session, learner.user_id, learner.id, form.name.data or "")
    except Refused as refusal:
        form.name.errors = [say_phrase(refusal.phrase)]
        return render_template("certificates/rename.html", form=form), 422
    session.commit()
    flash(say(N_("The name is corrected. Download the certificate again to have it on paper.")), "done")
    return redirect(url_for("profile.home"), 303)
