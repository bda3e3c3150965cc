"""Pages for administrators: which platforms may open courses here, what they opened, and which scores went back."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coplearn.accounts.guards import require
from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.lti import queries
from coplearn.lti.forms import PlatformForm
from coplearn.lti.guards import launch_parts, the_session
from coplearn.lti.presenters import link_title, member_lines
from coplearn.lti.rules import SILENT, NotSent, Platform, PlatformDraft, PlatformSilent, problems_of_platform
from coplearn.lti.service import platforms as service
from coplearn.lti.service import scores
from coplearn.lti.tasks import TASK
from coplearn.second_factors.guards import require_fresh
from coplearn.site import site
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.limits import one_too_many, too_many_page
from coplearn.web.render import say, say_phrase

blueprint = Blueprint(
    "platforms", __name__, url_prefix="/<lang:lang>/settings/platforms", template_folder="../templates"
)
_MOST_LINKS = 200


@blueprint.before_request
def admins_only() -> None:
    """Let administrators of the whole site in, and nobody else."""
    require(Permission.MANAGE_SITE)


def _platform(platform_id: int) -> Platform:
    found = queries.platform_by_id(the_session(), platform_id)
    if found is None:
        raise NotFound(N_("There is no page at this address."))
    return found


def _form(platform: Platform | None = None) -> PlatformForm:
    names = PlatformDraft.__slots__
    return PlatformForm(data={name: getattr(platform, name) for name in names} if platform is not None else None)


@blueprint.get("/")
def listing() -> str:
    """The platforms that are registered, and the ways to register one."""
    return _listing_page("")


def _listing_page(invitation: str) -> str:
    address = site().settings.address
    own = [f"{address}{url_for(f'lti.{name}')}" for name in ("launch", "login", "keys")]
    found = queries.all_platforms(the_session())
    return render_template("lti/platforms.html", platforms=found, own=own, address=address, invitation=invitation)


@blueprint.post("/invite")
def invite() -> str:
    """Make an address at which one platform may register itself; it is shown once."""
    require_fresh()
    session = the_session()
    token = service.invite(session, utcnow())
    session.commit()
    return _listing_page(f"{site().settings.address}{url_for('lti.register', token=token)}")


@blueprint.post("/key")
@once
def renew_key() -> ResponseReturnValue:
    """Make a new key to sign with, which is published at once and signs from tomorrow on."""
    from coplearn.lti.client.asking import new_key

    require_fresh()
    service.renew_keys(the_session(), launch_parts().seal, new_key, utcnow(), asked=True)
    tell(say(N_("A new key is published. It is used from tomorrow on, and the one before stays good for a month.")))
    return commit_once(url_for(".listing"))


@blueprint.get("/new")
def new() -> str:
    """The form of a platform."""
    return render_template("lti/platform_form.html", form=_form(), platform=None)


@blueprint.post("/new")
@once
def add() -> ResponseReturnValue:
    """Register a platform by hand."""
    from coplearn.lti.client.asking import new_key

    require_fresh()
    form, session, now = _form(), the_session(), utcnow()
    form.blame(problems_of_platform(form.draft(), plain=launch_parts().takes_plain))
    if form.summary():
        return render_template("lti/platform_form.html", form=form, platform=None), 422
    try:
        platform_id = service.add_platform(session, form.draft(), now)
    except Refused as refused:
        form.client_id.errors = [say_phrase(refused.phrase)]
        return render_template("lti/platform_form.html", form=form, platform=None), 422
    service.renew_keys(session, launch_parts().seal, new_key, now)
    answer = commit_once(url_for(".one", platform_id=platform_id))
    launch_parts().renew()
    return answer


@blueprint.get("/<int:platform_id>")
def one(platform_id: int) -> str:
    """A platform: its parts, its activities, and what became of their scores."""
    platform, session = _platform(platform_id), the_session()
    links = [(line, link_title(line.link)) for line in queries.links_of(session, platform_id, _MOST_LINKS)]
    parts = queries.deployments_of(session, platform_id)
    return render_template("lti/platform.html", platform=platform, links=links, deployments=parts)


@blueprint.get("/<int:platform_id>/edit")
def edit(platform_id: int) -> str:
    """The form of a platform as it stands."""
    platform = _platform(platform_id)
    return render_template("lti/platform_form.html", form=_form(platform), platform=platform)


@blueprint.post("/<int:platform_id>/edit")
def change(platform_id: int) -> ResponseReturnValue:
    """Correct what is kept of a platform."""
    require_fresh()
    platform, form, session = _platform(platform_id), _form(), the_session()
    form.blame(problems_of_platform(form.draft(), plain=launch_parts().takes_plain))
    if not form.summary():
        try:
            service.change_platform(session, platform_id, form.draft(), utcnow())
        except Refused as refused:
            form.client_id.errors = [say_phrase(refused.phrase)]
    if form.summary():
        return render_template("lti/platform_form.html", form=form, platform=platform), 422
    return _saved(platform_id)


def _saved(platform_id: int) -> ResponseReturnValue:
    the_session().commit()
    launch_parts().renew()
    tell(say(N_("Saved.")))
    return redirect(url_for(".one", platform_id=platform_id), 303)


@blueprint.post("/<int:platform_id>/open")
def set_open(platform_id: int) -> ResponseReturnValue:
    """Let a platform open courses here, or no more."""
    require_fresh()
    _platform(platform_id)
    service.open_platform(the_session(), platform_id, utcnow(), is_open=request.form.get("open") == "yes")
    return _saved(platform_id)


@blueprint.post("/<int:platform_id>/deployments")
def add_deployment(platform_id: int) -> ResponseReturnValue:
    """Let one more part of a platform open courses here."""
    require_fresh()
    _platform(platform_id)
    with flash_refusals():
        service.add_deployment(the_session(), platform_id, request.form.get("deployment_id", "").strip(), utcnow())
        return _saved(platform_id)
    return redirect(url_for(".one", platform_id=platform_id), 303)


@blueprint.post("/<int:platform_id>/deployments/<int:row>/remove")
def remove_deployment(platform_id: int, row: int) -> ResponseReturnValue:
    """Let a part of a platform open courses here no more."""
    require_fresh()
    _platform(platform_id)
    service.remove_deployment(the_session(), platform_id, row, utcnow())
    return _saved(platform_id)


@blueprint.post("/<int:platform_id>/links/<int:link_id>/send")
def send_again(platform_id: int, link_id: int) -> ResponseReturnValue:
    """Send the scores of an activity that its platform does not have once more."""
    _platform(platform_id)
    session = the_session()
    if queries.link_by_id(session, platform_id, link_id) is None:
        abort(404)
    missing = [one.id for one in queries.scores_of(session, link_id).values() if one.version > one.sent_version]
    scores.send_again(session, missing)
    for score_id in missing:
        site().jobs.enqueue(session, TASK, {"score_id": score_id})
    audit.record(session, EventKind.PLATFORM_WRITTEN, about=f"platform:{platform_id}")
    session.commit()
    tell(say(N_("The scores are on their way.")))
    return redirect(url_for(".one", platform_id=platform_id), 303)


@blueprint.get("/<int:platform_id>/links/<int:link_id>/people")
def members(platform_id: int, link_id: int) -> ResponseReturnValue:
    """The people in a platform's course as it names them now (Names and Roles), and what they came to; no name is kept."""
    platform, session = _platform(platform_id), the_session()
    link = queries.link_by_id(session, platform_id, link_id)
    if link is None or not link.members_url:
        raise NotFound(N_("There is no page at this address."))
    title, address, key = link_title(link), link.members_url, launch_parts().key(session)
    known, came_to = queries.people_of(session, platform_id), queries.scores_of(session, link_id)
    audit.record_read(session, EventKind.PEOPLE_READ, about=f"platform:{platform_id}")
    session.rollback()
    wait = one_too_many("platform-members", 60, 600, str(platform_id))
    if wait is not None:
        return too_many_page(wait)
    try:
        told = launch_parts().client.members(platform, address, key)
    except NotSent as failed:
        raise PlatformSilent(SILENT, platform=platform.name) from failed
    return render_template("lti/members.html", platform=platform, title=title, lines=member_lines(told, came_to, known))


@blueprint.post("/<int:platform_id>/remove")
def remove(platform_id: int) -> ResponseReturnValue:
    """Forget a platform and whom it sent."""
    require_fresh()
    _platform(platform_id)
    service.remove_platform(the_session(), platform_id, utcnow())
    the_session().commit()
    launch_parts().renew()
    tell(say(N_("The platform is removed.")))
    return redirect(url_for(".listing"), 303)
