"""Webhooks: other servers that are told what happens in the caller's cohorts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, get_args

from flask import current_app
from pydantic import Field

from coplearn.api.operations import PREFIX, Call, Made, operation
from coplearn.api.shapes import Line, RequestShape, ResponseShape
from coplearn.cohorts.common.guards import nobody_here, present_person
from coplearn.cohorts.common.queries import may_lead
from coplearn.kernel.clock import utcnow
from coplearn.site import site
from coplearn.tokens.rules import TokenScope
from coplearn.webhooks import service
from coplearn.webhooks.queries import webhook_of, webhooks_of
from coplearn.webhooks.rules import secret_of

if TYPE_CHECKING:
    from coplearn.webhooks.models import Webhook

Event = Literal[
    "opened", "changed", "moved", "archived", "taken-out", "person-added", "person-corrected", "person-approved",
    "person-withdrawn", "person-taken-back", "person-erased", "seat-given", "seat-taken", "roster-imported",
    "meeting-planned", "meeting-changed", "meeting-cancelled", "meeting-restored", "session-changed", "signed-off",
    "decided", "renewed", "revoked", "course-finished",
]  # fmt: skip


class NewWebhook(RequestShape):
    """A server, and what it is to be told."""

    url: Line = Field(description="An address that begins with https.")
    events: list[Event] = Field(default_factory=lambda: list(get_args(Event)), min_length=1, max_length=50)


class WebhookOut(ResponseShape):
    """A webhook."""

    id: str
    url: str
    events: list[str]
    made_at: datetime
    told_at: datetime | None
    failures: int = Field(description="In a row.")
    stopped_at: datetime | None = Field(description="When it had failed too often; resume it when the server is back.")
    secret: str | None = Field(None, description="With which messages are signed; told once, when it is made.")
    public_key: str | None = Field(
        description="For the signature behind `v1a,`; another one once the site renewed its key."
    )


class WebhooksOut(ResponseShape):
    """The caller's webhooks, the oldest first."""

    items: list[WebhookOut]


@operation("GET", "/webhooks", "List my webhooks", TokenScope.WEBHOOKS, answer=WebhooksOut)
def list_webhooks(call: Call) -> WebhooksOut:
    """The servers that are told in the caller's name."""
    return WebhooksOut(items=[_out(one) for one in webhooks_of(call.session, call.user_id)])


def _out(hook: Webhook, secret: str | None = None) -> WebhookOut:
    return WebhookOut(
        id=hook.public_id,
        url=hook.url,
        events=list(hook.events),
        made_at=hook.made_at,
        told_at=hook.told_at,
        failures=hook.failures,
        stopped_at=hook.stopped_at,
        secret=secret,
        public_key=service.public_key(site().keys),
    )


@operation("GET", "/webhooks/<webhook_id>", "Read a webhook", TokenScope.WEBHOOKS, answer=WebhookOut)
def read_webhook(call: Call, webhook_id: str) -> WebhookOut:
    """One of the caller's webhooks."""
    hook = webhook_of(call.session, call.user_id, webhook_id)
    if hook is None:
        raise nobody_here()
    return _out(hook)


@operation(
    "POST", "/webhooks", "Have a server told", TokenScope.WEBHOOKS, body=NewWebhook, answer=WebhookOut, status=201
)
def make_webhook(call: Call, body: NewWebhook) -> Made:
    """Have a server told what happens from now on in the cohorts that the caller runs or coordinates: ids and words alone,
    one message a thing, signed (Standard Webhooks: HMAC-SHA256 and Ed25519 over number, time and text), in order, and each at
    least once. What is not answered with 2xx within five seconds is sent again after growing pauses, and stopped after eight
    failures."""
    person = present_person()
    if not may_lead(call.session, person, utcnow()):
        raise nobody_here()
    named = site().settings.webhook_hosts
    hook = service.make_webhook(call.session, call.user_id, body.url, body.events, named, utcnow())
    secret = secret_of(str(current_app.config["SECRET_KEY"]), hook.public_id)
    return Made(f"{PREFIX}/webhooks/{hook.public_id}", _out(hook), _out(hook, secret))


@operation("DELETE", "/webhooks/<webhook_id>", "Forget a webhook", TokenScope.WEBHOOKS, status=204)
def end_webhook(call: Call, webhook_id: str) -> None:
    """Tell that server nothing any more."""
    service.end_webhook(call.session, call.user_id, webhook_id, utcnow())


@operation("POST", "/webhooks/<webhook_id>/resume", "Tell a webhook again", TokenScope.WEBHOOKS, answer=WebhookOut)
def resume_webhook(call: Call, webhook_id: str) -> Made:
    """Go on telling a webhook that failed or was stopped, from where it was."""
    hook = service.resume_webhook(call.session, call.user_id, webhook_id, utcnow())
    return Made(f"{PREFIX}/webhooks/{webhook_id}", _out(hook))
