"""The page of the site's settings."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from coplearn.administration.site_settings import service
from coplearn.administration.site_settings.forms import SettingsForm
from coplearn.administration.site_settings.guards import present_admin
from coplearn.administration.site_settings.presenters import operators_lines
from coplearn.administration.site_settings.rules import CHOSEN
from coplearn.cohorts.common.guards import the_session
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.second_factors.guards import require_fresh
from coplearn.site import site
from coplearn.web.flashes import tell
from coplearn.web.forms import Choices
from coplearn.web.idempotency import commit_once, once
from coplearn.web.limits import one_too_many, too_many_page
from coplearn.web.render import say

blueprint = Blueprint("site_settings", __name__, url_prefix="/<lang:lang>/settings", template_folder="templates")


@blueprint.get("/")
def page() -> str:
    """The settings that may be chosen here, and those that the operator set."""
    present_admin()
    now, every = site().settings, [code for code, _ in _languages()]
    chosen = {name: getattr(now, name) for name in CHOSEN}
    form = SettingsForm(formdata=None, data=chosen | {"languages": list(now.languages) or every})
    return _page(form)


def _page(form: SettingsForm) -> str:
    form.offer(site().operators, _languages())
    return render_template("site_settings/page.html", form=form, operators=operators_lines(site().operators))


def _languages() -> Choices:
    return [(locale.code, locale.name) for locale in site().locales.ready]


@blueprint.post("/")
@once
def save() -> ResponseReturnValue:
    """Let what was typed hold, in every worker within some seconds."""
    person, form = present_admin(), SettingsForm()
    require_fresh()
    form.offer(site().operators, _languages())
    values = form.values()
    form.blame(service.problems_of(values, [locale.code for locale in site().locales]))
    if form.summary():
        return _page(form), 422
    service.choose_settings(the_session(), person, site().operators, values, utcnow())
    answer = commit_once(url_for("site_settings.page"))
    site().chosen.renew()
    tell(say(N_("Saved. It holds on every page within some seconds.")))
    return answer


@blueprint.post("/test-message")
def send_test() -> ResponseReturnValue:
    """Write a test message to the administrator's own address."""
    person = present_admin()
    the_session().rollback()  # who counts tries must hold no lock
    wait = one_too_many("test-message", 10, 3600, str(person.id))
    if wait is not None:
        return too_many_page(wait)
    service.send_test_letter(the_session(), person, utcnow())
    tell(
        say(
            N_("A test message to %(address)s is on its way. “Messages from this site” shows what became of it."),
            address=person.email,
        )
    )
    return commit_once(url_for("site_settings.page"))
