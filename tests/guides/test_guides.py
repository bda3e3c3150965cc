"""Guides and handouts as PDF: keys for those who lead groups alone, one page a module, in every script, made once."""

from __future__ import annotations

import fcntl
import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape
from pypdf import PdfReader

from coplearn.accounts.queries import user_by_email
from coplearn.courses.course import Course
from coplearn.guides import presenters
from coplearn.guides.documents import Paper, Sheet, blocks_of
from coplearn.guides.render_cache import KeptPapers, TooManyPapers
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.web.render import DRAFT
from tests.cohorts.worlds import put_cohort, put_staff, signed_in_client
from tests.sizes import some_of

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PARENTS, DRILL = "cop-parents", "cop-cyberdrill-grooming"


def course_of(app: Flask, course_id: str) -> Course:
    return site_of(app).library.current().courses[course_id]


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def squeezed(text: str) -> str:
    """Without spaces, which a PDF keeps as distances, and without the marks that lines of text have."""
    return re.sub(r"[\s*_`\u2066-\u2069\u200b]|\]\([^)]*\)|\[", "", text)


@pytest.fixture
def trainer(app: Flask) -> FlaskClient:
    """Somebody who works in a cohort."""
    with app.app_context():
        session = current_session(app)
        put_staff(session, put_cohort(session), "trainer@example.org", "trainer")
        session.commit()
        user = user_by_email(session, "trainer@example.org")
    assert user is not None
    return signed_in_client(app, user.fs_uniquifier)


def said(course: Course, context: str) -> str:
    return next(message.text for message in course.messages if message.context == context)


def test_a_guide_tells_the_key_of_both_forms_and_what_choices_cost(app: Flask, trainer: FlaskClient) -> None:
    """Every reason of every option of both forms, every cost, and the question before the module with its reasons."""
    course = course_of(app, PARENTS)
    module = course.modules[2]
    answer = trainer.get(f"/en/guides/{course.code}/3.pdf")
    assert answer.mimetype == "application/pdf"
    told = squeezed("".join(pages_of(answer.data)))
    ids = tuple(f"{name}#" for name in (*module.item_ids, module.prefix))
    secret = [
        message
        for message in course.messages
        if message.context.startswith(ids) and message.context.endswith((".reason", ".cost"))
    ]
    assert len(secret) > 50
    assert [one.context for one in secret if squeezed(one.text).partition("\n")[0] not in told] == []
    assert "Form B, to hand out".replace(" ", "") in told


def test_paper_of_what_is_not_there_is_not_made(app: Flask, trainer: FlaskClient) -> None:
    """No step, no module, no check and no form of that name: not there, and no paper is kept for it."""
    course = course_of(app, PARENTS)
    check = next(item.code for item in course.items.values() if item.id in course.checks)
    lesson = next(item.code for item in course.items.values() if item.id not in course.checks)
    modules = (0, len(course.modules) + 1)
    code, wrong = (
        course.code,
        ("step/gone", f"check/{check}/c", "check/gone/a", f"check/{lesson}/a", *map(str, modules)),
    )
    pages = [f"guides/{code}/{name}.pdf" for name in wrong]
    pages += [f"c/{code}/{kind}/{number}.pdf" for kind in ("handout", "booklet") for number in modules]
    found = {page: trainer.get(f"/en/{page}").status_code for page in (*pages, f"c/{code}/cards/gone.png")}
    assert set(found.values()) == {404}, found
    kept = site_of(app).settings.instance_path
    assert [path for path in kept.rglob("*") if path.suffix in (".pdf", ".png")] == []


def test_a_guide_gives_each_minute_of_a_session_to_one_thing(app: Flask, trainer: FlaskClient) -> None:
    """From the opening to the close, with time to talk after each step."""
    course = course_of(app, PARENTS)
    module = course.modules[2]
    pages = pages_of(trainer.get(f"/en/guides/{course.code}/3.pdf").data)[:2]
    times = [(int(start), int(end)) for start, end in re.findall(r"(\d+)–(\d+)", "".join(pages))]
    assert len(times) == len(module.item_ids) + 2
    assert times[0][0] == 0
    assert all(before[1] == after[0] for before, after in pairwise(times))
    assert times[-1][1] >= sum(course.items[item_id].minutes for item_id in module.item_ids) + 10


