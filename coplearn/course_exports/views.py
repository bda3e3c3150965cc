"""The page from which staff take a course to another platform."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.guards import remember_work
from coplearn.accounts.rules import may_somewhere
from coplearn.cohorts.common.guards import nobody_here, present_person, the_session
from coplearn.cohorts.common.queries import Person
from coplearn.course_exports.forms import NO_CHECK_SAID, ONE_LANGUAGE_SAID, ExportOrderForm
from coplearn.course_exports.kept_files import KeptPackages, key_of
from coplearn.course_exports.ordering import NoSuchPackage, PackageWish, order_of
from coplearn.course_exports.presenters import FORMATS_SAID, courses_listed, offer_of
from coplearn.course_exports.rules import PackageOrder
from coplearn.course_exports.tasks import MAKE
from coplearn.courses.course import Course
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Permission
from coplearn.outbox.queries import queued_params
from coplearn.outbox.service import enqueue
from coplearn.site import site
from coplearn.web.errors import stock_sentences
from coplearn.web.limits import one_too_many, too_many_page

blueprint = Blueprint("course_exports", __name__, url_prefix="/<lang:lang>/exports", template_folder="templates")

MOST: Final = 20
WINDOW: Final = 900
"""Packages that one person may have made in so many seconds."""
_WORDS: Final = ("kind", "module", "language", "country")


@dataclass(frozen=True, slots=True)
class _Ordered:
    """A package that was asked for: its size once it is made, and before, whether somebody makes it or that went wrong."""

    wish: PackageWish
    order: PackageOrder
    key: str
    is_queued: bool
    size: int | None
    has_fault: bool

    @property
    def address(self) -> dict[str, Any]:
        """The order as an address has it."""
        words = asdict(self.wish)
        return {name: words[name] for name in _WORDS}


def _present_exporter() -> Person:
    """The signed-in person, who coordinates somewhere or looks after the site. Raises NotYours for everybody else."""
    person = present_person()
    if not may_somewhere(person.grants, Permission.SEE_COUNTRY):
        raise nobody_here()
    remember_work()
    return person


def _course(code: str) -> Course:
    course = site().library.current().by_code(code)
    if course is None:
        raise NotFound
    return course


@blueprint.get("/")
def home() -> str:
    """Every course that can be taken along."""
    _present_exporter()
    return render_template("course_exports/home.html", courses=courses_listed())


@blueprint.get("/<course_code>")
def choose(course_code: str) -> str:
    """The form of a package, with the way to the one that was asked for last."""
    _present_exporter()
    course = _course(course_code)
    return _page(course, ExportOrderForm(request.args), _ordered(_asked(course)))


@blueprint.post("/<course_code>")
def order(course_code: str) -> BaseResponse | tuple[str, int]:
    """Let a package be made. Asked for twice it is made once."""
    person, course = _present_exporter(), _course(course_code)
    form = ExportOrderForm()
    _offer(form, course)
    if not form.validate():
        return _page(course, form, None), 422
    the_session().rollback()  # who counts tries must hold no lock
    wait = one_too_many("exports", MOST, WINDOW, str(person.id))
    if wait is not None:
        return too_many_page(wait)
    wish = form.wish(course.id)
    ordered = _ordered(wish)
    if ordered is None:
        form.blame({"module": NO_CHECK_SAID} if wish.language else {"language": ONE_LANGUAGE_SAID})
        return _page(course, form, None), 422
    if ordered.size is None and not ordered.is_queued:
        enqueue(the_session(), MAKE, {"key": ordered.key, **asdict(ordered.wish)})
        the_session().commit()
    return redirect(url_for(".choose", course_code=course.code, **ordered.address), 303)


@blueprint.get("/<course_code>/file")
def file(course_code: str) -> Response:
    """A package that was made."""
    _present_exporter()
    ordered = _ordered(_asked(_course(course_code)))
    content = KeptPackages(site().settings.instance_path).read(ordered.key) if ordered is not None else None
    if ordered is None or content is None:
        raise NotFound
    response = Response(content, mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{ordered.order.file_name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _asked(course: Course) -> PackageWish:
    said = {name: request.args.get(name, "") for name in _WORDS}
    return PackageWish(course=course.id, **said)


def _ordered(wish: PackageWish) -> _Ordered | None:
    """The package of those words; None where there is none such."""
    try:
        order = order_of(site(), wish)
    except NoSuchPackage:
        return None
    key = key_of(site(), wish, order, utcnow().date().isoformat())
    # The queue is asked first: a job that ends between the two has left its file.
    is_queued = any(params.get("key") == key for params in queued_params(the_session(), MAKE))
    kept = KeptPackages(site().settings.instance_path)
    return _Ordered(wish, order, key, is_queued, kept.size(key), kept.has_fault(key))


def _offer(form: ExportOrderForm, course: Course) -> None:
    offer = offer_of(course)
    form.offer(offer.modules, offer.languages, offer.countries)


def _page(course: Course, form: ExportOrderForm, ordered: _Ordered | None) -> str:
    _offer(form, course)
    values = {"course": course, "offer": offer_of(course), "form": form, "ordered": ordered, "formats": FORMATS_SAID}
    return render_template("course_exports/choose.html", **values, fault=stock_sentences(500))
