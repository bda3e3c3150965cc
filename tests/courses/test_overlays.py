"""A country's overlay: it changes the texts it names and nothing beside them, and a faulty one changes nothing at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coplearn.authoring.problems import Problems
from coplearn.courses.catalog_layers import CatalogLayers
from coplearn.courses.course import Course
from coplearn.courses.library import Library, load_library
from coplearn.courses.overlays.contract import EditAction
from coplearn.courses.overlays.deciding import Decision, decide
from coplearn.courses.overlays.loading import OverlayPlaces
from coplearn.courses.overlays.manifest import read_overlay
from coplearn.courses.overlays.reporting import report
from coplearn.courses.texts import Texts
from coplearn.kernel.errors import Refused
from coplearn.overlays.cli import overlay as commands
from tests.courses.makecourse import CHECK, LESSON, LOCALES, MODULE, Folder, add_module, make_course, make_home
from tests.courses.makeoverlay import OWN_LESSON, adapted, change, make_overlay

PAIR = tuple[Folder, Folder]
REPLACED = {
    "first-page#bcheaqg": "Begin with *one* question.",
    "first-page#bfcix4d": "What helps us",
    "first-page#b2tysj3": "Sit on the carpet together.",
    "first-page#byfhksc.c2": '"Show me what you play."',
    "first-page#bi4iabc.alt": "Two cushions side by side.",
    "first-page#title": "Begin: with a question",
    "first-check#first-word.opt.question": "no",
    "module.begin#title": "A calm beginning at home",
    "course#title": "Our course",
}


@pytest.fixture
def pair(tmp_path: Path) -> PAIR:
    """A course and an overlay of it."""
    course = make_course(tmp_path / "courses")
    return course, make_overlay(tmp_path / "overlays", course)


def made_of(pair: PAIR) -> Course:
    """What a good pair comes to."""
    made, problems = adapted(pair[1], pair[0])
    assert made is not None, [str(one) for one in problems]
    return made


def texts_of(course: Course) -> dict[str, str]:
    """What the course says, by context."""
    return {message.context: message.text for message in course.messages}


def test_overlay_changes_what_it_names_and_nothing_else(pair: PAIR) -> None:
    """Each kind of text, a page and a module of its own; ids and addresses stay, and so do the records of what is the same."""
    folder, overlay = pair
    before = folder.course()
    for block, text in REPLACED.items():
        change(overlay, before, block, text)
    change(overlay, before, "first-page#bqai7sk", "- Drink tea. {#btea111}", EditAction.INSERT, "a.md")
    change(overlay, before, "first-page#baz5amy", "After the box. {#bbox111}", EditAction.INSERT, "b.md")
    change(overlay, before, "first-page#bbox111", "And then this. {#bbox222}", EditAction.INSERT, "c.md")
    change(overlay, before, "first-action#baw5dc6", "", EditAction.HIDE)
    overlay.write("items/our-page.md", OWN_LESSON)
    overlay.write(
        "modules/09-ours/01-last.md", OWN_LESSON.replace("our-page", "our-last").replace("bourown1", "bourown2")
    )
    head = "id: ours\ntitle: Ours\nsummary: What is ours.\nminutes: 1\nobjectives:\n  go: Go on.\n"
    overlay.write("modules/09-ours/module.yaml", head)
    parts = '\n[[items]]\npath = "items/our-page.md"\nafter = "first-page"\n'
    overlay.add("overlay.toml", f'{parts}[[modules]]\npath = "09-ours"\nafter = "begin"\n')
    after = made_of(pair)
    was, now = texts_of(before), texts_of(after)
    fresh = {
        "first-page#btea111": "Drink tea.",
        "first-page#bbox111": "After the box.",
        "first-page#bbox222": "And then this.",
    }
    assert now.items() >= (REPLACED | fresh).items()
    assert {context for context in was if now.get(context) != was[context]} == {*REPLACED, "first-action#baw5dc6"}
    order = [one for one in now if one.startswith("first-page#b")]
    assert order.index("first-page#btea111") == order.index("first-page#bqai7sk") + 1
    assert (
        order.index("first-page#bbox222")
        == order.index("first-page#bbox111") + 1
        == order.index("first-page#baz5amy") + 2
    )
    assert list(after.items) == ["first-page", "our-page", "first-story", "first-check", "first-action", "our-last"]
    assert after.required == before.required == tuple(before.items) and after.checks == before.checks
    assert {one.code for one in before.items.values()} < {one.code for one in after.items.values()}
    same = {name for name in before.items if before.items[name].digest == after.items[name].digest}
    assert same == {"first-story"} and after.digest != before.digest
    assert (after.id, after.version, after.code) == (before.id, before.version, before.code)


def test_overlay_tells_its_country_a_fact(pair: PAIR) -> None:
    """One that the course asks for, with its source; what is still open is told to nobody."""
    folder, overlay = pair
    folder.add(MODULE, "facts:\n  duty:\n    text: Ask who must report.\n  age:\n    text: Ask from what age.\n")
    folder.add(LESSON, "\n:::fact duty\n:::\n\n:::fact age\n:::\n")
    source = 'owner = "Parliament"\nyear = 2020\ntitle = "Act"\nurl = "https://example.org/act"\nkind = "law"\n'
    overlay.add(
        "overlay.toml",
        '[facts.begin.duty]\ntext = "Every teacher must report."\nsource = "act"\n'
        '[facts.begin.age]\nopen = "From what age a child may open an account."\n'
        '[facts.begin.ask]\ntext = "Ask the ministry."\nsource = "act"\ngeneral = "Ask around."\nadvice = true\n'
        f"[sources.begin.act]\n{source}read = 2026-11-29\ncheck_by = 2027-06-30\n",
    )
    facts = made_of(pair).modules[0].facts
    assert facts["duty"].told("MA")[1].text.text == "Every teacher must report."
    assert facts["duty"].told("FR")[1].text.text == "Ask who must report."
    assert facts["ask"].is_advice and not facts["duty"].is_advice
    assert facts["age"].told("MA") == facts["age"].told(None)


def test_country_has_its_own_arabic_and_leaves_arabic_alone(pair: PAIR) -> None:
    """Its catalog stands over the course's; a text it replaced is never shown in a translation of what it was."""
    folder, overlay = pair
    entry = 'msgctxt "first-page#{0}"\nmsgid "{1}"\nmsgstr "{2}"\n\n'
    said = texts_of(folder.course())
    head = 'msgid ""\nmsgstr ""\n"Language: ar\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    theirs = [("bfcix4d", "ما يفيد"), ("bqai7sk", "**اسألوا ثم انتظروا.** عشر ثوان.")]
    folder.write(
        "translations/ar.po", head + "".join(entry.format(key, said[f"first-page#{key}"], ar) for key, ar in theirs)
    )
    change(overlay, folder.course(), "first-page#bqai7sk", "Ask and pour tea.")
    overlay.write("translations/ar.po", head + entry.format("bfcix4d", "What helps", "شنو كيعاون"))
    course, made = folder.course(), made_of(pair)
    library = CatalogLayers().with_adapted(Library({course.id: course}, adapted={course.id: {"MA": made}}), None)
    arabic = LOCALES.get("ar")

    def shown(country: str | None, key: str) -> str:
        one = library.shown_in(library.courses[course.id], country)
        return Texts(one.messages, LOCALES.get("en"), [(arabic, one.catalogs.get("ar"))]).get(f"first-page#{key}").text

    assert [shown(None, "bfcix4d"), shown("MA", "bfcix4d"), shown("FR", "bfcix4d")] == [
        "ما يفيد",
        "شنو كيعاون",
        "ما يفيد",
    ]
    version = library.courses[course.id].catalogs["ar"].version
    assert library.adapted[course.id]["MA"].catalogs["ar"].version != version


