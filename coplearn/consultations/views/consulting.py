"""Pages for staff on one consultation: whom to ask, remarks to read and to answer, groups that were heard, and the summary."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.guards import nobody_here, the_session
from coplearn.consultations import forms
from coplearn.consultations.guards import StatementContext, enter_asking, refusals_at, remark_here
from coplearn.consultations.mail import make_token
from coplearn.consultations.presenters import leading
from coplearn.consultations.queries.asking import AskedVersion, asked_organisations
from coplearn.consultations.service import asking as asks
from coplearn.consultations.service import saying
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.privacy.guards import looks_twice
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import say
from coplearn.web.request_checks import row_in_query

blueprint = Blueprint("consulting", __name__, url_prefix="/<lang:lang>/programme", template_folder="../templates")


def _token_of(asked_id: int) -> str:
    return make_token(current_app, asked_id)


def _record(kind: EventKind, asking: AskedVersion, more: str = "") -> None:
    audit.record(the_session(), kind, about=f"consultation:{asking.consultation.public_id}{more}")


@blueprint.get("/consultations/<asking_id>")
def consultation(asking_id: str) -> str:
    """One consultation: its numbers, who was asked, what waits, who was heard, and the summary."""
    context, asking = enter_asking(asking_id)
    return _consultation(context, asking, leading.ask_form(), leading.summary_form(asking))


def _consultation(
    context: StatementContext, asking: AskedVersion, ask: forms.AskForm, summary: forms.SummaryForm
) -> str:
    return render_template(
        "consulting/consultation.html",
        context=context,
        asking=asking,
        screen=leading.consultation_screen(asking),
        ask=ask,
        summary=summary,
        end=leading.end_form(asking),
    )


@blueprint.post("/consultations/<asking_id>/asked")
@once
def ask(asking_id: str) -> ResponseReturnValue:
    """Ask organisations by letter, a line each; all of them or none."""
    context, asking = enter_asking(asking_id, edits=True)
    form, who, now = leading.ask_form(), context.who.person.id, utcnow()
    if form.choices_hold():
        with refusals_at(form.lines):
            for organisation, email in leading.organisations_named(form.pairs()):
                asked = asking.consultation, organisation, email, form.value("locale")
                asks.ask(the_session(), *asked, _token_of, user_id=who, now=now)
                _record(EventKind.CONSULTATION_ASKED, asking, f",organisation:{organisation}")
            tell(say(N_("The messages are on their way.")))
            return commit_once(url_for(".consultation", asking_id=asking_id))
    return _consultation(context, asking, form, leading.summary_form(asking)), 422


@blueprint.post("/consultations/<asking_id>/asked/<int:asked_id>/end")
def close_address(asking_id: str, asked_id: int) -> BaseResponse:
    """Close the address of an organisation."""
    _, asking = enter_asking(asking_id, edits=True)
    lines = asked_organisations(the_session(), asking.consultation.id)
    found = next((one.asked for one in lines if one.asked.id == asked_id), None)
    if found is None:
        raise nobody_here()
    asks.close_address(the_session(), found, utcnow())
    _record(EventKind.CONSULTATION_ASKED, asking, f",organisation:{found.organisation_id},closed")
    the_session().commit()
    tell(say(N_("The address is closed. What was said stays.")))
    return redirect(url_for(".consultation", asking_id=asking_id), 303)


@blueprint.post("/consultations/<asking_id>/end")
def move_end(asking_id: str) -> BaseResponse:
    """Choose another last day."""
    _, asking = enter_asking(asking_id, edits=True)
    with flash_refusals():
        asks.move_end(asking.consultation, forms.EndForm().closes_on.data, utcnow())
        _record(EventKind.CONSULTATION_OPENED, asking, ",end")
        the_session().commit()
        tell(say(N_("Saved.")))
    return redirect(url_for(".consultation", asking_id=asking_id), 303)


@blueprint.post("/consultations/<asking_id>/summary")
@looks_twice("summary")
def summarise(asking_id: str) -> ResponseReturnValue:
    """Keep the summary, or publish it."""
    context, asking = enter_asking(asking_id, edits=True)
    form = leading.summary_form(asking)
    with refusals_at(form.summary):
        asks.keep_summary(asking.consultation, form.value("summary"))
        if request.form.get("do") == "tell":
            asks.tell(the_session(), asking.consultation, _token_of, utcnow())
            _record(EventKind.CONSULTATION_TOLD, asking)
        the_session().commit()
        tell(say(N_("Saved.")))
        return redirect(url_for(".consultation", asking_id=asking_id), 303)
    return _consultation(context, asking, leading.ask_form(), form), 422


@blueprint.get("/consultations/<asking_id>/remarks")
def remarks(asking_id: str) -> str:
    """The remarks that wait to be read, to be answered, or all of them."""
    context, asking = enter_asking(asking_id)
    screen = leading.remarks_screen(asking, request.args.get("which", ""), row_in_query("page") or 1)
    return render_template("consulting/remarks.html", context=context, asking=asking, screen=screen)


@blueprint.get("/consultations/<asking_id>/remarks/<remark_id>")
def remark(asking_id: str, remark_id: str) -> str:
    """One remark with its block, as it was asked about and as it is now, and the forms to judge and to answer it."""
    context, asking = enter_asking(asking_id)
    return _remark(context, asking, remark_id, None, None)


def _remark(
    context: StatementContext,
    asking: AskedVersion,
    remark_id: str,
    judging: forms.JudgingForm | None,
    answering: forms.AnswerForm | None,
) -> str:
    screen = leading.remark_screen(asking, remark_here(asking, remark_id))
    return render_template(
        "consulting/remark.html",
        context=context,
        asking=asking,
        screen=screen,
        judging=judging or forms.JudgingForm(formdata=None),
        answering=answering or leading.answer_form(screen.line),
    )


@blueprint.post("/consultations/<asking_id>/remarks/<remark_id>/judged")
@looks_twice("why")
def judge(asking_id: str, remark_id: str) -> ResponseReturnValue:
    """Show a remark to everybody, or keep it from being shown with a reason."""
    context, asking = enter_asking(asking_id, edits=True)
    found, form, who = remark_here(asking, remark_id), forms.JudgingForm(), context.who.person.id
    with refusals_at(form.why):
        shown = request.form.get("do") == "show"
        saying.judge(found, shown=shown, why=form.value("why"), user_id=who, now=utcnow())
        _record(EventKind.REMARK_JUDGED, asking, f",remark:{remark_id},{found.state}")
        the_session().commit()
        return redirect(leading.next_address(asking, "waiting", remark_id), 303)
    return _remark(context, asking, remark_id, form, None), 422


@blueprint.post("/consultations/<asking_id>/remarks/<remark_id>/answer")
@looks_twice("reason", "theme")
@once
def answer(asking_id: str, remark_id: str) -> ResponseReturnValue:
    """Answer a remark, and go on to the next that has none."""
    context, asking = enter_asking(asking_id, edits=True)
    found, form, who = remark_here(asking, remark_id), forms.AnswerForm(), context.who.person.id
    form.offer()
    with refusals_at(form.reason):
        made = saying.answer(the_session(), asking.consultation, found, form.draft(), user_id=who, now=utcnow())
        _record(EventKind.REMARK_ANSWERED, asking, f",remark:{remark_id},{made.outcome}")
        return commit_once(leading.next_address(asking, "unanswered", remark_id))
    return _remark(context, asking, remark_id, None, form), 422


@blueprint.route("/consultations/<asking_id>/heard", methods=["GET", "POST"])
@looks_twice("place", "said", "source")
@once
def hear(asking_id: str) -> ResponseReturnValue:
    """Write down a group that was heard by talking, such as young people; nobody is named."""
    context, asking = enter_asking(asking_id, edits=True)
    corrects = leading.heard_group(asking, row_in_query("corrects"))
    form, who = leading.heard_form(corrects), context.who.person.id
    if form.is_submitted() and form.choices_hold():
        with refusals_at(form.said):
            made = saying.hear(the_session(), asking.consultation, form.draft(), corrects, user_id=who, now=utcnow())
            _record(EventKind.GROUP_HEARD, asking, f",group:{made.id}")
            return commit_once(url_for(".consultation", asking_id=asking_id, _anchor="heard"))
    page = render_template("consulting/heard.html", context=context, asking=asking, form=form, corrects=corrects)
    return page, 422 if form.is_submitted() else 200
