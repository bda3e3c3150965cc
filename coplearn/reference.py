"""`coplearn docs`: the reference parts of docs/ are written from the code, between markers, and checked for staleness."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Final

import click
from flask import current_app
from flask.cli import with_appcontext

from coplearn import settings as settings_module
from coplearn.administration.site_settings.rules import CHOSEN
from coplearn.certificates.rules import NUMBER_LENGTH, NUMBER_LETTERS
from coplearn.cohorts.meetings.rules.marking import DOOR_TRIES, DOOR_TRIES_SECONDS
from coplearn.cohorts.people.rules.joining import CARD_LENGTH, JOIN_LENGTH, MOST_TRIES
from coplearn.cohorts.people.rules.joining import TRIES_SECONDS as JOIN_SECONDS
from coplearn.courses.plugin import ItemKind, QuestionKind
from coplearn.courses.size_tables import minutes_table, words_table
from coplearn.helplines.tables import kinds_table, shown_table, withheld_table
from coplearn.i18n.checks.across import TOGETHER_CHECKS
from coplearn.i18n.checks.files import FILE_CHECKS
from coplearn.i18n.checks.quiz import GROUP_CHECKS
from coplearn.i18n.checks.registry import CHECKS
from coplearn.kernel.short_codes import CODE_LETTERS, chance_per_year
from coplearn.privacy.rules import TERMS
from coplearn.rooms.rules import CODE_LENGTH, TRIES, TRIES_SECONDS
from coplearn.second_factors import rules as factors
from coplearn.settings import HOME, Settings
from coplearn.starting import serve

_BLOCK: Final = re.compile(r"(<!-- generated: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


_ROLE: Final = re.compile(r":(?:class|data|func|meth):(`[^`]+`)")
"""What a docstring for programmers puts before a name."""


def settings_reference() -> str:
    """Every setting with its variable, default and docstring."""
    tree = ast.parse(inspect.getsource(settings_module))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings").body
    words: dict[str, str] = {}
    for field, following in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            if not (isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)):
                raise ValueError(f"The setting {field.target.id} has no docstring.")
            words[field.target.id] = " ".join(str(following.value.value).split())
    lines = ["| variable | default | what it does |", "|---|---|---|"]
    for one in fields(Settings):
        default = "" if isinstance(one.default, Path) else one.default
        shown = f"`{default}`" if default not in ("", (), None) else ""
        more = "_…" if one.type == "Named" else ""
        lines.append(f"| `COPLEARN_{one.name.upper()}{more}` | {shown} | {words[one.name]} |")
    return "\n".join(lines)


def commands_reference() -> str:
    """Every command with its first sentence."""
    lines = ["| command | what it does |", "|---|---|"]
    groups: Mapping[str, click.Command] = {**current_app.cli.commands, "serve": serve}
    for name, command in sorted(groups.items()):
        if isinstance(command, click.Group):
            for inner, one in sorted(command.commands.items()):
                lines.append(f"| `coplearn {name} {inner}` | {_first(one)} |")
        else:
            lines.append(f"| `coplearn {name}` | {_first(command)} |")
    return "\n".join(lines)


def _first(command: click.Command) -> str:
    return " ".join((command.help or "").split())


def checks_reference() -> str:
    """Every check of a translated message, of a question and of a catalog."""
    lines = [
        "| check | | for | what the translator reads | may be dismissed | mends itself |",
        "|---|---|---|---|---|---|",
    ]
    for check in CHECKS:
        severity = f"{check.severity}, E where it may hurt" if check.blocks_when_critical else check.severity
        scope = ", ".join(sorted(check.languages)) or ("all" if len(check.kinds) > 1 else "courses")
        lines.append(_check_row(check.id, severity, scope, check.message, check.dismissable, check.fixes))
    lines += [
        _check_row(rule.id, rule.severity, "questions", rule.message, rule.dismissable, False) for rule in GROUP_CHECKS
    ]
    lines += [
        _check_row(name, severity, "files", words, severity != "E", False)
        for name, (severity, words) in (FILE_CHECKS | TOGETHER_CHECKS).items()
    ]
    return "\n".join(lines)


def _check_row(name: str, severity: str, scope: str, words: str, dismissable: bool, fixes: bool) -> str:
    dismissed, mended = ("yes" if dismissable and severity != "E" else "no"), ("yes" if fixes else "")
    return f"| `{name}` | {severity} | {scope} | {words.replace('|', chr(92) + '|')} | {dismissed} | {mended} |"


def kinds_reference() -> str:
    """List what a kind of item and a kind of question say and do, from their docstrings."""
    lines = []
    for made in (ItemKind, QuestionKind):
        lines += [f"| `{made.__name__}` | |", "|---|---|"]
        body = next(node for node in ast.parse(inspect.getsource(made)).body if isinstance(node, ast.ClassDef)).body
        for member, following in pairwise([*body, ast.Pass()]):
            name, words = _member(member, following)
            if name and words and not name.startswith("_"):
                plain = _ROLE.sub(r"\1", " ".join(words.split())).replace("``", "`").replace("|", "/")
                lines.append(f"| `{name}` | {plain} |")
        lines.append("")
    return "\n".join(lines).rstrip()


def _member(member: ast.stmt, following: ast.stmt) -> tuple[str, str | None]:
    """The name of a class's member and its docstring; an attribute's stands after it."""
    if isinstance(member, ast.FunctionDef):
        return member.name, ast.get_docstring(member)
    if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
        said = following.value if isinstance(following, ast.Expr) else None
        return member.target.id, str(said.value) if isinstance(said, ast.Constant) else None
    return "", None


def guesses_reference() -> str:
    """The chance a year of hitting any code that people type, by guessing as fast as the limits let one address, and a thousand."""
    joining, room = (MOST_TRIES, JOIN_SECONDS), (TRIES, TRIES_SECONDS)
    of_letters = [
        ("a cohort's code on the wall, 50 of them open", JOIN_LENGTH, 50, *joining),
        ("a person's card, 20,000 of them given out", CARD_LENGTH, 20_000, *joining),
        ("a room of the day, 5 of them open day and night", CODE_LENGTH, 5, *room),
    ]
    lines = ["| code | of | tries | chance a year from one address | from a thousand |", "|---|---|---|---|---|"]
    for name, length, valid, tries, seconds in of_letters:
        one, many = (
            chance_per_year(len(CODE_LETTERS), length, valid=valid, tries=tries, seconds=seconds, addresses=addresses)
            for addresses in (1, 1_000)
        )
        possible = _of(len(CODE_LETTERS), length)
        limit = f"{tries} in {seconds // 60} min"
        lines.append(f"| {name} | {possible} | {limit} an address | {_shown_chance(one)} | {_shown_chance(many)} |")
    door = chance_per_year(10, 6, valid=2, tries=DOOR_TRIES, seconds=DOOR_TRIES_SECONDS, hours=40)
    lines.append(
        f"| the digits at the door, ten meetings of four hours | {_of(10, 6)} | {DOOR_TRIES} in"
        f" {DOOR_TRIES_SECONDS // 60} min a member, from wherever | {_shown_chance(door)} | {_shown_chance(door)} |"
    )
    a_day = factors.TRIES[-1]
    for name, digits, valid in (
        ("the digits of an app, by whoever has the password", factors.APP_DIGITS, 3),
        ("a code to keep or a printed one, by whoever has the password", factors.SPARE_DIGITS, factors.RECOVERY_CODES),
    ):
        shown = _shown_chance(chance_per_year(10, digits, valid=valid, tries=a_day[0], seconds=a_day[1]))
        lines.append(f"| {name} | {_of(10, digits)} | {a_day[0]} a day an account | {shown} | {shown} |")
    # Nothing slows its checking down: a machine answers some hundred pages a second.
    number = chance_per_year(len(NUMBER_LETTERS), NUMBER_LENGTH, valid=1_000_000, tries=300, seconds=1)
    shown = _shown_chance(number)
    possible = _of(len(NUMBER_LETTERS), NUMBER_LENGTH)
    lines.append(
        f"| a certificate's number, a million given out | {possible} | 300 a second in all | {shown} | {shown} |"
    )
    return "\n".join(lines)


def terms_reference() -> str:
    """List every end that personal data comes to, with the days it has unless somebody sets others."""
    lines = ["| until when | set by |", "|---|---|"]
    for term in TERMS.values():
        words = term.words.plural % {"num": term.days_here(Settings())} if term.words.plural else term.words.text
        also = " or *Settings of the site*" if term.setting in CHOSEN else ""
        lines.append(f"| {words} | {f'`COPLEARN_{term.setting.upper()}`{also}' if term.setting else ''} |")
    return "\n".join(lines)


def _of(letters: int, length: int) -> str:
    return f"{letters}^{length} = {letters**length:.1e}"


def _shown_chance(chance: float) -> str:
    if chance >= 0.01:
        return f"{chance:.0%}"
    return f"1 in {1 / chance:,.0f}" if chance > 1e-9 else f"{chance:.0e}"


BLOCKS: Final[Mapping[str, Callable[[], str]]] = {
    "settings": settings_reference,
    "commands": commands_reference,
    "message-checks": checks_reference,
    "kinds": kinds_reference,
    "guesses": guesses_reference,
    "helplines-kinds": kinds_table,
    "terms": terms_reference,
    "helplines-shown": shown_table,
    "helplines-withheld": withheld_table,
    "course-words": words_table,
    "course-minutes": minutes_table,
}


def written(text: str) -> str:
    """A page of docs with its generated blocks renewed. Raises KeyError for a block nobody generates."""
    return _BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found[2]]()}\n{found[4]}", text)


@click.command("docs")
@click.option("--check", is_flag=True, help="Write nothing; fail when a page is stale.")
@with_appcontext
def docs(check: bool) -> None:
    """Write the generated parts of docs/."""
    stale = []
    for path in sorted((HOME / "docs").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        fresh = written(text)
        if fresh != text:
            stale.append(path.name)
            if not check:
                path.write_text(fresh, encoding="utf-8")
    for name in stale:
        click.echo(f"docs/{name}: {'is stale; run coplearn docs' if check else 'written'}")
    if check and stale:
        raise SystemExit(1)