def put_in_a_circle(overlay: Folder, course: Course) -> None:
    """Two insertions, each after the other."""
    change(overlay, course, "first-page#btwo222", "One. {#bone111}", EditAction.INSERT, "one.md")
    change(overlay, course, "first-page#bone111", "Two. {#btwo222}", EditAction.INSERT, "two.md")


def mend_by_hand(overlay: Folder, course: Course) -> None:
    """A base that is not what the hash is of."""
    change(overlay, course, "first-page#bcheaqg", "Ours.")
    overlay.swap("blocks/first-page_bcheaqg.md", "base: A good", "base: A bad")


BAD: dict[str, Callable[[Folder, Course], None]] = {
    "overlay-version": lambda overlay, course: overlay.swap("overlay.toml", ">=", ">=9"),
    "overlay-versions": lambda overlay, course: overlay.swap("overlay.toml", ">=", "about "),
    "unknown-country": lambda overlay, course: overlay.swap("overlay.toml", '"MA"', '"XX"'),
    "language-unknown": lambda overlay, course: overlay.swap("overlay.toml", '"fr"', '"tlh"'),
    "toml-syntax": lambda overlay, course: overlay.add("overlay.toml", "[[["),
    "unknown-key": lambda overlay, course: overlay.add("overlay.toml", 'plugin = "x.py"\n'),
    "brand-contrast": lambda overlay, course: overlay.add(
        "overlay.toml", '[brand]\ncolour = "#ffee88"\ncolour_dark = "#ffee88"\n'
    ),
    "overlay-hides-safety": lambda overlay, course: change(overlay, course, "first-page#bja5ts6", "", EditAction.HIDE),
    "overlay-hides-help": lambda overlay, course: change(overlay, course, "first-page#bja5ts6", "You are not alone."),
    "overlay-block": lambda overlay, course: change(overlay, course, "module.begin#summary", "", EditAction.HIDE),
    "overlay-text": lambda overlay, course: change(overlay, course, "first-page#bcheaqg", "One.\n\nTwo."),
    "markdown-html": lambda overlay, course: change(overlay, course, "first-page#bcheaqg", "<script>alert(1)</script>"),
    "overlay-spills": lambda overlay, course: change(overlay, course, "first-page#bcheaqg", "## Now a heading"),
    "block-id-twice": lambda overlay, course: change(
        overlay, course, "first-page#bcheaqg", "Once more. {#bcheaqg}", EditAction.INSERT
    ),
    "overlay-circle": put_in_a_circle,
    "overlay-hash": mend_by_hand,
    "overlay-place": lambda overlay, course: overlay.add(
        "overlay.toml", '[[items]]\npath = "items/none.md"\nafter = "nowhere"\n'
    ),
    "file-missing": lambda overlay, course: overlay.add(
        "overlay.toml", '[[items]]\npath = "items/none.md"\nafter = "first-page"\n'
    ),
    "overlay-fact": lambda overlay, course: overlay.add("overlay.toml", '[facts.begin.none]\nopen = "What?"\n'),
}


