"""Dynamic registration: a platform that was invited registers itself (LTI Dynamic Registration 1.0)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, render_template, request, url_for

from coplearn.kernel.clock import utcnow
from coplearn.lti import queries
from coplearn.lti.guards import launch_parts, the_session
from coplearn.lti.rules import NOT_INVITED, LaunchRefused, is_service_address, origin_of, problems_of_platform
from coplearn.lti.sealing import hashed
from coplearn.lti.service import platforms as service
from coplearn.lti.views.launching import blueprint as blueprint
from coplearn.site import site
from coplearn.storage.database import reading
from coplearn.web.framework import csrf
from coplearn.web.security import widen_policy


def _invited(token: str) -> str:
    """The address of the platform's own description, for a good invitation; that platform may frame the answer.

    Raises LaunchRefused for an invitation that is used, over or none of ours, and for no address.
    """
    address, session = request.values.get("openid_configuration", ""), the_session()
    with reading(session):
        good = queries.open_invitation(session, hashed(token[:100]), utcnow()) is not None
    if not good or not is_service_address(address, plain=launch_parts().takes_plain):
        raise LaunchRefused(NOT_INVITED)
    widen_policy(framers=[origin_of(address)])
    return address


@blueprint.get("/register/<token>")
def register(token: str) -> str:
    """Ask whoever follows an invitation at a platform whether it shall be registered."""
    address = _invited(token)
    shown = {
        "address": address,
        "host": urlsplit(address).hostname,
        "registration": request.args.get("registration_token", ""),
    }
    return render_template("lti/register.html", token=token, **shown)


# A platform's page shows this in a frame, where there is no session: the invitation is the form's token.
@blueprint.post("/register/<token>")
@csrf.exempt  # type: ignore[untyped-decorator] # Flask-WTF is not typed
def register_now(token: str) -> Response:
    """Tell the platform of ourselves, and keep what it tells of itself. The invitation is used up by that."""
    from coplearn.lti.client.asking import new_key
    from coplearn.lti.client.registering import register_here

    address, session, now = _invited(token), the_session(), utcnow()
    session.rollback()
    own = site().settings.address
    links = {name: f"{own}{url_for(f'lti.{name}')}" for name in ("login", "launch", "keys")}
    name, told_token = site().settings.site_name, request.form.get("registration", "")[:10_000]
    told = register_here(launch_parts().client.session(), address, told_token, name, own, links)
    if problems_of_platform(told.draft, plain=launch_parts().takes_plain) or not service.take_invitation(
        session, token, now
    ):
        raise LaunchRefused(NOT_INVITED)
    platform_id = service.add_platform(session, told.draft, now)
    if told.deployment_id:
        service.add_deployment(session, platform_id, told.deployment_id, now)
    service.renew_keys(session, launch_parts().seal, new_key, now)
    session.commit()
    launch_parts().renew()
    return Response(render_template("lti/registered.html", platform=told.draft.name))
