"""Going through the course: the right answers, the way through a story, and doing it all without looking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import APIRequestContext, APIResponse

from coplearn.courses.course import Course
from coplearn.courses.kinds.quiz import FORM_A, QuizContent
from coplearn.courses.kinds.story import Story
from coplearn.courses.kinds.walks import explore
from coplearn.courses.plugin import Item
from coplearn.courses.question import QuestionKind, token
from coplearn.courses.questions.choice import Choice
from coplearn.courses.questions.match import Match
from coplearn.courses.questions.order import Order
from tests.accounts.persona import PASSWORD, hidden_fields
from tests.journeys.site import Site, the_course

THOUGHT = "One good thing · شيء جميل · 一件好事"
Fields = dict[str, list[str]]


def right_answers(question: QuestionKind) -> Fields:
    """What to send for a question so that it is right, by field name."""
    if isinstance(question, Choice):
        return {question.id: [option.id for option in question.options if option.correct]}
    if isinstance(question, Order):
        return {f"{question.id}.{step.id}": [str(place)] for place, step in enumerate(question.steps, 1)}
    if isinstance(question, Match):
        return {f"{question.id}.{pair.id}": [token(question.id, pair.right.text)] for pair in question.pairs}
    return {question.id: [THOUGHT]}


def right_form(quiz: Item[QuizContent], asked: str = FORM_A) -> Fields:
    """A form of a quiz, answered rightly."""
    return {name: sent for question in quiz.content.asked(asked) for name, sent in right_answers(question).items()}


def wrong_form(quiz: Item[QuizContent], asked: str = FORM_A) -> Fields:
    """A form with every choice wrong; what is put in order or matched stays right."""
    form = right_form(quiz, asked)
    for question in quiz.content.asked(asked):
        if isinstance(question, Choice):
            form[question.id] = [option.id for option in question.options if not option.correct][:1]
    return form


def way_through(story: Story) -> list[str]:
    """The ids of the choices of a shortest way to an end."""
    walks = explore(story)
    return [choice.id for _, choice in walks.path(walks.ends()[0])]


def of_kind(kind: str) -> Item[Any]:
    """The first item of that kind in the course."""
    return next(item for item in the_course().items.values() if item.kind == kind)


def quiz_with_order() -> Item[QuizContent]:
    """The first quiz with steps to put in order."""
    return next(
        item
        for item in the_course().items.values()
        if item.kind == "quiz" and any(isinstance(question, Order) for question in item.content.questions)
    )


@dataclass
class Quick:
    """Somebody who sends forms without a page, with the cookies of a browser context; for what a test stands on."""

    site: Site
    request: APIRequestContext
    lang: str = "en"
    token: str = ""

    def send(self, path: str, form: Mapping[str, list[str]], follow: bool = True) -> APIResponse:
        """Send a form to a path below the language, with the token of this session; the page that follows, or what leads to it."""
        if not self.token:
            page = self.request.get(f"{self.site.url}/{self.lang}/confirm")
            self.token = hidden_fields(page.text())["csrf_token"]
        data = urlencode({"csrf_token": self.token, **form}, doseq=True)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"{self.site.url}/"}
        most = None if follow else 0
        answer = self.request.post(
            f"{self.site.url}/{self.lang}/{path}", data=data, headers=headers, max_redirects=most
        )
        assert answer.status < 400, (path, answer.status, answer.text())
        return answer

    def do(
        self, item: Item[Any], form: Mapping[str, list[str]] | None = None, course: Course | None = None
    ) -> APIResponse:
        """Finish an item, a quiz with ``form`` or with everything right; of the course for parents where no other is given.

        The answer leads to the page that follows, which nobody opens.
        """
        path = f"c/{(course or the_course()).code}/{item.code}"
        if item.kind == "quiz":
            forms = [{"made-of": [item.digest], **(form or right_form(item))}]
        elif item.kind == "action":
            forms = [{"made-of": [item.digest], "did": ["done"]}]
        elif item.kind == "lesson":
            forms = [{}]
        else:
            forms = [{"choice": [choice]} for choice in way_through(item.content)]
        answers = [self.send(path, one, follow=False) for one in forms]
        assert all(answer.status in {302, 303} for answer in answers), (path, [answer.status for answer in answers])
        return answers[-1]

    def finish(self) -> None:
        """The whole course, every check passed."""
        for item in the_course().items.values():
            self.do(item)

    def join(self, email: str) -> None:
        """Make an account and confirm it. The next page that is opened greets whoever joined, unless :meth:`greeted` was."""
        self.send("sign-up", {"email": [email], "password": [PASSWORD]})
        self.request.get(self.site.link_to(email), max_redirects=0)  # it signs in who asked for the account
        self.token = ""

    def greeted(self) -> None:
        """Open a page, which takes the greeting: the state of this browser can be lent to others then."""
        assert self.request.get(f"{self.site.url}/{self.lang}/about").ok

    def sign_in(self, email: str) -> None:
        """Sign in to an account that :meth:`join` made; who works somewhere begins with that work."""
        answer = self.send("sign-in", {"email": [email], "password": [PASSWORD]})
        assert answer.url.endswith(("/me/", "/work")), answer.url
        self.token = ""
