"""A module of each course, each in another language, and a question by letter weeks after one."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from coplearn.app import create_app
from coplearn.kernel.clock import utcnow
from coplearn.outbox.sending import send_due
from coplearn.practice.tasks import book_questions
from coplearn.settings import from_env
from coplearn.storage.database import current_session, engine_of
from tests.journeys.browser import DESKTOP, PHONE, Visitor
from tests.journeys.conftest import Meet
from tests.journeys.learner import answer_question, asked_on, do_item, item_path, new_address, sign_up
from tests.journeys.site import Site, said, the_course, the_courses
from tests.journeys.walk import Quick
from tests.once import DATABASE, SECRET_KEY
from tests.sizes import whole_only

pytestmark = pytest.mark.whole

MODULES = {
    "cop-educators": ("zh", DESKTOP, 3),
    "cop-industry": ("fr", PHONE, 2),
    "cop-policymakers": ("ru", DESKTOP, 4),
    "cop-training-of-trainers": ("es", PHONE, 2),
    "cop-parents": ("ar", PHONE, 4),
    "cop-cyberdrill-grooming": ("ru", PHONE, 2),
    "cop-workshop-pack": ("fr", DESKTOP, 1),
}
"""The language, the screen and the number of the module, by course."""
SAMPLE = "cop-educators"


def test_each_course_has_its_module() -> None:
    """A course that is added is walked through as well."""
    assert MODULES.keys() == the_courses().keys()


@pytest.mark.parametrize(
    "course_id", [SAMPLE, *(pytest.param(one, marks=whole_only) for one in MODULES if one != SAMPLE)]
)
def test_module_is_learned_in_its_language(course_id: str, meet: Meet) -> None:
    """The question before it, every lesson that is needed, its story, its check and its action, page by page, with no word of
    another language."""
    lang, size, number = MODULES[course_id]
    learner, course = meet(lang, size), the_courses()[course_id]
    module = course.modules[number - 1]
    learner.open(f"c/{course.code}/before/{number}")
    answer_before(learner)
    needed = [course.items[one] for one in module.item_ids if not course.items[one].optional]
    for item in needed:
        do_item(learner, item, course)
        assert not learner.page.locator(".untranslated").count(), learner.page.url
    learner.open(f"c/{course.code}/")
    assert learner.page.locator(f'a[href="{item_path(lang, needed[-1], course)}"]').count()


def answer_before(learner: Visitor) -> None:
    """Guess what the module will say, see why, and go on to its first step."""
    while "/before/" in learner.path:
        options = learner.page.locator("form.stack input:is([type=radio], [type=checkbox])")
        if not options.count():
            learner.press("button[name=skip]")
            continue
        options.first.check()
        learner.press("form.stack .button--primary")
        assert learner.page.locator("#answer").is_visible()
        learner.press("article .actions .button--primary")


def test_question_comes_by_letter_after_a_course(meet: Meet, site: Site) -> None:
    """Asked for on the page of the certificate, due a week later: opened from the letter on a phone where nobody is signed in."""
    lang, address = "ar", new_address()
    learner = meet(lang)
    Quick(site, learner.context.request, lang).finish()
    learner.open(f"c/{the_course().code}/certificate")
    learner.press("main .callout .button--primary")
    sign_up(learner, address)
    learner.press("button[name=wanted][value=letter]")
    a_week_later(site)
    phone = meet(lang, PHONE)
    phone.open(site.link_to(address))
    assert phone.heading == said(lang, "A question for you")
    checks = (item for item in the_course().items.values() if item.kind == "quiz")
    answer_question(phone.page, next(one for check in checks for one in asked_on(phone.page, check)))
    phone.press("form.stack .button--primary")
    assert phone.page.locator("#answer").is_visible()
    phone.press("button[name=stop]")
    assert phone.page.locator("[role=status]").first.inner_text()


def a_week_later(site: Site) -> None:
    """Let the first question of everybody be due since yesterday, and do the day's work."""
    with sqlite3.connect(site.instance / DATABASE) as connection:
        day = (utcnow() - timedelta(days=1)).date().isoformat()
        connection.execute("UPDATE practice SET due_on = ? WHERE key = 'refresher:7'", (day,))
    environment = {
        "COPLEARN_INSTANCE_PATH": str(site.instance),
        "COPLEARN_MAIL": "file",
        "PORT": site.url.rpartition(":")[2],
        "SECRET_KEY": SECRET_KEY,
    }
    app = create_app(from_env(environment))
    with app.app_context():
        book_questions(app, current_session(app), utcnow())
        send_due(app, clock=lambda: utcnow() + timedelta(days=2))
        engine_of(app).dispose()
