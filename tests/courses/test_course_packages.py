"""Strangers' courses: as an installed wheel, with a kind of their own, and through the commands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click import Group
from click.testing import CliRunner, Result

from coplearn.courses import cli
from coplearn.courses.library import Library, load_library
from coplearn.courses.plugin import Incomplete, View
from coplearn.courses.texts import Texts
from coplearn.i18n import cli as i18n_cli
from tests.courses.makecourse import HOME, LESSON, LOCALES, Folder, make_course
from tests.courses.test_course_texts import EN, page

MANUAL = (HOME / "docs" / "courses.md").read_text(encoding="utf-8")
PYPROJECT = re.search(r"```toml\n(.*?)```", MANUAL, re.DOTALL)
PLUGIN = re.search(r"<!-- example plugin -->\n```python\n(.*?)```", MANUAL, re.DOTALL)
PROMISE = re.search(r"An item of that kind:\n\n```yaml\n(.*?)```", MANUAL, re.DOTALL)


def run(*arguments: str) -> Result:
    """One command of `coplearn`."""
    group = Group("coplearn")
    for command in (*cli.commands, *i18n_cli.commands):
        group.add_command(command)
    return CliRunner().invoke(group, arguments)


def with_promise(folder: Folder) -> Folder:
    """The manual's own kind and its item."""
    assert PLUGIN is not None
    assert PROMISE is not None
    folder.write("plugin.py", PLUGIN[1])
    folder.write("01-begin/05-promise.yaml", PROMISE[1])
    return folder


def installed(site: Path) -> Library:
    """The library over nothing but the packages installed in ``site``."""
    return load_library([], frozenset(), LOCALES, package_path=[str(site)])


def test_package_course_travels_as_a_wheel_and_is_found(tmp_path: Path) -> None:
    """The manual's pyproject builds, installs without a network, and its course is live with its own code trusted."""
    assert PYPROJECT is not None
    project, site = tmp_path / "project", tmp_path / "site"
    folder = with_promise(make_course(project, "our_school_course"))
    folder.write("__init__.py", "")
    (project / "pyproject.toml").write_text(PYPROJECT[1], encoding="utf-8")
    build = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(project)]
    subprocess.run([sys.executable, *build], check=True, capture_output=True)
    wheel = next((tmp_path / "dist").glob("*.whl"))
    install = ["-m", "pip", "install", "--no-deps", "--no-index", "--quiet", "--target", str(site), str(wheel)]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)
    library = installed(site)
    assert not library.problems
    course = library.courses["my-course"]
    assert course.folder.is_relative_to(site)
    assert list(course.items) == ["first-page", "first-story", "first-check", "first-action", "our-promise"]


def test_package_without_a_course_is_told(tmp_path: Path) -> None:
    """An entry point that leads nowhere is a problem for the staff page, and nothing more."""
    info = tmp_path / "empty-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: empty\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[coplearn.courses]\nempty = no_such_package\n", encoding="utf-8")
    library = installed(tmp_path)
    assert not library.courses
    assert [problem.code for problem in library.problems["installed packages"]] == ["package-empty"]


def test_own_kind_of_the_manual_works_in_every_part(tmp_path: Path) -> None:
    """A stranger who copies the example has a page that renders, asks, refuses and finishes."""
    loaded = with_promise(make_course(tmp_path)).load(trusted=True)
    assert not loaded.problems.found
    course = loaded.course
    assert course is not None
    item = course.items["our-promise"]
    kind = course.kinds["promise"]
    shown = page(course, Texts(course.messages, EN), "our-promise")
    assert "We listen first." in kind.render(item, shown, View())
    with pytest.raises(Incomplete) as caught:
        kind.answer(item, {}, {})
    assert "field__error" in kind.render(item, shown, View(errors=caught.value.errors))
    assert kind.answer(item, {"agree": ["yes"]}, {}).done
    assert kind.paper(item, shown)


@pytest.mark.parametrize(
    "words", ["course check", "course list", "course facts", "course stamp", "i18n extract --course"]
)
def test_folder_without_a_course_is_told(tmp_path: Path, words: str) -> None:
    """A mistyped folder is no course without faults."""
    only = ["--only", "courses"] if words.startswith("i18n") else []
    found = run(*words.split(), str(tmp_path), *only)
    assert (found.exit_code, found.output) == (1, "Error: No course.yaml was found there.\n")
    assert list(tmp_path.iterdir()) == []


