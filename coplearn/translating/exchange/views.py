"""Files down and up: take a catalog home, and bring it back with a look at what that would do first."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Final

from flask import Response, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.utils import secure_filename
from werkzeug.wrappers import Response as BaseResponse

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError, Conflict
from coplearn.kernel.text import N_, counted
from coplearn.kernel.words import Permission
from coplearn.spreadsheets.writing import CSV, csv_bytes
from coplearn.storage.database import reading
from coplearn.translating.catalogs import domains, guards
from coplearn.translating.catalogs.guards import TranslatorContext, blueprint, enter, the_session
from coplearn.translating.exchange import export_formats, imports, undo
from coplearn.translating.exchange.exports import sheets_of
from coplearn.translating.exchange.import_formats import MAX_TOTAL
from coplearn.translating.exchange.import_rows import ParsedFile, refused
from coplearn.translating.exchange.imports import ImportPlan
from coplearn.translating.exchange.sandbox import read_in_sandbox
from coplearn.translating.store.rules import has_text
from coplearn.web.body_limits import takes_up_to
from coplearn.web.flashes import tell
from coplearn.web.render import say, say_phrase

SHOWN: Final = 200
"""Lines of the report that the page shows; the table to download has all."""
_ROOM: Final = 30_000_000

OUTCOME_WORDS: Final = {
    "applied": N_("Taken"),
    "stale": N_("Taken, as old"),
    "conflict": N_("Changed here as well"),
    "refused": N_("Refused"),
    "unchanged": N_("Unchanged"),
}
"""What becomes of a message, in a word or two."""


@blueprint.get("/<target>/<domain>/files")
def files(target: str, domain: str) -> str:
    """Download in each format, and the form to upload."""
    context = enter(target, domain, Permission.TRANSLATE)
    imports = undo.imports_of(the_session(), context.locale.code, domain)
    return render_template("translating/files.html", context=context, title=domains.title_of(domain), imports=imports)


@blueprint.post("/<target>/<domain>/imports/<int:number>/undo")
def undo_import(target: str, domain: str, number: int) -> BaseResponse:
    """Take an import back; what somebody changed since stays and is named."""
    context = enter(target, domain, Permission.TRANSLATE)
    try:
        done = undo.undo_import(
            the_session(), context.translator.actor, number, context.locale, utcnow(), domain=domain
        )
        about = f"{context.locale.code},{domain},import:{number}"
        audit.record(the_session(), EventKind.IMPORT_UNDONE, about=about)
        the_session().commit()
    except AppError as error:
        the_session().rollback()
        tell(say_phrase(error.phrase), "again")
    else:
        told = counted(
            "The import was taken back: %(num)s text is as before.",
            "The import was taken back: %(num)s texts are as before.",
            done.restored,
        )
        tell(say_phrase(told))
        if done.kept:
            tell(say(N_("Changed here since, so they stay: %(names)s."), names=", ".join(done.kept[:20])), "again")
    return redirect(url_for(".files", target=target, domain=domain), 303)


@blueprint.get("/<target>/<domain>/files/<any(po, xliff, csv, zip):kind>")
def download(target: str, domain: str, kind: str) -> Response:
    """The catalog as it stands here, with the edit it was made at; the zip has every domain the person may translate."""
    context = enter(target, domain, Permission.TRANSLATE)
    if kind == "zip":
        names = _own_domains(context)
        for name in names:
            domains.open_domain(name, context.locale)
        sheets = sheets_of(the_session(), [domains.target_of(name, context.locale) for name in names])
        return _attached(export_formats.zip_bytes(sheets), "application/zip", f"coplearn-{context.locale.code}.zip")
    (sheet,) = sheets_of(the_session(), [domains.target_of(domain, context.locale)])
    media, write = export_formats.FORMATS[kind]
    return _attached(write(sheet), media, f"{domain}-{context.locale.code}.{kind}")


def _own_domains(context: TranslatorContext) -> list[str]:
    own = guards.domains_of(context.translator.grants, context.locale)
    return [name for name in own if context.translator.may(Permission.TRANSLATE, context.locale, name)]


def _attached(data: bytes, media: str, name: str) -> Response:
    response = Response(data, content_type=media)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/<target>/<domain>/files")
@takes_up_to(_ROOM, signed_in=True, text=True)
def upload(target: str, domain: str) -> str | BaseResponse | tuple[str, int]:
    """Look at an uploaded file, give the report as a table, or take it in; the file travels in the form until then."""
    with reading(the_session()):
        context = enter(target, domain, Permission.TRANSLATE)
    action = request.form.get("do", "look")
    name, raw = _uploaded() if action == "look" else _kept()
    if not raw:
        tell(say(N_("Choose a file first.")), "again")
        return redirect(url_for(".files", target=target, domain=domain), 303)
    plan = _plan(context, name, raw)
    if action == "report":
        return _attached(_report(plan), CSV, f"report-{context.locale.code}.csv")
    if action != "take":
        the_session().rollback()
        return _report_page(context, name, raw, plan)
    try:
        if plan.digest != request.form.get("digest", ""):
            raise Conflict(N_("The translations changed meanwhile. Look at the report again; nothing was taken in."))
        imports.run_import(the_session(), context.translator.actor, plan, utcnow(), name=name)
        audit.record(the_session(), EventKind.TRANSLATIONS_IMPORTED, about=f"{context.locale.code},{domain}")
        the_session().commit()
    except AppError as error:
        the_session().rollback()
        return _report_page(context, name, raw, _plan(context, name, raw), say_phrase(error.phrase)), 409
    return render_template("translating/taken.html", context=context, counts=_counts(plan))


def _report_page(context: TranslatorContext, name: str, raw: bytes, plan: ImportPlan, refusal: str = "") -> str:
    """The report on a file before it is taken in; ``refusal`` says why it was not."""
    return render_template(
        "translating/report.html",
        context=context,
        name=name,
        told=refusal,
        notes=[say_phrase(note) for note in plan.notes],
        counts=_counts(plan),
        lines=_lines(plan)[:SHOWN],
        more=max(0, len(_lines(plan)) - SHOWN),
        does=bool(plan.of("applied", "stale", "conflict")),
        kept=base64.b64encode(zlib.compress(raw)).decode("ascii"),
        digest=plan.digest,
    )


def _uploaded() -> tuple[str, bytes]:
    file = request.files.get("file")
    if file is None or not file.filename:
        return "", b""
    end = file.filename.rpartition(".")[2]
    raw = file.read(MAX_TOTAL + 1)
    file.close()
    return secure_filename(file.filename)[-80:] or f"file.{secure_filename(end)}", raw


def _kept() -> tuple[str, bytes]:
    """The file that the report was about, sent back by the form. Raises BadRequest when it is no such thing."""
    try:
        packed = base64.b64decode(request.form.get("kept", ""), validate=True)
        raw = zlib.decompressobj().decompress(packed, MAX_TOTAL + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise BadRequest from error
    return secure_filename(request.form.get("name", ""))[-80:], raw


def _plan(context: TranslatorContext, name: str, raw: bytes) -> ImportPlan:
    # Nothing is locked while the file is read.
    the_session().rollback()
    found = read_in_sandbox(name, raw, context.locale, context.domain)
    own = set(_own_domains(context))
    allowed: list[ParsedFile] = []
    for one in found:
        if one.rows and one.domain not in own:
            # The rest of the zip is still taken; nothing is said of whether there is such a course.
            told = N_("A file in the zip has a name that is no domain's: %(name)s.")
            one = refused(one.domain, 0, told, name=one.domain)
        allowed.append(one)
    # Each domain is brought up to its source in a transaction of its own.
    for domain in {one.domain for one in allowed if one.rows}:
        domains.open_domain(domain, context.locale)
    return imports.plan_import(the_session(), context.locale, allowed)


def _counts(plan: ImportPlan) -> list[tuple[str, int]]:
    return [(say(OUTCOME_WORDS[outcome]), number) for outcome, number in plan.counts.items()]


def _lines(plan: ImportPlan) -> list[dict[str, object]]:
    return [
        {
            "line": one.line,
            "name": one.name or one.domain,
            "outcome": one.outcome,
            "words": say(OUTCOME_WORDS[one.outcome]),
            "reason": say_phrase(one.reason) if one.reason else "",
            "text": next((form for form in one.forms if has_text([form])), ""),
        }
        for outcome in ("refused", "conflict", "stale", "applied")
        for one in plan.of(outcome)
    ]


def _report(plan: ImportPlan) -> bytes:
    lines = [["domain", "line", "message", "outcome", "reason", "text"]]
    for one in plan.lines:
        reason = say_phrase(one.reason) if one.reason else ""
        lines.append([one.domain, str(one.line), one.name, one.outcome, reason, "\n".join(one.forms)])
    return csv_bytes(lines)