@pytest.mark.parametrize("code", BAD)
def test_faulty_overlay_is_told_and_changes_nothing(pair: PAIR, code: str) -> None:
    """Each fault has its sentence; nothing of the overlay is laid over the course."""
    folder, overlay = pair
    BAD[code](overlay, folder.course())
    made, problems = adapted(overlay, folder)
    assert made is None
    assert code in {problem.code for problem in problems.errors}, [str(one) for one in problems]


def test_item_that_is_a_link_out_of_the_overlay_is_refused(pair: PAIR, tmp_path: Path) -> None:
    """A link leads to what is not the overlay's."""
    folder, overlay = pair
    (tmp_path / "secret.md").write_text(OWN_LESSON, encoding="utf-8")
    (overlay.path / "items").mkdir()
    (overlay.path / "items" / "our-page.md").symlink_to(tmp_path / "secret.md")
    overlay.add("overlay.toml", '[[items]]\npath = "items/our-page.md"\nafter = "first-page"\n')
    made, problems = adapted(overlay, folder)
    assert made is None and {one.code for one in problems.errors} >= {"file-missing"}


def test_words_said_aloud_go_with_the_text_they_were_of(pair: PAIR) -> None:
    """Who hears the page hears the country's text."""
    folder, overlay = pair
    folder.swap(LESSON, "minutes: 2\n", "minutes: 2\nsay:\n  bcheaqg: A good talk is how it is said.\n")
    change(overlay, folder.course(), "first-page#bcheaqg", "Ours.")
    assert "first-page#bcheaqg.say" in texts_of(folder.course())
    assert "first-page#bcheaqg.say" not in texts_of(made_of(pair))


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    """The commands, in a home with one course."""
    home = make_home(tmp_path / "home")
    make_course(home / "courses")

    def call(*words: str) -> Result:
        return CliRunner().invoke(commands, [*words, "--home", str(home)], catch_exceptions=False)

    return call