def test_command_walk_fails_where_not_every_path_is_told(tmp_path: Path) -> None:
    """What was found is told all the same, and whoever reads it over is not left to think that it is all."""
    folder = with_promise(make_course(tmp_path))
    more = "    def transcript(self, item, told, *, once):\n        return ['One of many paths.'], False\n\n"
    folder.swap("plugin.py", "    def paper(self", f"{more}    def paper(self")
    found = run("course", "walk", str(folder.path), "our-promise", "--trust", "my-course")
    assert found.exit_code == 1
    assert found.output.startswith("One of many paths.\n")
    assert "A story has more paths than can be followed" in found.output


def test_command_new_makes_a_good_course(tmp_path: Path) -> None:
    """The first minute of an author: new, check, list."""
    made = run("course", "new", "our-school", "--into", str(tmp_path))
    assert made.exit_code == 0, made.output
    assert run("course", "check", str(tmp_path)).exit_code == 0
    assert "our-school 0.1.0: 1 modules, 4 items" in run("course", "list", str(tmp_path)).output
    assert run("course", "new", "our-school", "--into", str(tmp_path)).exit_code == 1
    assert run("course", "new", "Our School", "--into", str(tmp_path)).exit_code == 1


def test_command_check_tells_place_and_mend_and_fails(tmp_path: Path) -> None:
    """What an editor or a build server can read."""
    folder = make_course(tmp_path)
    folder.add(LESSON, "\n#### Deep {#bbbbbbb}\n")
    result = run("course", "check", str(folder.path))
    assert result.exit_code == 1
    line = folder.read(LESSON).split("\n").index("#### Deep {#bbbbbbb}") + 1
    assert f"{folder.path}/{LESSON}:{line}: error: A heading of level 4 is not used." in result.output


def test_command_stamp_mends_and_its_check_only_tells(tmp_path: Path) -> None:
    """`--check` writes nothing and fails; a second stamp has nothing to do."""
    folder = make_course(tmp_path)
    folder.add(LESSON, "\nA new thought.\n")
    before = folder.read(LESSON)
    assert run("course", "stamp", "--check", str(folder.path)).exit_code == 1
    assert folder.read(LESSON) == before
    assert "1 ids added" in run("course", "stamp", str(folder.path)).output
    assert folder.read(LESSON).startswith(before.rstrip("\n"))
    assert run("course", "stamp", "--check", str(folder.path)).output == ""


def _home(tmp_path: Path) -> Path:
    """A small site: one course, one module of code, one template, the registry."""
    home = tmp_path / "home"
    make_course(home / "courses")
    registry = (HOME / "translations" / "locales.toml").read_text(encoding="utf-8")
    for name, text in {
        "translations/locales.toml": registry,
        "coplearn/a.py": 'N_("One %(name)s")\nngettext("%(num)s day", "%(num)s days", 3)\n'
        '# translators: a greeting\n_("Hello")\n',
        "coplearn/web/templates/a.html": "{{ _('From a page') }}{% trans %}  Two\n  lines {% endtrans %}",
    }.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    return home


def test_command_i18n_goes_round_for_interface_and_courses(tmp_path: Path) -> None:
    """Extract, update, compile and check, twice with the same result, and a fault that is told."""
    home = str(_home(tmp_path))
    for name, codes in (("extract", ()), ("update", ("ar", "fr")), ("compile", ("ar", "fr")), ("check", ("ar", "fr"))):
        result = run("i18n", name, "--home", home, *codes)
        assert result.exit_code == 0, result.output
    assert "written" not in run("i18n", "update", "--home", home, "ar", "fr").output
    template = (Path(home) / "translations" / "messages.pot").read_text(encoding="utf-8")
    for words in ("One %(name)s", "%(num)s days", "From a page", "Two lines", "#. a greeting"):
        assert words in template
    catalog = Path(home) / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
    assert catalog.with_suffix(".mo").is_file()
    text = catalog.read_text(encoding="utf-8")
    wrong = text.replace('One %(name)s"\nmsgstr ""', 'One %(name)s"\nmsgstr "Un %(nom)s"')
    catalog.write_text(wrong, encoding="utf-8")
    broken = run("i18n", "check", "--home", home, "fr")
    assert broken.exit_code == 1
    assert "[message-placeholders]" in broken.output
    assert run("i18n", "check", "--home", home, "zh-CN").exit_code == 2


def test_command_i18n_check_sees_a_stale_template(tmp_path: Path) -> None:
    """A sentence that nobody extracted is never forgotten."""
    home = _home(tmp_path)
    run("i18n", "extract", "--home", str(home))
    (home / "coplearn" / "a.py").write_text('_("A new sentence")\n', encoding="utf-8")
    result = run("i18n", "check", "--home", str(home), "--only", "interface", "fr")
    assert result.exit_code == 1
    assert "messages.pot: is stale" in result.output
