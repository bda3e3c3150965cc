"""Every page that somebody can open, in each state it has, and the people who are at those states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, StorageState

from tests.journeys.browser import Visitor, new_visitor
from tests.journeys.learner import PRIMARY, new_address
from tests.journeys.site import Site, the_course, the_courses
from tests.journeys.walk import Quick, of_kind, quiz_with_order, way_through, wrong_form

STRANGER, BEGINNER, FINISHER, EARNER, GRADUATE = "stranger", "beginner", "finisher", "earner", "graduate"


@dataclass(frozen=True)
class People:
    """Somebody at each stage as their cookies, and what the pages need to be opened."""

    states: Mapping[str, StorageState]
    wrong: str
    right: str
    number: str
    pdf: Path
    forgery: Path
    reset: str


def meet_people(chromium: Browser, site: Site, folder: Path) -> People:
    """Bring somebody to each stage. ``folder`` gets the PDF of a certificate and a forgery."""
    made = {name: new_visitor(chromium, site) for name in (BEGINNER, FINISHER, EARNER, GRADUATE)}
    quick = {name: Quick(site, visitor.context.request) for name, visitor in made.items()}
    address = new_address()
    quick[EARNER].join(new_address())
    quick[GRADUATE].join(address)
    for name in (FINISHER, EARNER, GRADUATE):
        quick[name].finish()
    wrong, right = _half_way(quick[BEGINNER])
    certificate = f"c/{the_course().code}/certificate"
    page = quick[GRADUATE].send(certificate, {"name": ["Zuzana ليلى 王"]}).text()
    number = page.split("/en/check/", 1)[1].split('"', 1)[0]
    pdf, forgery = folder / "certificate.pdf", folder / "forgery.pdf"
    pdf.write_bytes(quick[GRADUATE].send(f"certificates/{number}/pdf", {}).body())
    forgery.write_bytes(pdf.read_bytes() + b"\n")
    stranger = new_visitor(chromium, site)
    Quick(site, stranger.context.request).send("new-password", {"email": [address]})
    states = {name: visitor.context.storage_state() for name, visitor in made.items()}
    for visitor in (*made.values(), stranger):
        visitor.context.close()
    reset = site.link_to(address).removeprefix(f"{site.url}/en/")
    return People(states, wrong, right, number, pdf, forgery, reset)


def _half_way(quick: Quick) -> tuple[str, str]:
    """A lesson done, a story in its middle, a check answered wrongly and one rightly: the two results' numbers."""
    quick.do(of_kind("lesson"))
    story = of_kind("scenario")
    quick.send(f"c/{the_course().code}/{story.code}", {"choice": way_through(story.content)[:1]}, follow=False)
    answers = [quick.do(of_kind("quiz"), wrong_form(of_kind("quiz"))), quick.do(quiz_with_order())]
    found = [parse_qs(urlsplit(answer.headers["location"]).query)["result"][0] for answer in answers]
    return found[0], found[1]


@dataclass(frozen=True)
class Place:
    """One page in one state: who is there, the address below the language, and what is done on arrival."""

    name: str
    who: str
    address: Callable[[People], str]
    then: Callable[[Visitor, People], None] | None = None

    def enter(self, visitor: Visitor, people: People) -> None:
        """Open the page and bring it into its state."""
        visitor.open(self.address(people))
        if self.then is not None:
            self.then(visitor, people)


def _plain(name: str, who: str, address: str, then: Callable[[Visitor, People], None] | None = None) -> Place:
    return Place(name, who, lambda _: address, then)


def _item(kind: str) -> str:
    return f"c/{the_course().code}/{of_kind(kind).code}"


def _before() -> str:
    """The page before the first module that asks something then."""
    asking = [(course, module) for course in the_courses().values() for module in course.modules if module.pre_question]
    course, module = asking[0]
    return f"c/{course.code}/before/{course.modules.index(module) + 1}"


def _send(visitor: Visitor, _: People) -> None:
    # On a small screen the button asks for one answer at a time; the whole form is sent as a browser without scripts would.
    with visitor.page.expect_navigation():
        visitor.page.locator("article.step > form").evaluate("form => form.submit()")
    visitor.look()


def _wrong_sign_in(visitor: Visitor, _: People) -> None:
    visitor.page.locator("input[name=email]").fill("nobody@example.org")
    visitor.page.locator("input[name=password]").fill("short")
    visitor.press(PRIMARY)


def _no_name(visitor: Visitor, _: People) -> None:
    visitor.page.locator("input[name=name]").fill("...")
    visitor.press("main form.stack .button--primary")


def _not_sure(visitor: Visitor, _: People) -> None:
    visitor.press("main .button--danger")


def _show_country(visitor: Visitor, _: People) -> None:
    visitor.page.locator("#country").select_option(index=1)
    visitor.press(PRIMARY)


def _file(which: str) -> Callable[[Visitor, People], None]:
    def check(visitor: Visitor, people: People) -> None:
        if which:
            visitor.page.locator("input[type=file]").set_input_files(getattr(people, which))
        visitor.press('form[enctype="multipart/form-data"] button')

    return check


def _open_menu(visitor: Visitor, _: People) -> None:
    visitor.page.locator("header details.menu:not(.menu--seek) summary").click()


def _open_details(visitor: Visitor, _: People) -> None:
    visitor.page.locator("details.more summary").last.click()