def test_new_release_gives_one_conflict_and_one_clean_update(run: Callable[..., Result], tmp_path: Path) -> None:
    """As a newcomer does it: new, take, write; the course changes two texts; report, decide, update; nothing is lost."""
    course = Folder(tmp_path / "home" / "courses" / "my-course")
    made = tmp_path / "home" / "overlays" / "our-country"
    where = str(made)
    told = run("new", "our-country", "my-course", "--country", "MA", "--languages", "ar,fr", "--by", "Our team")
    assert told.exit_code == 0, told.output
    assert run("take", where, "first-page#bcheaqg").exit_code == 0
    overlay = Folder(made)
    overlay.swap("blocks/first-page_bcheaqg.md", "\n---\nA good talk", "\n---\nWith us a good talk")
    assert run("check", where).exit_code == 0
    assert run("report", where).exit_code == 0
    quiet, text = next(pair for pair in texts_of(course.course()).items() if "Ten quiet seconds" in pair[1])
    head = 'msgid ""\nmsgstr "Language: ar\\nContent-Type: text/plain; charset=UTF-8\\n"\n'
    course.write("translations/ar.po", f'{head}\nmsgctxt "{quiet}"\nmsgid "{text}"\nmsgstr "عشر ثوان هادئة"\n')
    course.swap(LESSON, "A good talk begins", "A calm talk begins")
    course.swap(LESSON, "Ten quiet seconds", "Twenty quiet seconds")
    told = run("report", where)
    assert told.exit_code == 1 and "1 conflict" in told.output and "1 changed upstream" in told.output
    for text in ("was:  A good talk", "now:  A calm talk", "ours: With us a good talk"):
        assert text in told.output
    assert texts_of(course.course())["first-page#bcheaqg"] == texts_of(made_of((course, overlay)))["first-page#bcheaqg"]
    assert run("check", where).exit_code == 1
    assert run("update", where).exit_code == 1
    told = run("update", where, "--keep", "first-page#bcheaqg")
    assert told.exit_code == 0, told.output
    assert texts_of(made_of((course, overlay)))["first-page#bcheaqg"].startswith("With us a good talk")
    told = run("report", where)
    assert told.exit_code == 0 and "0 conflict" in told.output and "0 changed upstream" in told.output
    # Each language's texts are listed by block and file, the country's own first.
    arabic = told.output.partition("ar: ")[2].partition("fr: ")[0].splitlines()
    assert arabic[1].startswith("  not translated: first-page#bcheaqg (blocks/first-page_bcheaqg.md:")
    assert arabic[1].endswith("our own")
    assert any(line.startswith(f"  stale: {quiet} (01-begin/01-first-page.md:") for line in arabic)
    assert run("update", where, "--accept", "first-page#bcheaqg").exit_code == 0
    assert texts_of(made_of((course, overlay)))["first-page#bcheaqg"].startswith("A calm talk")
    log = [json.loads(line) for line in overlay.read("decisions.jsonl").splitlines()]
    assert [one["choice"] for one in log] == ["keep", "accept"]
    assert log[1]["ours"].startswith("With us a good talk")


def test_text_that_the_course_lost_is_kept_and_told(pair: PAIR) -> None:
    """Its file stays, and readers see the course."""
    folder, overlay = pair
    change(overlay, folder.course(), "first-page#b62lt3w", "You will meet it again.")
    add_module(folder)
    folder.swap(LESSON, "You will meet the same question again in [the story](item:first-story). {#b62lt3w}", "")
    made, problems = adapted(overlay, folder)
    assert made is not None and "overlay-gone" in {one.code for one in problems}
    assert (overlay.path / "blocks" / "first-page_b62lt3w.md").is_file()


def test_overlay_comes_in_a_package_and_the_site_decides_beside_it(tmp_path: Path) -> None:
    """It is found by its entry point; what the site decided lies in its own folder, and the package stays as it is."""
    course, packages = make_course(tmp_path / "courses"), tmp_path / "packages"
    overlay = make_overlay(packages, course, "our_country", "MA")
    overlay.swap("overlay.toml", 'id = "our_country"', 'id = "our-country"')
    change(overlay, course.course(), "first-page#bcheaqg", "Ours.")
    about = packages / "our_country-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: our-country\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text("[coplearn.overlays]\nour-country = our_country\n", encoding="utf-8")

    def shown() -> str:
        places, folders = OverlayPlaces(own=tmp_path / "own"), [course.path.parent]
        library = load_library(folders, frozenset(), LOCALES, package_path=[str(packages)], overlays=places)
        return texts_of(library.shown_in(library.courses["my-course"], "MA"))["first-page#bcheaqg"]

    assert shown() == "Ours."
    own = Folder(tmp_path / "own" / "our-country")
    change(own, course.course(), "first-page#bcheaqg", "", EditAction.NOTHING)
    assert shown().startswith("A good talk")


