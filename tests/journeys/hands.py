"""Two ways to use the site: with forms alone and a mouse, and with the keyboard alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from coplearn.courses.plugin import QuestionKind
from tests.journeys.browser import Visitor
from tests.journeys.keys import answer_by_keys, go_round, tab_to
from tests.journeys.learner import answer_question


class Forms:
    """Somebody whose browser runs no script, and who may use a mouse; ``visitor`` is what they see."""

    options: ClassVar[dict[str, Any]] = {"java_script_enabled": False}

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page = visitor, visitor.page

    def act(self, selector: str) -> None:
        """Press the first thing that ``selector`` finds."""
        self.page.locator(selector).first.click()

    def write(self, selector: str, text: str) -> None:
        """Write into a field, before what stands there."""
        one = self.page.locator(selector).first
        one.fill(text + one.input_value())

    def choose(self, name: str, value: str, key: str = "ArrowDown") -> None:
        """Choose among the radio buttons or boxes of that name; ``key`` goes on to the next."""
        del key
        self.act(f'label:has([name="{name}"][value="{value}"])')

    def answer(self, question: QuestionKind) -> None:
        """Answer a question of the open check rightly."""
        answer_question(self.page, question)

    def follow(self, *selectors: str) -> None:
        """Press one after the other, each on the page that the one before led to."""
        for selector in selectors:
            with self.page.expect_navigation():
                self.act(selector)
            self.visitor.look()

    def take(self, selector: str) -> bytes:
        """Press what is downloaded."""
        with self.page.expect_download() as waiting:
            self.act(selector)
        return Path(waiting.value.path()).read_bytes()


class Keys(Forms):
    """Somebody who has a keyboard and nothing else."""

    options: ClassVar[dict[str, Any]] = {}

    def act(self, selector: str) -> None:
        """Go there by Tab and press Enter."""
        tab_to(self.page, selector)
        self.page.keyboard.press("Enter")

    def write(self, selector: str, text: str) -> None:
        """Go there by Tab and type."""
        tab_to(self.page, selector)
        self.page.keyboard.type(text)

    def choose(self, name: str, value: str, key: str = "ArrowDown") -> None:
        """Go to the group by Tab, choose by Space, and go on with the arrow."""
        tab_to(self.page, f'[name="{name}"]')
        self.page.keyboard.press("Space")
        for _ in range(9):
            if self.page.evaluate("value => document.activeElement.value === value", value):
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"the arrows do not reach {value} of {name} at {self.page.url}")

    def answer(self, question: QuestionKind) -> None:
        """Answer it by Tab, Space and the arrows."""
        answer_by_keys(self.page, question)

    def follow(self, *selectors: str) -> None:
        """See that the page holds the focus nowhere, and press."""
        for selector in selectors:
            go_round(self.page)
            super().follow(selector)
