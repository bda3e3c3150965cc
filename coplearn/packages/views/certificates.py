"""Pages of certificates for packages: a learner's own, and the decision of whoever brings packages in."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.guards import session_key, to_sign_in
from coplearn.certificates.forms import NameForm
from coplearn.certificates.presenters import issuer_of
from coplearn.certificates.service import name_learner
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.learning.guards import present_learner, writing_learner
from coplearn.packages import guards, queries
from coplearn.packages.certificate_presenters import certificate_screen
from coplearn.packages.certificate_service import decide_certificate, issue_package_certificates
from coplearn.packages.forms import CertificateForm
from coplearn.packages.presenters import package_line
from coplearn.packages.queries import LivePackage
from coplearn.site import site
from coplearn.web.flashes import tell
from coplearn.web.render import page_locale, say, say_phrase

blueprint = Blueprint(
    "package_certificates", __name__, url_prefix="/<lang:lang>/packages", template_folder="../templates"
)


@blueprint.get("/<public_id>/certificate")
def one(public_id: str) -> str:
    """The certificate of a package: what it asks for, the button that makes it, and what was made."""
    return _page(guards.any_package(public_id), None)


def _page(found: LivePackage, form: NameForm | None) -> str:
    screen = certificate_screen(guards.the_session(), found, present_learner())
    if screen is None:
        raise guards.no_such_page()
    return render_template(
        "packages/certificate.html",
        screen=screen,
        form=form or NameForm(formdata=None, name=screen.held[0].name if screen.held else None),
        has_account=session_key() is not None,
        issuer=issuer_of(site().settings),
    )


@blueprint.post("/<public_id>/certificate")
def issue(public_id: str) -> BaseResponse | tuple[str, int]:
    """Make the certificates that are earned, under the name that was typed."""
    found, session = guards.any_package(public_id), guards.the_session()
    if session_key() is None:
        return to_sign_in(url_for(".one", public_id=public_id))
    learner, form = writing_learner(site().settings), NameForm()
    name, locale = form.name.data or "", page_locale().code
    record = queries.record_of(session, learner.id, found.package.id)
    if not queries.earned_certificates(found.package, record) or record is None:
        raise Refused(N_("There are steps left before the certificate. Your progress is safe; go on where you were."))
    try:
        issue_package_certificates(session, found, record, name, locale, utcnow())
        if learner.user_id is not None:
            name_learner(session, learner.user_id, learner.id, name)
    except Refused as refusal:
        session.rollback()
        form.name.errors = [say_phrase(refusal.phrase)]
        return _page(guards.any_package(public_id), form), 422
    session.commit()
    return redirect(url_for(".one", public_id=public_id), 303)


@blueprint.get("/<public_id>/certificate/decide")
def decide(public_id: str) -> str:
    """The decision about the certificate of a package, for whoever brings packages in."""
    guards.present_bringer()
    found = guards.any_package(public_id)
    rule = queries.rule_of(found.package)
    form = CertificateForm(formdata=None, is_given=rule.is_given, score=str(rule.score or ""))
    return _decision(found, form)


def _decision(found: LivePackage, form: CertificateForm) -> str:
    return render_template("packages/decide.html", line=package_line(found), form=form)


@blueprint.post("/<public_id>/certificate/decide")
def keep_decision(public_id: str) -> ResponseReturnValue:
    """Keep the decision; certificates that were made stay."""
    guards.present_bringer()
    found, form, session = guards.any_package(public_id), CertificateForm(), guards.the_session()
    if not form.validate():
        return _decision(found, form), 422
    decide_certificate(session, found.package, form.rule(), utcnow())
    session.commit()
    tell(say(N_("Saved.")))
    return redirect(url_for("packages.manage"), 303)
