"""Recordings to be heard: their files, their captions, the list of a course's, and its podcast."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, after_this_request, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from coplearn.courses.course import Course
from coplearn.files.uploads import keep
from coplearn.i18n.locales import Locale
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.recordings import guards, presenters, service
from coplearn.recordings.client import largest, place_of, room_for_upload, store_of
from coplearn.recordings.documents import podcast
from coplearn.recordings.forms import RecordingForm
from coplearn.recordings.rules import MEGABYTE
from coplearn.recordings.tasks import MAKE_SMALL
from coplearn.site import site
from coplearn.web.body_limits import takes_up_to
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.languages import country_here
from coplearn.web.render import page_locale, say
from coplearn.web.stored_files import stored_file

blueprint = Blueprint("recordings", __name__, url_prefix="/<lang:lang>", template_folder="templates")
files = Blueprint("recorded", __name__)


@files.get("/recordings/<key>.<extension>")
def file(key: str, extension: str) -> BaseResponse:
    """A file, or the part of it that is asked for; its address holds for exactly these bytes, so it may be kept for ever."""
    kept = site().recordings.by_key(key)
    if kept is None or kept.type.extension != extension:
        raise NotFound
    response = stored_file(place_of(kept, site().settings), kept.path, kept.bytes, kept.type.mimetype, etag=key)
    if response.status_code != 416:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@blueprint.get("/c/<course_code>/captions/<code>/<spoken>.vtt")
def captions(course_code: str, code: str, spoken: str) -> BaseResponse:
    """The captions of a recording in the page's language, at the times of the recording in the language ``spoken``; those of
    an address with ``v`` are the ones it names, or none."""
    course = guards.heard_course(course_code, request.args.get("country"))
    words = presenters.captions_of(course, guards.recording_at(course, code), guards.language_at(spoken))
    version = request.args.get("v", "")
    if not presenters.captions_digest(words).startswith(version):
        raise guards.no_such_page()
    return _public(words.encode(), "text/vtt", known=bool(version))


@blueprint.get("/c/<course_code>/recordings")
def listing(course_code: str) -> str:
    """Everything of a course that can be heard, module by module."""
    course = guards.heard_course(course_code, country_here())
    modules = presenters.heard_modules(course)
    return render_template(
        "recordings/listing.html",
        course=course,
        title=site().library.title(course, page_locale()),
        modules=modules,
        has_feed=presenters.has_feed(course),
        country=presenters.country_of(course),
        may_add=guards.may_add(course, page_locale()),
    )


@blueprint.get("/c/<course_code>/podcast.xml")
def feed(course_code: str) -> BaseResponse:
    """The podcast of a course in the page's language."""
    course = guards.heard_course(course_code, request.args.get("country"))
    if not presenters.has_feed(course):
        raise guards.no_such_page()
    return _public(podcast(presenters.feed_of(course)), "application/rss+xml")


@blueprint.get("/recordings/<course_code>/<target>")
def manage(course_code: str, target: str) -> str:
    """The recordings of a course in one language, for whoever decides what is published in it."""
    course, locale = guards.may_publish(course_code, target)
    return _manage_page(course, locale, RecordingForm(formdata=None))


def _manage_page(course: Course, locale: Locale, form: RecordingForm) -> str:
    lines, now = presenters.managed_recordings(course, locale), site().settings
    form.offer([(line.name, str(line.title.striptags())) for line in lines])
    return render_template(
        "recordings/manage.html",
        course=course,
        title=site().library.title(course, page_locale()),
        target=locale,
        lines=lines,
        form=form,
        largest=largest(now) // MEGABYTE,
        makes_small=bool(now.ffmpeg),
    )


@blueprint.post("/recordings/<course_code>/<target>")
@takes_up_to(room_for_upload, signed_in=True)
def add(course_code: str, target: str) -> ResponseReturnValue:
    """Keep a file of a recording, and let it be played within seconds."""
    course, locale = guards.may_publish(course_code, target)
    after_this_request(_let_go)
    form = RecordingForm()
    form.offer([(name, name) for name in course.recordings])
    if not form.validate():
        return _manage_page(course, locale, form), 422
    try:
        _add(course, locale, form)
    except Refused as refused:
        guards.the_session().rollback()
        form.blame({"file": refused.phrase})
        return _manage_page(course, locale, form), 422
    tell(say(N_("The recording is kept. It can be heard within seconds.")))
    return redirect(url_for(".manage", course_code=course.code, target=locale.url), 303)


def _let_go(response: Response) -> Response:
    """Close what came, which is on the disk twice until then."""
    request.close()
    return response


def _add(course: Course, locale: Locale, form: RecordingForm) -> None:
    """Look at the file, store it while no transaction waits for it, then name it in one."""
    session, now, file = guards.the_session(), site().settings, form.file.data.stream
    store, quota = store_of(now), now.recordings_megabytes * MEGABYTE
    recording = course.recordings[form.name.data]
    slot = service.RecordingSlot(course.id, recording.name, locale.code, form.quality.data, form.voice.data)
    looked = service.look_at(file, largest(now))
    service.check_quota(session, looked.bytes, quota)
    session.rollback()
    keep(store, looked.path, file)
    made_of = presenters.digest_now(course, recording, locale)
    replaced, number = service.add_file(session, slot, looked, made_of, quota, utcnow())
    service.note_added(session, slot, utcnow())
    if now.ffmpeg:
        site().jobs.enqueue(session, MAKE_SMALL, {"number": number})
    session.commit()
    for path in replaced:
        service.forget_bytes(session, store, path)
    site().recordings.renew()


@blueprint.post("/recordings/<course_code>/<target>/remove")
def remove(course_code: str, target: str) -> BaseResponse:
    """Remove a file that was added."""
    course, locale = guards.may_publish(course_code, target)
    with flash_refusals():
        session = guards.the_session()
        path = service.remove_file(session, course.id, locale.code, request.form.get("key", ""), utcnow())
        session.commit()
        service.forget_bytes(session, store_of(site().settings), path)
        site().recordings.renew()
        tell(say(N_("The recording is removed.")))
    return redirect(url_for(".manage", course_code=course.code, target=locale.url), 303)


def _public(body: bytes, mimetype: str, *, known: bool = False) -> BaseResponse:
    """An answer that is the same for everybody; whoever has it is told so in a few bytes. What is ``known`` by its address
    never changes."""
    response = Response(body, mimetype=mimetype)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if known else "public, max-age=300"
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    return response.make_conditional(request)
