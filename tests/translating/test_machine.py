"""A machine's words are only ever offered, never where they may hurt, and its faults are no fault of the page."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy.orm import Session

from coplearn.kernel.errors import Refused
from coplearn.settings import Settings
from coplearn.translating import desk
from coplearn.translating.machine import Machine, ask_machine, load_machine
from tests.courses.makecourse import LOCALES
from tests.translating.store import AR, NOW, source, stocked

EN = LOCALES.source


class Parrot:
    """Says what it was given to say."""

    def __init__(self, *answers: str) -> None:
        self.answers = answers
        self.heard: list[tuple[tuple[str, ...], str, str]] = []

    def suggest(self, texts: Sequence[str], source: str, target: str, context: str) -> Sequence[str]:
        """A fixed answer."""
        self.heard.append((tuple(texts), source, target))
        if "raise" in self.answers:
            raise RuntimeError("no network")
        return self.answers


class Mute:
    """Cannot suggest."""


PARROT = Parrot("اسأل طفلك.")
MUTE = Mute()


def test_what_it_says_is_a_suggestion_and_no_more(session: Session) -> None:
    """The text itself stays missing; the suggestion says where it comes from."""
    (number,) = stocked(session, source("p#1", "Ask your child."))
    parrot = Parrot("اسأل طفلك.")
    ask_machine(session, parrot, number, EN, AR, NOW)
    one = desk.one_message(session, number, "ar", None, NOW)
    assert one.translation.state == "missing"
    assert [(offer.forms, offer.origin) for offer in one.suggestions] == [(("اسأل طفلك.",), "machine")]
    assert parrot.heard == [(("Ask your child.",), "en", "ar")]


@pytest.mark.parametrize("changes", [{"critical": True}, {"kind": "quiz"}, {"plural": "Ask your children."}])
def test_some_texts_are_for_people_only(session: Session, changes: dict[str, object]) -> None:
    """Critical texts, quizzes and counted messages never leave the site."""
    (number,) = stocked(session, source("p#1", "Ask your child.", **changes))
    parrot = Parrot("اسأل طفلك.")
    with pytest.raises(Refused):
        ask_machine(session, parrot, number, EN, AR, NOW)
    assert parrot.heard == []


@pytest.mark.parametrize("answers", [(), ("",), ("raise",), ("a", "b"), ("<script>x</script>",), ("ا" * 5000,)])
def test_a_bad_answer_is_no_suggestion(session: Session, answers: tuple[str, ...]) -> None:
    """None, an empty or endless one, one that a check keeps back, or an error of the provider."""
    (number,) = stocked(session, source("p#1", "Ask your child."))
    with pytest.raises(Refused):
        ask_machine(session, Parrot(*answers), number, EN, AR, NOW)
    assert desk.one_message(session, number, "ar", None, NOW).suggestions == ()


def test_it_is_off_by_default_and_named_by_a_setting(session: Session) -> None:
    """No name, no machine; a wrong name is told when it is loaded."""
    assert load_machine(Settings().machine_translation) is None
    (number,) = stocked(session, source("p#1", "Ask your child."))
    with pytest.raises(Refused):
        ask_machine(session, None, number, EN, AR, NOW)
    found = load_machine(f"{__name__}.PARROT")
    assert isinstance(found, Machine) and found.suggest(["x"], "en", "ar", "") == ("اسأل طفلك.",)
    for wrong in ("nowhere.at_all", f"{__name__}.MUTE", "x"):
        with pytest.raises(ValueError, match="COPLEARN_MACHINE_TRANSLATION"):
            load_machine(wrong)
