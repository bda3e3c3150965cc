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
from coplearn.courses.plugin import ItemKind, QuestionKind
from coplearn.helplines.tables import shown_table, withheld_table
from coplearn.i18n.checks.across import TOGETHER_CHECKS
from coplearn.i18n.checks.files import FILE_CHECKS
from coplearn.i18n.checks.quiz import GROUP_CHECKS
from coplearn.i18n.checks.registry import CHECKS
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
        lines.append(f"| `COPLEARN_{one.name.upper()}` | {shown} | {words[one.name]} |")
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
        severity = f"{check.severity}, E where critical" if check.blocks_when_critical else check.severity
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


BLOCKS: Final[Mapping[str, Callable[[], str]]] = {
    "settings": settings_reference,
    "commands": commands_reference,
    "message-checks": checks_reference,
    "kinds": kinds_reference,
    "helplines-shown": shown_table,
    "helplines-withheld": withheld_table,
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
