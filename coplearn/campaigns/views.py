"""Pages of campaigns: the list, the kit of one with its posters and cards, and what was given out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as BaseResponse

from coplearn.campaigns import presenters, queries, service
from coplearn.campaigns.documents import typeset_campaign_poster
from coplearn.campaigns.forms import CampaignForm, HandingForm
from coplearn.campaigns.guards import CampaignContext, enter_campaign, present_campaigner
from coplearn.campaigns.rules import PosterKind, problems_of_campaign, problems_of_handing
from coplearn.cohorts.common.guards import the_session
from coplearn.cohorts.common.presenters import country_name
from coplearn.i18n.countries import COUNTRIES
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.privacy.guards import looks_twice
from coplearn.programme.presenters.places import blame_place, offered_places
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.site import site
from coplearn.web.flashes import tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.limits import count_try, over_limit, too_many_page
from coplearn.web.render import page_locale, say

if TYPE_CHECKING:
    from coplearn.campaigns.models import Campaign

MOST_MADE = 60
MADE_SECONDS = 600
"""So many posters in so many seconds are made for one address: each takes a processor for a while."""

blueprint = Blueprint("campaigns", __name__, url_prefix="/<lang:lang>/programme/campaigns", template_folder="templates")

Page = str | BaseResponse | tuple[str, int]


@blueprint.get("/")
def listing() -> str:
    """Campaigns of one's own countries and programmes, with the copies given out."""
    _, access = present_campaigner()
    found = queries.campaigns_seen(the_session(), access)
    return render_template("campaigns/list.html", found=found, access=access, country_name=country_name)


@blueprint.get("/new")
def new() -> str:
    """The form of a campaign."""
    _, access = present_campaigner(writes=True)
    return _form_page(_form(access, None), None)


@blueprint.post("/new")
@looks_twice("title")
@once
def record() -> Page:
    """Record a campaign."""
    person, access = present_campaigner(writes=True)
    form = _form(access, None)
    _blame(form, access)
    if form.summary():
        return _form_page(form, None), 422
    made = service.open_campaign(the_session(), form.details(), person.id, utcnow())
    return commit_once(url_for("campaigns.one", campaign=made.public_id))


@blueprint.get("/<campaign>/edit")
def edit(campaign: str) -> str:
    """The form of a campaign as it stands."""
    context = enter_campaign(campaign, edits=True)
    return _form_page(_form(context.access, context.campaign), context)


@blueprint.post("/<campaign>/edit")
@looks_twice("title")
def change(campaign: str) -> Page:
    """Correct what is said of a campaign."""
    context = enter_campaign(campaign, edits=True)
    form = _form(context.access, context.campaign)
    _blame(form, context.access)
    if form.summary():
        return _form_page(form, context), 422
    service.change_campaign(the_session(), context.campaign, form.details(), utcnow())
    the_session().commit()
    tell(say(N_("Saved.")))
    return redirect(url_for("campaigns.one", campaign=campaign), 303)


def _form(access: ProgrammeAccess, found: Campaign | None) -> CampaignForm:
    form = CampaignForm(
        data={
            "title": found.title,
            "country": found.country,
            "programme": str(found.programme_id or ""),
            "since": found.since,
            "until": found.until,
        }
        if found is not None
        else None
    )
    form.offer(*offered_places(the_session(), access))
    return form


def _blame(form: CampaignForm, access: ProgrammeAccess) -> None:
    details = form.details()
    form.blame(problems_of_campaign(details, COUNTRIES))
    blame_place(form.country, access, details.country, details.programme_id)


def _form_page(form: CampaignForm, context: CampaignContext | None) -> str:
    return render_template("campaigns/form.html", form=form, context=context)


@blueprint.get("/<campaign>")
def one(campaign: str) -> str:
    """The kit of a campaign: posters and cards by language, and what was given out."""
    form = HandingForm(formdata=None, data={"given_on": utcnow().date(), "locale": page_locale().code})
    return _one_page(enter_campaign(campaign), form)


def _one_page(context: CampaignContext, form: HandingForm) -> str:
    _offer(form)
    found, today = context.campaign, utcnow().date()
    rows = queries.given_out_in(the_session(), found.id)
    help_here = presenters.help_there(found.country, today)
    return render_template(
        "campaigns/one.html",
        context=context,
        campaign=found,
        country=country_name(found.country),
        form=form,
        posters=[(kind, presenters.on_poster(kind, help_here)) for kind in PosterKind],
        languages=presenters.campaign_languages(),
        courses=list(site().library.current().courses.values()),
        titles=dict(presenters.materials()),
        lines=presenters.given_lines(rows),
        copies=presenters.copies_of(rows),
    )


def _offer(form: HandingForm) -> None:
    languages = [(one.code, one.name) for one in presenters.campaign_languages()]
    form.offer(presenters.materials(), languages)


@blueprint.post("/<campaign>/given-out")
@once
def give_out(campaign: str) -> Page:
    """Write down what was given out."""
    context, form, now = enter_campaign(campaign, writes=True), HandingForm(), utcnow()
    _offer(form)
    handing = form.handing()
    known = [{value for value, _ in field.choices} for field in (form.what, form.locale)]
    form.blame(problems_of_handing(handing, known[0], known[1], now.date()))
    if form.summary():
        return _one_page(context, form), 422
    service.give_out(the_session(), context.campaign, handing, context.person.id, now)
    tell(say(N_("Saved.")))
    return commit_once(url_for("campaigns.one", campaign=campaign, _anchor="given-out"))


@blueprint.post("/<campaign>/given-out/<int:line>/back")
def take_back(campaign: str, line: int) -> BaseResponse:
    """Take a slip back."""
    context = enter_campaign(campaign, writes=True)
    service.take_back(the_session(), context.campaign, line, context.person.id, utcnow())
    the_session().commit()
    tell(say(N_("Taken back. It counts no longer.")))
    return redirect(url_for("campaigns.one", campaign=campaign, _anchor="given-out"), 303)


@blueprint.get("/<campaign>/posters/<kind>.pdf")
def poster(campaign: str, kind: str) -> Response:
    """A poster in the page's language, with whom to call in the campaign's country."""
    context = enter_campaign(campaign)
    if kind not in set(PosterKind):
        raise NotFound(N_("There is no such poster."))
    wait = over_limit("posters", MOST_MADE)
    if wait is not None:
        return too_many_page(wait)
    count_try("posters", MADE_SECONDS)
    made = presenters.poster(PosterKind(kind), context.campaign.country, utcnow().date())
    response = Response(typeset_campaign_poster(made), mimetype="application/pdf")
    name = f"poster-{kind}-{context.campaign.country.lower()}-{page_locale().bcp47}.pdf"
    response.headers["Content-Disposition"] = f'{_how()}; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _how() -> str:
    return "attachment" if request.args.get("save") else "inline"