def _kept(path: str) -> Callable[[Visitor, People], None]:
    """The page that a phone keeps for that address."""

    def open_piece(visitor: Visitor, _: People) -> None:
        listing = f"{visitor.site.url}/{visitor.lang}/c/{the_course().code}/kept.json"
        pages = visitor.page.request.get(listing).json()["pages"]
        visitor.page.goto(visitor.site.url + pages[f"/{visitor.lang}/{path}"])

    return open_piece


def _search(words: str) -> Callable[[Visitor, People], None]:
    def search(visitor: Visitor, _: People) -> None:
        visitor.page.locator("#words").fill(words)
        visitor.press("main form button")

    return search


def places() -> list[Place]:
    """All of them."""
    course = f"c/{the_course().code}"
    order = f"{course}/{quiz_with_order().code}"
    certificate = f"{course}/certificate"
    return [
        _plain("home", STRANGER, ""),
        _plain("home-menu", STRANGER, "", _open_menu),
        _plain("catalogue", STRANGER, "courses?reader=all"),
        _plain("catalogue-industry", STRANGER, "courses?reader=industry"),
        _plain("course", STRANGER, f"{course}/"),
        _plain("course-begun", BEGINNER, f"{course}/"),
        _plain("questions-before", STRANGER, f"{course}/questions/before"),
        *(_plain(kind, STRANGER, _item(kind)) for kind in ("lesson", "scenario", "quiz", "action")),
        _plain("quiz-order", STRANGER, order),
        _plain("quiz-early", STRANGER, order, _send),
        Place("quiz-wrong", BEGINNER, lambda people: f"{_item('quiz')}?result={people.wrong}"),
        Place("quiz-right", BEGINNER, lambda people: f"{order}?result={people.right}"),
        _plain("before", STRANGER, _before()),
        _plain("before-early", STRANGER, _before(), _send),
        _plain("story-middle", BEGINNER, _item("scenario")),
        _plain("story-end", FINISHER, _item("scenario")),
        _plain("action-done", FINISHER, _item("action")),
        _plain("lesson-done", FINISHER, _item("lesson")),
        _plain("paper", STRANGER, f"{course}/paper/2"),
        _plain("certificate-not-yet", STRANGER, certificate),
        _plain("certificate-account", FINISHER, certificate),
        _plain("certificate-name", EARNER, certificate),
        _plain("certificate-no-name", EARNER, certificate, _no_name),
        _plain("certificates", GRADUATE, certificate),
        _plain("check", STRANGER, "check/"),
        _plain("check-unknown", STRANGER, "check/AAAAA-BBBBB-CCCCC-DDDDD"),
        Place("check-genuine", STRANGER, lambda people: f"check/{people.number}"),
        _plain("check-file", STRANGER, "check/", _file("pdf")),
        _plain("check-forgery", STRANGER, "check/", _file("forgery")),
        _plain("check-no-file", STRANGER, "check/", _file("")),
        _plain("room", STRANGER, "room/"),
        _plain("resources", STRANGER, "resources/"),
        _plain("resources-rubric", STRANGER, "resources/rubric"),
        _plain(
            "resources-new",
            STRANGER,
            "resources/new",
            lambda visitor, _: visitor.press("main form.stack .button--primary"),
        ),
        _plain("experts", STRANGER, "resources/experts/"),
        _plain("keep", STRANGER, f"{course}/keep"),
        _plain("recordings", STRANGER, f"{course}/recordings"),
        _plain("no-trace", STRANGER, "no-trace"),
        _plain("glossary", STRANGER, "glossary"),
        _plain("search-help-first", STRANGER, "search", _search("sextortion · ابتزاز · 勒索")),
        _plain("search-meant", STRANGER, "search", _search("gromming")),
        _plain("kept-start", STRANGER, "about", _kept("")),
        _plain("kept-course", STRANGER, "about", _kept(f"{course}/")),
        _plain("kept-lesson", STRANGER, "about", _kept(_item("lesson"))),
        _plain("kept-search", STRANGER, "about", _kept("search")),
        _plain("help", STRANGER, "help"),
        _plain("help-country", STRANGER, "help", _show_country),
        _plain("me-empty", STRANGER, "me/"),
        _plain("me-visitor", BEGINNER, "me/"),
        _plain("me-graduate", GRADUATE, "me/", _open_details),
        _plain("erase", BEGINNER, "me/erase"),
        _plain("erase-not-sure", BEGINNER, "me/erase", _not_sure),
        _plain("sign-in", STRANGER, "sign-in"),
        _plain("sign-in-wrong", STRANGER, "sign-in", _wrong_sign_in),
        _plain("sign-up", STRANGER, "sign-up"),
        _plain("sign-up-wrong", STRANGER, "sign-up", _wrong_sign_in),
        _plain("new-password", STRANGER, "new-password"),
        Place("choose-password", STRANGER, lambda people: people.reset),
        _plain("confirm", STRANGER, "confirm"),
        _plain("change-password", GRADUATE, "change-password"),
        _plain("about", STRANGER, "about"),
        _plain("accessibility", STRANGER, "accessibility"),
        _plain("privacy", STRANGER, "privacy"),
        _plain("not-found", STRANGER, "nothing/here"),
        _plain("not-allowed", STRANGER, "staff/courses"),
        _plain("cannot-be-done", STRANGER, "audience"),
        _plain("style", STRANGER, "style"),
    ]


def enter_as(chromium: Browser, site: Site, people: People, who: str, lang: str, **more: Any) -> Visitor:
    """Somebody at that stage with a new browser, in that language."""
    return new_visitor(chromium, site, lang, storage_state=people.states.get(who), **more)
