"""A step read aloud: sentence by sentence in en, ar and zh, shown as it is read, stopped at once, and no voice that sends it away.

The machine of the tests has no voice, so a made-up one says it (speech.js). All else is the browser's own.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import PHONE, Visitor
from tests.journeys.conftest import Meet
from tests.journeys.learner import item_path, open_item
from tests.journeys.site import the_course
from tests.journeys.walk import of_kind
from tests.sizes import whole_only

pytestmark = pytest.mark.whole

SPEECH = Path(__file__).with_name("speech.js")
EXAMPLES = {
    "en": (
        "In 2021 it was 3.5 %. \u201cWhat made you laugh?\u201d Listen first!",
        ["In 2021 it was 3.5 %.", "\u201cWhat made you laugh?\u201d", "Listen first!"],
    ),
    "ar": (
        "ماذا أضحكك اليوم؟ اجلسوا قريباً، واسألوا. ثم أنصتوا!",
        ["ماذا أضحكك اليوم؟", "اجلسوا قريباً، واسألوا.", "ثم أنصتوا!"],
    ),
    "zh": (
        "今天什么最好笑？坐下来听。“我在听！”不要急，先让孩子把话说完，再慢慢问发生了什么，问的时候看着他，别看手机，也别急着下结论，更不要责备。",
        [
            "今天什么最好笑？",
            "坐下来听。",
            "“我在听！”",
            "不要急，先让孩子把话说完，再慢慢问发生了什么，问的时候看着他，别看手机，也别急着下结论，",
            "更不要责备。",
        ],
    ),
}
TEXT_OF_LESSON = """() => [...document.querySelectorAll("#answers :is(p, li, h2, h3, td, th)")]
  .filter((e) => !e.closest(".actions, .sources") && !e.querySelector("p, li"))
  .map((e) => e.dataset.say ?? e.textContent).join("")"""
SAID_OTHERWISE = "[...document.querySelectorAll('[data-say]')].map((e) => e.textContent)"
"""What is shown while other words of the author's are said for it."""


def listener(meet: Meet, lang: str, voices: str = "", **options: Any) -> Visitor:
    """Somebody whose device has those voices ("far" is one of the network)."""
    visitor = meet(lang, PHONE, **options)
    if voices:
        visitor.context.add_init_script(f"window.VOICES = {voices}")
    visitor.context.add_init_script(path=SPEECH)
    return visitor


def heard(visitor: Visitor) -> list[dict[str, Any]]:
    """What was said on the open page."""
    return list(visitor.page.evaluate("window.said"))


def wait_for(visitor: Visitor, most: int) -> None:
    """Wait until so many pieces were said on the open page."""
    look = "most => new Promise(done => { const look = () => window.said.length < most ? setTimeout(look, 20) : done(); look(); })"
    visitor.page.evaluate(look, most)


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u2066-\u2069]", "", text)


def hear_a_lesson(learner: Visitor) -> list[dict[str, Any]]:
    """Hear a lesson to its end, and go on to the next step from the bar; what was said of it."""
    lesson, items = of_kind("lesson"), the_course().module(of_kind("lesson").module).item_ids
    open_item(learner, lesson)
    learner.page.locator("[data-listen]").click()
    on = learner.page.locator("[data-part=next]")
    expect(on).to_be_visible()
    said = heard(learner)
    assert squeezed(learner.page.evaluate(TEXT_OF_LESSON)) in squeezed("".join(one["text"] for one in said))
    otherwise = {squeezed(text) for text in learner.page.evaluate(SAID_OTHERWISE)}
    assert all(squeezed(one["shown"]) in {squeezed(one["text"]), *otherwise} for one in said)
    assert max(len(one["text"]) for one in said) <= 160
    assert {one["lang"][:2] for one in said} == {learner.lang}
    assert learner.page.evaluate("CSS.highlights.size") == 0
    with learner.page.expect_navigation():
        on.click()
    assert learner.path == item_path(learner.lang, the_course().items[items[items.index(lesson.id) + 1]])
    wait_for(learner, 1)
    return said


def test_lesson_is_heard_whole_and_goes_on(meet: Meet) -> None:
    """Each sentence is said once, in order, marked while it is said; the step's own button leads on, and the next is read.

    A pause stops at once and goes on with the same sentence; another speed counts at once; leaving quickly is silent.
    """
    learner = listener(meet, "en")
    hear_a_lesson(learner)
    pieces = "([text, lang]) => import(document.querySelector('[data-listen]').dataset.script).then(m => m.pieces(text, lang))"
    for lang, (text, sentences) in EXAMPLES.items():
        assert [one["text"] for one in learner.page.evaluate(pieces, [text, lang])] == sentences
    open_item(learner, of_kind("lesson"))
    learner.page.evaluate("window.isHeld = true")
    learner.page.locator("[data-listen]").click()
    wait_for(learner, 1)
    toggle = learner.page.locator("[data-part=toggle]")
    toggle.click()
    assert not learner.page.evaluate("speechSynthesis.speaking")
    toggle.click()
    wait_for(learner, 2)
    learner.page.locator("[data-part=speed]").select_option("1.5")
    wait_for(learner, 3)
    said = heard(learner)
    assert len({one["text"] for one in said}) == 1
    assert [one["rate"] for one in said] == [1, 1, 1.5]
    learner.context.route("https://**", lambda route: route.abort())
    leave = "button => { button.click(); return [speechSynthesis.speaking, document.documentElement.hidden]; }"
    assert learner.page.locator("[data-quick-exit]").evaluate(leave) == [False, True]


@whole_only
@pytest.mark.parametrize("lang", ["ar", "zh"])
def test_lesson_is_heard_in_other_scripts(meet: Meet, lang: str) -> None:
    """The same from right to left, and where no space stands between words."""
    said = hear_a_lesson(listener(meet, lang))
    assert len({one["text"] for one in said}) > 10
    assert {one["lang"][:2] for one in said} == {lang}


@whole_only
def test_voice_of_the_network_asks_first(meet: Meet) -> None:
    """Without a voice of the device nothing is said before the person agrees; without any there is no button, until one comes."""
    learner = listener(meet, "en", '["en-US far", "zh-HK"]')
    open_item(learner, of_kind("lesson"))
    learner.page.locator("[data-listen]").click()
    agree = learner.page.locator("[data-part=agree]")
    expect(agree).to_be_visible()
    assert heard(learner) == []
    agree.click()
    wait_for(learner, 3)
    other = listener(meet, "zh", '["en-GB", "zh-HK"]')
    open_item(other, of_kind("lesson"))
    assert other.page.locator("[data-listen]").is_hidden()
    late = listener(meet, "en")
    late.context.add_init_script("window.voicesComeLate = true")
    open_item(late, of_kind("lesson"))
    assert late.page.locator("[data-listen]").is_hidden()
    late.page.evaluate("window.voicesComeLate = false; speechSynthesis.dispatchEvent(new Event('voiceschanged'))")
    assert late.page.locator("[data-listen]").is_visible()