def test_a_handout_holds_nothing_of_a_key(app: Flask, client: FlaskClient) -> None:
    """No reason, no cost, no question; but the words to say, the sentence to remember, and what to do."""
    course = course_of(app, PARENTS)
    told = squeezed("".join(pages_of(client.get(f"/en/c/{course.code}/handout.pdf").data)))
    hidden = [message.text for message in course.messages if message.context.endswith((".reason", ".cost", ".stem"))]
    assert [text for text in hidden if squeezed(text) in told] == []
    for module in course.modules:
        assert squeezed(said(course, f"{module.prefix}#title")) in told
        assert squeezed(said(course, f"{module.item_ids[-1]}#title")) in told


@pytest.mark.parametrize(
    ("course_id", "language"),
    some_of(
        [
            ("cop-educators", "ar"),
            (PARENTS, "ru"),
            ("cop-industry", "fr"),
            ("cop-policymakers", "ru"),
            ("cop-training-of-trainers", "zh"),
            ("cop-workshop-pack", "en"),
            (DRILL, "en"),
        ],
        2,
    ),
)
def test_a_handout_is_one_page_a_module(shared_app: Flask, reader: FlaskClient, course_id: str, language: str) -> None:
    """However long the texts of a language are; and nothing is lost below the edge of the page."""
    course = course_of(shared_app, course_id)
    pages = pages_of(reader.get(f"/{language}/c/{course.code}/handout.pdf").data)
    assert len(pages) == len(course.modules)


def test_a_drill_has_its_pack_as_pdf(app: Flask, trainer: FlaskClient) -> None:
    """The key, what each role knows alone, and the messages, of the exercise by itself."""
    course = course_of(app, DRILL)
    item = next(item for item in course.items.values() if course.kinds[item.kind].exercise(item) is not None)
    told = squeezed("".join(pages_of(trainer.get(f"/en/guides/{course.code}/step/{item.code}.pdf").data)))
    texts = [
        message
        for message in course.messages
        if re.match(rf"{item.id}#(role|inject|fail|anchor|distress|wash)\.", message.context)
    ]
    assert len(texts) > 100
    assert [one.context for one in texts if squeezed(one.text.partition("\n\n")[0]) not in told] == []


def test_checks_on_paper_tell_no_key_and_their_key_does(shared_app: Flask) -> None:
    """Letters mean the same on the questions of each form and in the key; a booklet holds neither a key nor a check."""
    course = course_of(shared_app, PARENTS)
    item = next(course.items[one] for one in course.checks)
    with shared_app.test_request_context("/en/"):
        shared_app.preprocess_request()
        key = presenters.check_key(course, item).sheets[0].html
        for form in presenters.FORMS:
            paper = presenters.check_on_paper(course, item, form)
            assert paper.mark == "" and "Do not write your name" in paper.sheets[0].html
            asked = presenters.lettered(course, item, form)
            assert len(asked) >= 4
            for at, slide, ballot in asked:
                letters = [
                    letter for letter, (name, _) in zip("ABCDEF", ballot.options, strict=False) if name in ballot.right
                ]
                row = re.search(
                    rf"<td>\W*{at}\W*</td><td>{' '.join(letters)}</td><td><div>{re.escape(slide.answer)}", key
                )
                assert row is not None, slide.key
                assert slide.answer not in paper.sheets[0].html
        booklet = presenters.booklet(course, course.modules[0])
    ids = tuple(f"{one}#" for one in course.checks)
    hidden = [one.text for one in course.messages if one.context.startswith(ids) or one.context.endswith(".cost")]
    assert booklet.size == "a5"
    assert [text for text in hidden if len(text) > 60 and escape(text) in booklet.sheets[0].html] == []


def test_an_arabic_guide_is_an_accessible_pdf_that_can_be_searched(app: Flask, trainer: FlaskClient) -> None:
    """It says its language, and its words come out as they went in."""
    course = course_of(app, PARENTS)
    pdf = PdfReader(io.BytesIO(trainer.get(f"/ar/guides/{course.code}/1.pdf").data))
    root = pdf.root_object
    assert str(root["/Lang"]).startswith("ar")
    assert "/StructTreeRoot" in root
    texts = site_of(app).library.texts(course, site_of(app).locales.get("ar"))
    words = texts.get(f"{course.modules[0].prefix}#title").text.split()
    told = "".join(page.extract_text() for page in pdf.pages)
    assert all(word in told for word in words)


LANGUAGES = ["ar", "es", "fr", "ru", "zh"]
ROOM = re.compile(r"#(role|inject|fail|anchor|distress|wash)\.")
"""What a facilitator needs in the room."""