HELP = "first-page#bja5ts6"
OURS = "Worried after a talk? You are not alone: [get help now](help:)."
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("block", "choice", "text", "told"),
    [
        ("first-page#b62lt3w", Decision.KEEP, "", "There is nothing to decide about this text."),
        ("first-page#bqai7sk", Decision.KEEP, "", "There is nothing to decide about this text."),
        ("first-page#bcheaqg", Decision.EDIT, "", "Write the text that your readers are to see."),
        ("first-page#bcheaqg", Decision.EDIT, "tea " * 5001, "Write the text that your readers are to see."),
        (HELP, Decision.EDIT, "You are not alone.", "Keep its link"),
    ],
)
def test_decision_that_cannot_be_is_refused(pair: PAIR, block: str, choice: Decision, text: str, told: str) -> None:
    """A text that is gone or our own is not kept over the course's; no text is empty, and help keeps its link."""
    folder, overlay = pair
    for one, words in (
        (HELP, OURS),
        ("first-page#bcheaqg", "Ours."),
        ("first-page#b62lt3w", "You will meet it again."),
    ):
        change(overlay, folder.course(), one, words)
    change(overlay, folder.course(), "first-page#bqai7sk", "- Drink tea. {#btea111}", EditAction.INSERT, "a.md")
    folder.swap(LESSON, "You will meet the same question again in [the story](item:first-story). {#b62lt3w}", "")
    before = {path: path.read_bytes() for path in overlay.path.rglob("*") if path.is_file()}
    found = read_overlay(overlay.path, None, Problems())
    assert found is not None
    line = next(
        one for one in report(found, folder.course(), None).lines if one.block == block and one.edit is not None
    )
    with pytest.raises(Refused, match=told):
        decide(found, overlay.path, line, choice, text, "us", NOW)
    assert {path: path.read_bytes() for path in overlay.path.rglob("*") if path.is_file()} == before


def test_text_that_cannot_be_told_apart_or_ends_its_cell_is_refused(pair: PAIR) -> None:
    """Another text, or another cell, would be changed in its place."""
    folder, overlay = pair
    old = "id: wait\n        text: Waiting quietly\n        correct: true\n        reason: Silence gives time to find words."
    folder.swap(CHECK, old, "{id: wait, text: Waiting quietly, correct: true, reason: Waiting quietly}")
    for block, words, told in (
        ("first-check#what-helps.opt.wait", "Waiting with tea", "cannot be told apart in 01-begin/03-first-check.yaml"),
        ("first-page#byfhksc.c2", "Show me | your game", "There is no such cell"),
    ):
        change(overlay, folder.course(), block, words, file="only.md")
        made, problems = adapted(overlay, folder)
        assert made is None
        assert [told in one.what for one in problems.errors] == [True], [str(one) for one in problems]


def test_command_that_cannot_be_done_says_why_and_writes_nothing(run: Callable[..., Result], tmp_path: Path) -> None:
    """A wrong id, country, language, course or text is named; what is there already stays as it is."""
    home, block = tmp_path / "home", "first-page#bcheaqg"
    made, course = home / "overlays" / "our-country", Folder(home / "courses" / "my-course")
    where, new = str(made), ("--country", "MA", "--languages", "ar,fr", "--by", "Our team")
    assert run("new", "our-country", "my-course", *new).exit_code == 0
    assert run("take", where, block).exit_code == 0
    (home / "empty").mkdir()

    def held() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}

    rows: list[tuple[tuple[str, ...], str]] = [
        (("new", "Our Country", "my-course", *new), "An id is 2 to 48 small letters"),
        (("new", "other", "my-course", *new, "--country", "XX"), "XX is no country."),
        (("new", "other", "my-course", *new, "--languages", "ar,tlh"), "tlh is no language of"),
        (("new", "other", "no-course", *new), "There is no course no-course there."),
        (("new", "our-country", "my-course", *new), "our-country is there already."),
        (("take", where, "first-page#none"), "The course has no text first-page#none."),
        (("take", where, block), "first-page_bcheaqg.md is there already."),
        (("take", str(home / "empty"), block), "overlay.toml"),
        (("update", where, "--undo", block), f"Nothing was decided about {block} that can be undone."),
        (("update", where, "--keep", "first-page#title"), "The overlay changes no text first-page#title."),
    ]
    before = held()
    for words, told in rows:
        found = run(*words)
        assert (found.exit_code, told in found.output) == (1, True), (words, found.output)
    course.swap(LESSON, "kind: lesson", "kind: none")
    found = run("report", where)
    assert found.exit_code == 1 and "The course has errors: mend them first." in found.output
    course.swap(LESSON, "kind: none", "kind: lesson")
    assert held() == before
