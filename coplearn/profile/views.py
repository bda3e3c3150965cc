"""My learning: courses, progress, certificates, everything kept about me, and forgetting me."""

from __future__ import annotations

import json

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, session, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.device_cookies import forget_cookie
from coplearn.accounts.guards import SEEING, asks_password, proved, session_key
from coplearn.accounts.queries import account_actions, user_id_of, zone_of
from coplearn.accounts.queries import export_of as account_export
from coplearn.accounts.rules import AccountAction
from coplearn.accounts.service import choose_zone
from coplearn.audit.queries import export_of as audit_export
from coplearn.campaigns.queries import export_of as campaigns_export
from coplearn.certificates.forms import NameForm
from coplearn.certificates.presenters import best_of, issuer_of, shown
from coplearn.certificates.queries import certificates_of
from coplearn.certificates.queries import export_of as certificate_export
from coplearn.cohorts.common.evidence import remove
from coplearn.cohorts.whole.queries.export import export_of as cohorts_export
from coplearn.consultations.queries.people import export_of as consultations_export
from coplearn.declarations.queries import export_of as declarations_export
from coplearn.drills.queries import export_of as drills_export
from coplearn.i18n.time_zones import zone_choices
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.learning.guards import VISITOR_COOKIE, present_learner
from coplearn.learning.queries import enrolments_of, visits_by_course
from coplearn.learning.queries import export_of as learning_export
from coplearn.lti.queries import export_of as lti_export
from coplearn.packages.presenters import begun_packages
from coplearn.packages.queries import packages_export
from coplearn.practice.presenters import waiting_for
from coplearn.presenting.queries import export_of as presenting_export
from coplearn.privacy.erasures import note_erasures
from coplearn.privacy.queries import export_of as consents_export
from coplearn.profile.presenters import course_lines
from coplearn.profile.queries import rows_of_person
from coplearn.profile.service import erase_person
from coplearn.programme.queries.people import export_of as programme_export
from coplearn.providers.queries import export_of as providers_export
from coplearn.resources.experts.queries import export_of as experts_export
from coplearn.resources.hub.queries import export_of as resources_export
from coplearn.second_factors.queries import export_of as factors_export
from coplearn.site import site
from coplearn.storage.database import current_session, engine_of, settle
from coplearn.tokens.queries import export_of as tokens_export
from coplearn.translating.editing.queries import export_of as translating_export
from coplearn.web.guest_session import guest_token, launched_from
from coplearn.web.render import page_locale, say
from coplearn.webhooks.queries import export_of as webhooks_export
from coplearn.xapi.queries.keys import export_of_account as xapi_account_export
from coplearn.xapi.queries.keys import export_of_learner as xapi_export

blueprint = Blueprint("profile", __name__, url_prefix="/<lang:lang>/me", template_folder="templates")


@blueprint.get("/")
def home() -> str:
    """My learning, with or without an account."""
    learner, database = present_learner(), current_session(current_app)
    lines, others, certificates, waiting = [], [], [], None
    if learner is not None:
        visits = visits_by_course(database, learner.id)
        enrolments = enrolments_of(database, learner.id)
        lines = course_lines(site().library, page_locale(), enrolments, visits)
        others = begun_packages(database, learner)
        waiting = waiting_for(learner, {one.course_id: one.finished_at for one in enrolments}, visits)
        certificates = [shown(one) for one in best_of(certificates_of(database, learner.id))]
    form = NameForm(formdata=None, name=certificates[0].name if certificates else None)
    return render_template(
        "profile/home.html",
        lines=lines,
        others=others,
        certificates=certificates,
        waiting=waiting,
        issuer=issuer_of(site().settings),
        form=form,
        has_account=session_key() is not None,
    )


def _account_id() -> int | None:
    """The id of the account: somebody may have one and have learned nothing yet."""
    key = session_key()
    return user_id_of(current_session(current_app), key) if key is not None else None


def _refuse_card() -> None:
    """A card shows no more than the courses, and erases nothing: it may have been found. Nor does a learning platform have
    anything of an account handed out. Raises Refused."""
    if guest_token() is not None and launched_from():
        learner = present_learner()
        if learner is not None and learner.user_id is not None:
            raise Refused(
                N_("What you do here is kept in your account. Sign in to it to have it handed out or erased.")
            )
    elif guest_token() is not None:
        raise Refused(N_("With a card alone, nothing is handed out and nothing is erased. Your trainer can do both."))


@blueprint.get("/data")
def data() -> Response | str:
    """Everything kept about me, as one JSON file; who has an account is asked for the password first."""
    # Whoever looks as somebody without a password is handed nothing either: the form that is shown is not taken.
    if asks_password() or SEEING in session:
        return render_template("profile/data.html", wrong=False)
    return _download()


