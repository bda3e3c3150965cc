"""Lists of messages, and the way from one message to the next."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from coplearn.i18n.locales import Locale
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.site import site
from coplearn.translating.catalogs.domains import course_of, source_of, title_of
from coplearn.translating.catalogs.guards import blueprint, enter, the_session
from coplearn.translating.catalogs.presenters import list_href, message_href
from coplearn.translating.editing import presenters, queries
from coplearn.translating.editing.forms import LONGEST_SEARCH, read_cursor
from coplearn.translating.editing.queries import Cursor
from coplearn.translating.store.rules import item_of_filter
from coplearn.web.flashes import tell
from coplearn.web.render import page_locale, say


@blueprint.get("/<target>/<domain>/")
def messages(target: str, domain: str) -> str:
    """A page of messages; ``filter``, ``q`` for a search, ``after`` and ``before`` for the place."""
    context = enter(target, domain)
    chosen, search = request.args.get("filter", "all"), request.args.get("q", "").strip()[:LONGEST_SEARCH]
    after, before = read_cursor(request.args, "after"), read_cursor(request.args, "before")
    code, user_id = context.locale.code, context.translator.id
    page = queries.message_list(
        the_session(), domain, code, chosen, user_id=user_id, after=after, before=before, search=search
    )
    return render_template(
        "translating/messages.html",
        context=context,
        title=title_of(domain),
        tabs=_tabs(context.locale, domain, chosen, search, page.counts),
        chosen=chosen,
        item=item_of_filter(chosen),
        items=_items(domain),
        search=search,
        lines=[presenters.line_of(row, context.locale, domain, chosen) for row in page.rows],
        source=source_of(domain),
        back=_turn(context.locale, domain, chosen, search, "before", page.previous),
        on=_turn(context.locale, domain, chosen, search, "after", page.next),
    )


def _tabs(
    locale: Locale, domain: str, chosen: str, search: str, counts: Mapping[str, int]
) -> list[tuple[str, int, str, bool]]:
    """The name, number and address of each filter, and whether it is the chosen one."""
    return [
        (say(name), counts.get(key, 0), list_href(locale, domain, filter=key, q=search), key == chosen)
        for key, name in presenters.FILTERS.items()
    ]


def _items(domain: str) -> list[tuple[str, str]]:
    """The name of each item of a course, to choose one; the interface has none."""
    course = course_of(domain)
    if course is None:
        return []
    texts = site().library.texts(course, page_locale())
    return [(item_id, texts.get(f"{item_id}#title").text) for item_id in course.items]


def _turn(locale: Locale, domain: str, chosen: str, search: str, way: str, place: Cursor | None) -> str | None:
    if place is None:
        return None
    return list_href(locale, domain, filter=chosen, q=search, **{way: f"{place[0]}.{place[1]}"})


@blueprint.get("/<target>/<domain>/turn")
def turn(target: str, domain: str) -> BaseResponse:
    """Lead to the next message of the list behind ``after``, or the one before ``before``; at its end, back to the list."""
    context = enter(target, domain)
    chosen = request.args.get("filter", "all")
    back = "before" in request.args
    place = read_cursor(request.args, "before" if back else "after")
    if place is None:
        raise NotFound(N_("There is no such message."))
    found = queries.next_message(
        the_session(),
        domain,
        context.locale.code,
        chosen,
        place,
        utcnow(),
        user_id=context.translator.id,
        backwards=back,
    )
    if found is None:
        tell(say(N_("That was the end of this list.")), "note")
        return redirect(list_href(context.locale, domain, filter=chosen))
    return redirect(message_href(context.locale, domain, found, filter=chosen))