def is_told(text: str, pages: str) -> bool:
    """Whether the text stands there; of an Arabic one two words of three, as what reads a PDF puts signs of some elsewhere."""
    words = re.findall(r"(?<![\u0621-\u0652])[\u0621-\u064a]{3,}(?![\u0621-\u0652])", text)
    if not re.search("[\u0621-\u064a]", text):
        return squeezed(text.partition("\n\n")[0]) in pages
    return 3 * sum(word not in pages for word in words) <= len(words)


@pytest.mark.whole
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guide_can_be_opened_in_each_language(app: Flask, trainer: FlaskClient, language: str) -> None:
    """A module with the keys of its check, and the drill: every title, reason, role and message, in that language."""
    teachers, drill = course_of(app, "cop-educators"), course_of(app, DRILL)
    played = next(one for one in drill.items.values() if drill.kinds[one.kind].exercise(one) is not None)
    module = teachers.modules[1]
    ids = tuple(f"{name}#" for name in (*module.item_ids, module.prefix))
    keys = [one.context for one in teachers.messages if one.context.startswith(ids)]
    keys = [one for one in keys if one.endswith((".reason", ".cost", "#title"))]
    room = [one.context for one in drill.messages if ROOM.search(one.context)]
    with app.test_request_context(f"/{language}/"):
        app.preprocess_request()
        papers = presenters.guide(teachers, (module,)), presenters.guide_of_item(drill, played)
    addresses = f"{teachers.code}/2.pdf", f"{drill.code}/step/{played.code}.pdf"
    for course, paper, address, wanted in zip((teachers, drill), papers, addresses, (keys, room), strict=True):
        answer = trainer.get(f"/{language}/guides/{address}")
        assert answer.status_code == 200
        pages = "".join(map(partial(without_edges, paper), pages_of(answer.data)))
        texts = site_of(app).library.texts(course, next(one for one in site_of(app).locales if one.url == language))
        assert len(wanted) > 40
        assert [one for one in wanted if not is_told(texts.get(one).text, pages)] == []
        assert [one for one in wanted if texts.get(one).fallback] == []


def without_edges(paper: Paper, page: str) -> str:
    """A page without what stands at its head and at its foot, in the middle of a sentence that goes on on the next."""
    told = squeezed(page)
    for edge in (paper.title, paper.mark, paper.foot):
        told = told.replace(squeezed(edge), "")
    return re.sub(r"\d+/\d+", "", told)


def test_paper_in_a_draft_language_says_so_on_each_page(app: Flask, client: FlaskClient) -> None:
    """In that language and in English, as the pages of the site do; in a language that was read nothing is said."""
    course = course_of(app, PARENTS)
    module = course.modules[0]
    for language, said in (("fr", ()), ("hy", (DRAFT,))):
        with app.test_request_context(f"/{language}/"):
            app.preprocess_request()
            for paper in (presenters.handout(course, (module,)), presenters.booklet(course, module)):
                assert paper.draft[1:] == said
    pages = pages_of(client.get(f"/hy/c/{course.code}/handout/1.pdf").data)
    assert all(squeezed(" · ".join(paper.draft)) in squeezed(page) for page in pages)


def test_a_file_is_made_once(app: Flask, client: FlaskClient) -> None:
    """Whoever has it is told so, and nobody makes the same one again."""
    course, kept = course_of(app, PARENTS), site_of(app).settings.instance_path / "cache" / "guides"
    address = f"/en/c/{course.code}/handout/1.pdf"
    first = client.get(address)
    files = {path: path.read_bytes() for path in kept.glob("*.pdf")}
    assert list(files.values()) == [first.data]
    path = next(iter(files))
    path.write_bytes(b"kept")
    assert client.get(address).data == b"kept"
    assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_who_comes_while_too_many_are_made_is_told_to_come_again(tmp_path: Path) -> None:
    """Nobody's learning waits for a PDF: one is made at a time, one thread of a process is at it, and patience ends."""
    paper = Paper("T", "", "", (), "", (Sheet("T", "<p>Hello</p>"),), "", "Help", "https://example.org/help", "Help",
                  one_page=True, language="en", dir="ltr", made=NOW.date())  # fmt: skip
    papers = KeptPapers(tmp_path, patience=0)
    (tmp_path / "cache" / "guides").mkdir(parents=True)
    with (tmp_path / "cache" / "guides" / ".turn").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(TooManyPapers):
            papers.pdf_of("one", lambda: paper)

    def asked_meanwhile() -> Paper:
        with ThreadPoolExecutor(1) as other_person, pytest.raises(TooManyPapers):
            other_person.submit(papers.pdf_of, "another", lambda: paper).result()
        return paper

    made = papers.pdf_of("one", asked_meanwhile)
    assert made[0].startswith(b"%PDF")

    def asked_for_a_kept_one() -> Paper:
        with ThreadPoolExecutor(1) as other_person:
            assert other_person.submit(papers.pdf_of, "one", asked_meanwhile).result() == made
        return paper

    assert papers.pdf_of("two", asked_for_a_kept_one) == made