@blueprint.post("/data")
def download() -> Response | tuple[str, int]:
    """The same, behind the password."""
    if not proved(request.form.get("password", "")):
        return render_template("profile/data.html", wrong=True), 422
    return _download()


def _download() -> Response:
    _refuse_card()
    learner, database = present_learner(), current_session(current_app)
    export: dict[str, object] = {"site": site().settings.site_name}
    if learner is not None:
        export |= learning_export(database, learner.id)
        export["packages"] = packages_export(database, learner.id)
        export["certificates"] = certificate_export(database, learner.id)
        export["xapi"] = xapi_export(database, learner.id)
        export["learning_platforms"] = lti_export(database, learner.id)
    user_id = _account_id()
    if user_id is not None:
        export |= _of_account(database, user_id)
    response = Response(json.dumps(export, ensure_ascii=False, indent=2), mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _of_account(database: Session, user_id: int) -> dict[str, object]:
    account = account_export(database, user_id)
    return {
        "account": account,
        "signs_in_with": providers_export(database, user_id),
        "signing_in": factors_export(database, user_id),
        "programs": tokens_export(database, user_id),
        "webhooks": webhooks_export(database, user_id),
        "translating": translating_export(database, user_id),
        "cohorts": cohorts_export(database, user_id),
        "consents": consents_export(database, user_id),
        "exercises": drills_export(database, user_id),
        "programme": programme_export(database, user_id),
        "consultations": consultations_export(database, user_id, account["email"]),
        "declarations": declarations_export(database, user_id),
        "campaigns": campaigns_export(database, user_id),
        "groups_asked": presenting_export(database, user_id),
        "resources": resources_export(database, user_id, account["email"]),
        "experts": experts_export(database, user_id, account["email"]),
        "xapi_keys": xapi_account_export(database, user_id),
        "audit": audit_export(database, user_id),
    }


@blueprint.get("/history")
def history() -> str | BaseResponse:
    """The history of my account: what staff did with it, and who looked at the site as I see it."""
    user_id = _account_id()
    if user_id is None:
        return redirect(url_for("security.login", next=request.path))
    lines = [
        (say(AccountAction(action.kind).label) if action.kind in set(AccountAction) else action.kind, action)
        for action in account_actions(current_session(current_app), user_id)
    ]
    return render_template("profile/history.html", lines=lines)


@blueprint.get("/time-zone")
def time_zone() -> str | BaseResponse:
    """The zone whose hours messages tell."""
    user_id = _account_id()
    if user_id is None:
        return redirect(url_for("security.login", next=request.path))
    chosen = zone_of(current_session(current_app), user_id)
    return render_template("profile/zone.html", chosen=chosen, zones=zone_choices(page_locale()))


@blueprint.post("/time-zone")
def save_time_zone() -> BaseResponse:
    """Keep it."""
    user_id, database = _account_id(), current_session(current_app)
    if user_id is None:
        return redirect(url_for("security.login", next=request.path), 303)
    choose_zone(database, user_id, request.form.get("zone", ""))
    database.commit()
    flash(say(N_("Messages tell hours in that time zone from now on.")), "done")
    return redirect(url_for("profile.home"), 303)


@blueprint.get("/erase")
def ask_erase() -> str:
    """The page before an erasure: everything that will go."""
    return _ask_erase()


def _ask_erase(*, missing: bool = False, wrong: bool = False) -> str:
    asks, has_account = asks_password(), session_key() is not None
    return render_template("profile/erase.html", has_account=has_account, asks=asks, missing=missing, wrong=wrong)


@blueprint.post("/erase")
def erase() -> BaseResponse | tuple[str, int]:
    """Forget me: progress, answers, certificates and the account, at once and for good."""
    _refuse_card()
    missing = request.form.get("sure") != "yes"
    if missing or not proved(request.form.get("password", "")):
        return _ask_erase(missing=missing, wrong=not missing), 422
    learner, database = present_learner(), current_session(current_app)
    learner_id, user_id, folder = learner.id if learner else None, _account_id(), site().settings.instance_path
    note_erasures(folder, rows_of_person(database, learner_id, user_id), utcnow())
    files = erase_person(database, learner_id, user_id)
    database.commit()
    settle(engine_of(current_app))
    remove(site().settings, files)
    session.clear()
    flash(say(N_("Everything about you is gone from this site.")), "done")
    response = redirect(url_for("pages.home"), 303)
    response.delete_cookie(VISITOR_COOKIE)
    forget_cookie(response)
    return response
