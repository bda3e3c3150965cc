"""A badge in the form that was asked for, and the issuer's own page."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from flask import Response, current_app, request
from werkzeug.exceptions import NotFound

from coplearn.credentials import documents
from coplearn.credentials.documents import SigningKey
from coplearn.credentials.pictures import BadgeText, picture_png, picture_svg
from coplearn.credentials.rules import Award, BadgeForm, Issuer, badge_document
from coplearn.credentials.service import begin_signing
from coplearn.i18n.formats import day
from coplearn.i18n.locales import Locale
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.keys.ring import KeyPurpose
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.web.render import page_locale, say

_TYPES: Final = {
    BadgeForm.SVG: "image/svg+xml",
    BadgeForm.PNG: "image/png",
    BadgeForm.JSON: "application/vc+ld+json",
    BadgeForm.JWT: "application/vc+jwt",
}


def issuer_name() -> str:
    """The issuer's name: the organisation, or else the site."""
    settings = site().settings
    return settings.organisation or settings.site_name


def this_issuer() -> Issuer:
    """The site as the issuer of credentials, at the address where people reach it now."""
    return Issuer(site().settings.address, issuer_name())


def in_every_language(text_in: Callable[[Locale], str | None]) -> dict[str, str]:
    """The words of ``text_in`` in each language that readers are offered, by BCP 47; none of those in which it says nothing."""
    found = {locale.bcp47: text_in(locale) for locale in site().locales.live}
    return {language: text for language, text in found.items() if text}


def said_in(locale: Locale, text: str) -> str:
    """A sentence of the interface in that language."""
    return site().catalogs.translations(locale).gettext(text)


def signing_key(now: datetime) -> SigningKey:
    """The key to sign a badge with. What the request wrote is committed: to sign and to draw takes its time, the first of them
    half a second, and nobody's turn to write is held meanwhile."""
    session = current_session(current_app)
    key = begin_signing(session, site().keys, this_issuer(), now)
    session.commit()
    return key


def credential_json(award: Award) -> str:
    """The credential as JSON-LD, for a certificate's PDF: the same bytes for the same award and key. Commits."""
    key = signing_key(utcnow())
    return documents.as_json(badge_document(award, key.issuer), key, award.issued_at)


def badge_file(award: Award, form: BadgeForm) -> Response:
    """The badge as a file to take along. Commits."""
    key = signing_key(utcnow())
    document = badge_document(award, key.issuer)
    if form is BadgeForm.JSON:
        body = documents.as_json(document, key, award.issued_at).encode()
    else:
        token = documents.as_jwt(document, key)
        body = _carrying(token, form, award)
    response = Response(body, mimetype=_TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="badge-{award.number}.{form}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _carrying(token: str, form: BadgeForm, award: Award) -> bytes:
    if form is BadgeForm.SVG:
        return documents.into_svg(picture_svg(_text(award)), token)
    if form is BadgeForm.PNG:
        return documents.into_png(picture_png(_text(award)), token)
    return token.encode()


def asked_form() -> BadgeForm:
    """The form whose button was pressed. Raises NotFound for any other word."""
    try:
        return BadgeForm(request.form.get("form", ""))
    except ValueError as error:
        raise NotFound from error


def with_wished_mail(award: Award, mail: str) -> Award:
    """The award with the salted hash of the person's mail address, when the form that was sent asks for it."""
    if mail and request.form.get("mail") == "yes":
        return replace(award, mail=mail, mail_salt=secrets.token_hex(8))
    return award


def _text(award: Award) -> BadgeText:
    locale = page_locale()
    return BadgeText(
        kind=award.title,
        achievement=award.achievement,
        issuer=issuer_name(),
        day=day(award.issued_at, locale),
        number=award.number,
        language=locale.bcp47,
        dir=locale.dir,
        issued=award.issued_at.date(),
    )


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key of the issuer, as its page shows it."""

    id: str
    state: str


def key_lines() -> list[KeyLine]:
    """The issuer's keys, the newest first."""
    keys = site().keys.public_keys(KeyPurpose.CREDENTIALS)
    words = {True: say(N_("Signs now")), False: say(N_("Signs no more; its badges stay good"))}
    return [KeyLine(key.id, words[key.is_current]) for key in reversed(keys)]