def test_address_that_has_very_many_made_is_told_to_come_again(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was made before is free; each new one counts, in whatever language."""
    monkeypatch.setattr("coplearn.guides.views.MOST_MADE", 2)
    app = make_app(rate_limits=True)
    client, course = app.test_client(), course_of(app, DRILL)
    asked = [f"/{lang}/c/{course.code}/handout/1.pdf" for lang in ("en", "fr", "en", "es", "en")]
    assert [client.get(path).status_code for path in asked] == [200, 200, 200, 503, 200]


def test_only_what_is_known_comes_from_html() -> None:
    """No script, no field, no address but https, and of a drawing no file and no code."""
    html = (
        '<p onclick="x()">One <a href="javascript:x()">two</a> <a href="https://example.org/">three</a></p>'
        "<script>alert(1)</script><input value='four'><p>#panic() $x$ \\ *five*</p>"
        '<svg viewBox="0 0 10 10"><title>A room</title><image href="/etc/passwd"/><script>six</script>'
        '<rect class="f-teal" x="1" y="1" width="3" height="3" onload="y()"/></svg><svg viewBox="0 0 10 10"></svg>'
    )
    assert blocks_of(html) == [
        {
            "k": "p",
            "c": ["One ", "two", " ", {"t": "a", "h": "https://example.org/", "c": ["three"]}],
            "look": "",
        },
        {"k": "p", "c": ["#panic() $x$ \\ *five*"], "look": ""},
        {"k": "drawing", "svg": blocks_of(html)[2]["svg"], "alt": "A room"},
    ]
    drawing = blocks_of(html)[2]["svg"]
    assert 'fill="#1d7b7e"' in drawing
    assert not re.search("passwd|six|onload|image|title", drawing)


HEADINGS = st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=1, max_size=12)


@given(HEADINGS, st.integers(1, 2))
def test_headings_never_skip_a_level(levels: list[tuple[int, bool]], below: int) -> None:
    """Whatever an author's or a kind's headings are: readers of a PDF go by them."""
    html = "".join(
        f'<div data-deeper="2"><h{level}>a</h{level}></div>' if deeper else f"<h{level}>a</h{level}>"
        for level, deeper in levels
    )
    found = [below, *(block["l"] for block in blocks_of(html))]
    assert len(found) == len(levels) + 1
    assert all(after - before <= 1 for before, after in pairwise(found))


@given(st.text(max_size=60))
def test_any_html_can_be_read(html: str) -> None:
    """Whatever stands there, blocks come out, and no text is lost that would be seen."""
    assert isinstance(blocks_of(f"<p>kept</p>{html}")[0], dict)


def _tables(course: Course, item_id: str) -> list[list[str]]:
    body: Any = course.items[item_id].content
    return [[cell.source for cell in row] for block in body.blocks if hasattr(block, "rows") for row in block.rows]


def test_each_session_of_the_workshop_pack_fills_its_minutes(shared_app: Flask) -> None:
    """Nine sessions of 45 minutes and a round table of 90, with no gap; and nobody is asked or scored there."""
    course = course_of(shared_app, "cop-workshop-pack")
    long = [item for item in course.items.values() if item.minutes >= 45]
    assert sorted(item.minutes for item in long) == [45] * 9 + [90]
    for item in long:
        times = [
            tuple(map(int, re.findall(r"\d+", row[0])))
            for row in _tables(course, item.id)
            if re.match(r"\d+ to \d+", row[0])
        ]
        starts, ends = [start for start, _ in times], [end for _, end in times]
        assert (starts[0], ends[-1]) == (0, item.minutes), item.id
        assert starts[1:] == ends[:-1], item.id
    assert course.checks == ()
    assert all(not course.kinds[item.kind].questions(item) for item in course.items.values())
