"""`coplearn questions`: take in what other platforms export, and give them checks of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from flask.cli import AppGroup

from coplearn.authoring.problems import Problems
from coplearn.courses.blocks import stamp_file
from coplearn.i18n.files import write_whole
from coplearn.question_formats.aiken import is_aiken, read_aiken
from coplearn.question_formats.gift import read_gift, write_gift
from coplearn.question_formats.h5p import is_h5p, read_h5p
from coplearn.question_formats.moodle_xml import read_moodle
from coplearn.question_formats.olx import read_olx
from coplearn.question_formats.packages import look_at_package, read_package
from coplearn.question_formats.qti import is_qti, read_items, write_package
from coplearn.question_formats.qti12 import is_qti12, read_qti12
from coplearn.question_formats.questions import ReadQuestions, SharedQuestion, Unreadable, slug, told_apart
from coplearn.question_formats.quiz_file import check_text, checks_in
from coplearn.question_formats.xml_files import local, parsed

questions = AppGroup(
    "questions", help="Take in questions of other platforms, and give them ours. These commands need no database."
)
commands = (questions,)

_MOST_BYTES = 20_000_000
_MOST_QUESTIONS = 30
"""What one check holds; more become several."""


@questions.command("import", with_appcontext=False)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--into", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="A module's folder."
)
@click.option("--dry-run", is_flag=True, help="Say what would come of it, and write nothing.")
def take_in(files: tuple[Path, ...], into: Path, dry_run: bool) -> None:
    """Read FILES into checks and lessons of a module: GIFT, Aiken, Moodle XML, QTI 1.2 and 2.1 to 3.0 as XML or zip, Common
    Cartridge, OLX, H5P.

    Every question gets its ids. A line is printed for each thing that has no home here. When a file cannot be
    read nothing is written.
    """
    try:
        read = [
            (path, read_file(path.read_bytes() if path.stat().st_size <= _MOST_BYTES else b"", path.name))
            for path in files
        ]
    except Unreadable as error:
        raise click.ClickException(f"{error} Nothing was written.") from error
    taken = sum(len(one.questions) for _, one in read)
    for path, one in read:
        for left in one.left:
            click.echo(str(left))
        for name, text in [] if dry_run else _files_of(path, one):
            click.echo(f"{_write(into, name, text)}: made.")
    lessons, homeless = sum(len(one.lessons) for _, one in read), sum(len(one.left) for _, one in read)
    click.echo(f"Questions: {taken}. Lessons: {lessons}. Things with no home: {homeless}.")
    click.echo("Dry run: nothing was written." if dry_run else "Now run: coplearn course check")


def read_file(data: bytes, name: str) -> ReadQuestions:
    """The questions of a file, whose format is seen from what stands in it. Raises Unreadable."""
    if not data:
        raise Unreadable(f"{name}: the file is empty, or larger than {_MOST_BYTES} bytes.")
    if data[:4] == b"PK\x03\x04":
        look_at_package(data, name)
        return read_h5p(data, name) if is_h5p(data) else read_package(data, name)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        root = parsed(data, name)
        if is_qti(root):
            return read_items(root, name)
        if is_qti12(root):
            return read_qti12(root, name)
        if local(root) == "quiz":
            return read_moodle(root, name)
        found = read_olx(root, name)
        if not (found.questions or found.lessons or found.left):
            raise Unreadable(f"{name}: an XML whose root is {local(root)!r} is none of Moodle XML, QTI or OLX.")
        return found
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name}: the text is not in UTF-8. Save it so, and try again.") from error
    found = read_aiken(text, name) if is_aiken(text) and "{" not in text else read_gift(text, name)
    if not (found.questions or found.left):
        raise Unreadable(f"{name}: no question was found in it.")
    return found


def _files_of(path: Path, read: ReadQuestions) -> list[tuple[str, str]]:
    """The name and the text of each file to be written."""
    title = path.stem.replace("_", " ").replace("-", " ").strip().capitalize() or "Questions"
    name, made = slug(path.stem, "imported-questions"), []
    for number, heading in enumerate(read.lessons, 1):
        said, body = heading[0] or f"{title} {number}", heading[1]
        own = slug(said, f"{name}-text-{number}")
        made.append((f"{own}.md", f"---\nid: {own}\nkind: lesson\ntitle: {_quoted(said)}\nminutes: 3\n---\n\n{body}\n"))
    for number, part in enumerate(_in_checks(read.questions), 1):
        own = name if number == 1 else f"{name}-{number}"
        made.append((f"{own}.yaml", check_text(part, own, title if number == 1 else f"{title} {number}")))
    return made


def _in_checks(questions: Sequence[SharedQuestion]) -> Iterator[list[SharedQuestion]]:
    """The questions in checks of no more than one holds, second forms in the check of their first."""
    together, at = list[list[SharedQuestion]](), dict[str, int]()
    for one in questions:
        if one.form_b_of in at:
            together[at[one.form_b_of]].append(one)
        else:
            at.setdefault(one.id or str(len(together)), len(together))
            together.append([one])
    check = list[SharedQuestion]()
    for forms in together if len(questions) > _MOST_QUESTIONS else [list(questions)]:
        if check and len(check) + len(forms) > _MOST_QUESTIONS:
            yield check
            check = []
        check += forms
    if check:
        yield check


def _quoted(text: str) -> str:
    return "'" + " ".join(text.split()).replace("'", "''") + "'"


def _write(into: Path, name: str, text: str) -> Path:
    """Write a new file behind the others of a module; a lesson's blocks get their ids."""
    numbers = [int(one.name[:2]) for one in into.iterdir() if one.name[:2].isdecimal()]
    path = into / f"{max(numbers, default=0) + 1:02}-{name}"
    write_whole(path, text.encode())
    if path.suffix == ".md" and (made := stamp_file(into, path.name, Problems())) is not None:
        write_whole(path, made.text.encode())
    return path


@questions.command("export", with_appcontext=False)
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--format", "kind", type=click.Choice(["gift", "qti3"]), default="gift", show_default=True)
@click.option(
    "--language",
    default="en",
    show_default=True,
    help="The language that the files are written in; nothing is translated.",
)
@click.option(
    "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where the file is written."
)
def give_out(source: Path, kind: str, language: str, output: Path) -> None:
    """Write the checks of SOURCE, a course's folder or the file of a check, as GIFT or as a QTI 3.0 package.

    Reading the file with `coplearn questions import` gives the same questions, ids, reasons and second forms. An id that
    stands in two checks gets a number. In another language: `coplearn course export-package --format gift` or `qti3`.
    """
    try:
        checks = checks_in(source)
    except Unreadable as error:
        raise click.ClickException(str(error)) from error
    if not any(held for _, _, held in checks):
        raise click.ClickException(f"{source}: no check with questions of ours was found there.")
    rows = told_apart(held for _, _, held in checks)
    title = next(said for _, said, held in checks if held)
    if kind == "gift":
        write_whole(output, write_gift(rows).encode())
    else:
        write_whole(output, write_package(rows, title, language))
    click.echo(f"{output}: {len(rows)} questions of {len(checks)} checks.")
