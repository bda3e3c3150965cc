"""Kinds that a stranger brings in a wheel: found, named in every part of the site, and unable to harm it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from coplearn.courses.discovery import installed_bundles
from coplearn.courses.library import Library, load_library
from coplearn.courses.plugin import Incomplete, Problems, QuestionKind, View
from coplearn.i18n.checks.base import Subject
from coplearn.i18n.checks.quiz import Group, answer_facets, group_findings
from coplearn.kernel.words import Role
from coplearn.site import site_of
from tests.conftest import MakeSite
from tests.courses.makecourse import LOCALES, make_course, make_home
from tests.courses.strangers import FILES, TEST, course_with_estimate, install_package, write_package
from tests.courses.test_course_packages import run
from tests.once import judged_catalogs
from tests.translating.editor import number_of, send, worker

ALONE = FILES["estimate_questions/plugin.py"].replace('("slider.js",)', "()").replace('("slider.css",)', "()")
"""The stranger's code without its files."""
MODULES = ("estimate_questions", "twin_questions", "odd_questions")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the stranger's wheel was installed."""
    return install_package(tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def on_path(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The same on Python's path, as an environment has it."""
    judged_catalogs()  # what all sites of the tests share is made without the stranger
    monkeypatch.syspath_prepend(str(wheels))
    yield wheels
    _forget()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder as the product's own without its courses, so that nothing of theirs is read."""
    return make_home(tmp_path / "home")


def _forget() -> None:
    for name in [name for name in sys.modules if name.startswith(MODULES)]:
        del sys.modules[name]


def library_of(courses: Path, *packages: Path) -> Library:
    """The library over those folders, and nothing else that is installed on this machine."""
    return load_library([courses], frozenset(), LOCALES, package_path=[str(path) for path in packages])


def test_question_of_a_wheel_stands_in_a_check_of_any_course(on_path: Path, tmp_path: Path) -> None:
    """Its words are a domain of their own with the package's catalog, its files are there by name, and the check numbers it."""
    folder = course_with_estimate(tmp_path)
    library = library_of(tmp_path, on_path)
    course = library.courses["my-course"]
    item = course.items["first-check"]
    kind = course.kinds[item.kind]
    assert kind.questions(item)[0].kind == "estimate"
    assert kind.where(item, "how-many").params["number"] == 1  # type: ignore[union-attr]
    words = library.words["kinds.estimate"]
    assert words.completeness("ar") == 100
    assert list(library.domains) == ["my-course", "kinds.estimate"]
    (bundle,) = course.bundles
    assert library.file(bundle.code, "slider.js").type == "text/javascript"  # type: ignore[union-attr]
    assert folder.path.name not in bundle.code


def test_package_of_the_manual_passes_its_own_test(on_path: Path) -> None:
    """What the manual gives strangers to test with works, and says no sentence that nobody can translate."""
    assert TEST is not None
    space: dict[str, object] = {}
    exec(compile(TEST[1], "the manual's test", "exec"), space)
    tests = [test for name, test in space.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test()  # type: ignore[operator]


NO_FILES = (
    "../plugin.py",
    "..%2fplugin.py",
    "plugin.py",
    "static/slider.js",
    "/etc/passwd",
    "slider.js/",
    "",
    "slider%00.js",
    "SLIDER.JS",
)


def test_nothing_but_the_files_of_the_folder_is_served(
    on_path: Path, home: Path, tmp_path: Path, make_app: MakeSite
) -> None:
    """A file is looked up by its name among those that were read, so no path leads anywhere else."""
    course_with_estimate(tmp_path / "courses")
    app = make_app(home=home, course_path=(tmp_path / "courses",))
    library = site_of(app).library
    code = library.current().words["kinds.estimate"].code
    client = app.test_client()
    file = library.current().file(code, "slider.css")
    assert file is not None
    good = client.get(f"/static/plugins/{code}/slider.css?v={file.digest}")
    assert (good.status_code, good.mimetype) == (200, "text/css")
    assert good.headers["X-Content-Type-Options"] == "nosniff"
    assert good.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in good.headers
    assert client.get(f"/static/plugins/{code}/slider.css?v=old").headers["Cache-Control"] == "public, no-cache"
    for name in NO_FILES:
        assert client.get(f"/static/plugins/{code}/{name}").status_code in {301, 308, 404}, name


def _page(client: FlaskClient, code: str, lang: str) -> str:
    course = site_of(client.application).library.current().courses["my-course"]
    return client.get(f"/{lang}/c/{course.code}/{course.items[code].code}").text


def test_page_names_files_and_words_of_the_package(
    on_path: Path, home: Path, tmp_path: Path, make_app: MakeSite
) -> None:
    """Files under the address of their content, words in the reader's language, and marked where there are none."""
    course_with_estimate(tmp_path / "courses")
    client = make_app(home=home, course_path=(tmp_path / "courses",)).test_client()
    english, arabic, french = (_page(client, "first-check", lang) for lang in ("en", "ar", "fr"))
    assert "slider.js?v=" in english and "slider.css?v=" in english
    assert "Choose a number from 0 to 10." in english.replace("\u2068", "").replace("\u2069", "")
    assert "اختر عددًا من 0 إلى 10." in arabic.replace("\u2068", "").replace("\u2069", "")
    assert '<span lang="en" dir="ltr" class="untranslated">Choose a number' in french
    assert "slider" not in _page(client, "first-page", "en")


def test_words_of_a_package_are_translated_in_the_editor_as_a_course_is(
    on_path: Path, home: Path, tmp_path: Path, make_app: MakeSite
) -> None:
    """A text with another place is kept back; a good one is what learners read, also after a start."""
    course_with_estimate(tmp_path / "courses")
    app = make_app(home=home, course_path=(tmp_path / "courses",))
    ani = worker(app, "ani", Role.REVIEWER, "fr")
    assert "estimate-questions" in ani.get("/en/translate/fr/").text
    assert ani.get("/en/translate/fr/kinds.estimate/").status_code == 200
    number = number_of(app, "question.estimate#range")
    address = f"/en/translate/fr/kinds.estimate/{number}"
    assert 'id="here"' in ani.get(f"{address}?show=1").text
    good = "Choisissez un nombre de 0 à %(most)s."
    assert "Kept, but not published" in send(
        ani, address, address, **{"form-0": good.replace("most", "nombre"), "do": "publish"}
    )
    assert "Every learner sees it" in send(ani, address, address, **{"form-0": good, "do": "publish"})
    again = make_app(home=home, course_path=(tmp_path / "courses",)).test_client()
    page = _page(again, "first-check", "fr").replace("\u2068", "").replace("\u2069", "")
    assert "Choisissez un nombre de 0 à 10." in page


HOSTILE = {
    "sys.exit": "import sys\nsys.exit(3)\n",
    "interrupt": "raise KeyboardInterrupt\n",
    "recursion": "def f():\n    f()\nf()\n",
    "no kinds": "x = 1\n",
    "not a class": "kinds = (7,)\n",
    "abstract": "from coplearn.courses.plugin import ItemKind\nclass A(ItemKind):\n    name = 'a'\nkinds = (A,)\n",
    "liar": "class K(type):\n    def __getattr__(cls, name):\n        raise SystemExit\n"
    "from coplearn.courses.plugin import QuestionKind\n"
    "class A(QuestionKind, metaclass=type('M', (K, type(QuestionKind)), {})):\n    pass\nquestion_kinds = (A,)\n",
}


def odd_package(folder: Path, code: str, name: str = "odd") -> Path:
    """A folder for the path with a package of kinds that holds that code."""
    package, info = folder / f"{name}_questions", folder / f"{name}-1.dist-info"
    package.mkdir(parents=True)
    info.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "plugin.py").write_text(code, encoding="utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n", encoding="utf-8")
    entry = f"[coplearn.kinds]\n{name} = {name}_questions.plugin\n"
    (info / "entry_points.txt").write_text(entry, encoding="utf-8")
    return folder


@pytest.mark.parametrize("said", ["<script>x</script>", "Turn \u202eround", "Call 0800 123 456 now"])
def test_words_that_no_learner_may_be_shown_leave_the_package_out(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a course with such a text is not shown either."""
    code = ALONE.replace('"Write a whole number that is not too large."', repr(said))
    monkeypatch.syspath_prepend(str(odd_package(tmp_path / "odd", code)))
    course_with_estimate(tmp_path / "courses")
    library = library_of(tmp_path / "courses", tmp_path / "odd")
    assert not library.words
    assert not library.courses
    told = {problem.code for problem in library.problems["installed packages"]}
    assert told & {"text-html", "text-hidden", "phone-number"}
    _forget()


def test_checks_of_translations_know_what_a_strangers_question_is_answered_with() -> None:
    """Two answers of a facet that only the stranger knows must not read the same."""

    class Point(QuestionKind):
        answer_facets = frozenset({"zone.name"})

    texts = [
        Subject(source=source, forms=("Ici",), locale="fr", context=f"check#q.zone.{name}.name")
        for name, source in (("left", "Left"), ("right", "Right"))
    ]
    assert Point.answer_facets <= set(answer_facets())
    assert [(context, one.check) for context, one in group_findings(Group(tuple(texts)))] == [
        ("check#q.zone.right.name", "options-same")
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_package_that_cannot_be_used_takes_nothing_else_down(
    name: str, on_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Staff are told; courses and the kinds of other packages stay."""
    monkeypatch.syspath_prepend(str(odd_package(tmp_path / "odd", HOSTILE[name])))
    course_with_estimate(tmp_path / "courses")
    library = library_of(tmp_path / "courses", on_path, tmp_path / "odd")
    assert list(library.courses) == ["my-course"]
    told = {problem.code for problem in library.problems["installed packages"]}
    assert told & {"plugin-failed", "kind-faulty"}


def test_two_packages_with_one_name_are_both_left_out(
    on_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows which is meant; a name that is built in is never taken."""
    twin = odd_package(
        tmp_path / "twin",
        FILES["estimate_questions/plugin.py"].replace('("slider.js",)', "()").replace('("slider.css",)', "()"),
        "twin",
    )
    monkeypatch.syspath_prepend(str(twin))
    course_with_estimate(tmp_path / "courses")
    library = library_of(tmp_path / "courses", on_path, twin)
    assert not library.courses
    assert [problem.code for problem in library.problems["installed packages"]] == ["kind-twice", "kind-twice"]


def test_course_keeps_its_own_kind_when_a_package_brings_one_of_the_name(on_path: Path, tmp_path: Path) -> None:
    """What an item is does not change because something was installed."""
    folder = course_with_estimate(tmp_path)
    folder.write("plugin.py", ALONE)
    library = load_library([tmp_path], frozenset({"my-course"}), LOCALES, package_path=[str(on_path)])
    course = library.courses["my-course"]
    assert [bundle.domain for bundle in course.bundles] == ["my-course"]
    assert "question.estimate#range" in {message.context for message in course.messages}


def test_plugin_imports_what_lies_beside_it(tmp_path: Path) -> None:
    """Also anew, when both have changed."""
    folder = make_course(tmp_path)
    for number in (1, 2):
        folder.write("waves.py", f"HEIGHT = {number}\n")
        folder.write("plugin.py", f"from .waves import HEIGHT\nassert HEIGHT == {number}\nkinds = ()\n")
        assert not folder.codes(trusted=True) & {"plugin-failed"}


def test_commands_look_after_the_source_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Extract, update and check, as with a course; check of a course tells faulty kinds."""
    monkeypatch.delenv("COPLEARN_COURSE_PATH", raising=False)
    package = write_package(tmp_path)
    options = ["--only", "courses", "--course", str(package), "--trust", "estimate-questions"]
    extracted = run("i18n", "extract", *options)
    assert extracted.exit_code == 0, extracted.output
    assert 'msgctxt "question.estimate#range"' in (package / "course.pot").read_text(encoding="utf-8")
    before = (package / "translations" / "ar.po").read_text(encoding="utf-8")
    updated = run("i18n", "update", *options, "ar", "fr")
    assert updated.exit_code == 0, updated.output
    assert "اختر عددًا" in (package / "translations" / "ar.po").read_text(encoding="utf-8") and before
    assert (package / "translations" / "fr.po").is_file()
    told = run("i18n", "check", *options, "ar")
    assert "3 messages, 0 missing, 0 stale" in told.output, told.output
    assert run("course", "check", str(package), "--trust", "estimate-questions").exit_code == 0
    (package / "plugin.py").write_text("1/0\n", encoding="utf-8")
    broken = run("course", "check", str(package), "--trust", "estimate-questions")
    assert (broken.exit_code, "[plugin-failed]" in broken.output) == (1, True), broken.output


def test_question_refuses_and_shows_in_the_course_as_on_its_own(on_path: Path, tmp_path: Path) -> None:
    """Through the guard, in the reader's language."""
    course_with_estimate(tmp_path)
    course = library_of(tmp_path, on_path).courses["my-course"]
    item = course.items["first-check"]
    with pytest.raises(Incomplete) as caught:
        course.kinds["quiz"].answer(item, {"how-many": ["٣٠٠"]}, {})
    assert caught.value.errors["how-many"].text.startswith("Write a whole number")
    assert View().tally == {}


def test_package_without_a_file_brings_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that Python takes for a package has no file of its own, and where the site was started is not its folder."""
    (tmp_path / "site" / "odd_questions").mkdir(parents=True)
    folder = tmp_path / "site" / "odd_questions-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-questions\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[coplearn.kinds]\nodd = odd_questions\n")
    (tmp_path / "started" / "static").mkdir(parents=True)
    (tmp_path / "started" / "static" / "private.json").write_text("{}")
    monkeypatch.chdir(tmp_path / "started")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    try:
        problems = Problems()
        bundles = installed_bundles(problems, [str(tmp_path / "site")])
        assert not any(bundle.files for bundle in bundles)
        assert {problem.code for problem in problems} == {"plugin-failed"}
    finally:
        _forget()
