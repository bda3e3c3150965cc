"""The page that Prometheus reads, and what is counted of each request."""

from __future__ import annotations

import hmac
import time
from collections.abc import Sequence
from shutil import disk_usage
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.metrics.rules import LEAST_TOKEN, NOWHERE, GaugeValue, fault_kind, is_this_machine, status_class
from coplearn.settings import Settings
from coplearn.site import site, site_of
from coplearn.storage.database import current_session
from coplearn.storage.replica import REPLICA_KEY
from coplearn.web.errors import could_not_store

if TYPE_CHECKING:
    from coplearn.metrics.collecting import Gauges, Metrics

_FORWARDED: Final = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
blueprint = Blueprint("metrics", __name__)


def load_metrics(settings: Settings, gauges: Sequence[Gauges]) -> Metrics | None:
    """The counts of a new application, with what slices know that goes up and down; None where the settings let nobody see them.

    Raises ValueError for a token that can be guessed.
    """
    if settings.metrics_token and len(settings.metrics_token) < LEAST_TOKEN:
        raise ValueError(f"COPLEARN_METRICS_TOKEN must have at least {LEAST_TOKEN} characters.")
    if not (settings.metrics_token or settings.metrics_local):
        return None
    # Only now: most sites need none of it, and prometheus_client looks while it is loaded where to count.
    from coplearn.metrics.collecting import Metrics

    return Metrics(gauges)


def register_metrics(app: Flask, answers: frozenset[str]) -> None:
    """Count requests, and show the counts at ``/metrics``; ``answers`` are the endpoints that store one where they lead on."""
    app.register_blueprint(blueprint)
    metrics = site_of(app).metrics
    if metrics is None:
        return

    @app.after_request
    def count(response: Response) -> Response:
        endpoint, status = request.endpoint or NOWHERE, response.status_code
        now = time.perf_counter()
        metrics.request(endpoint, status_class(status), now - g.get("started", now))
        if status == 303 and endpoint in answers and request.method == "POST":
            metrics.answer()
        return response

    def note(_sender: object, error: BaseException) -> None:
        metrics.not_stored(fault_kind(error))

    could_not_store.connect(note, app, weak=False)


@blueprint.get("/metrics")
def shown() -> Response:
    """Everything that was counted, for whoever has the token or asks on this machine."""
    metrics = site().metrics
    if metrics is None or not _may_read(site().settings):
        abort(404)
    body = metrics.page(_gauges_now(metrics))
    response = Response(body, content_type="text/plain; version=1.0.0; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_read(settings: Settings) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.metrics_token and scheme.lower() == "bearer":
        return hmac.compare_digest(token.strip().encode(), settings.metrics_token.encode())
    # What the connection itself says, and not what a proxy that is believed says of it.
    before = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
    forwarded = any(name in request.headers for name in _FORWARDED)
    return settings.metrics_local and is_this_machine(str(before.get("REMOTE_ADDR", "")), forwarded)


def _gauges_now(metrics: Metrics) -> list[GaugeValue]:
    free = disk_usage(site().settings.instance_path).free
    values = [GaugeValue("coplearn_disk_free_bytes", "Room on the instance folder's disk.", free)]
    answers = 1
    session = current_session(current_app)
    try:
        for one in metrics.gauges:
            values += one(session, utcnow())
        values += _gauges_of_replica(session)
    except SQLAlchemyError:
        # What this process counted is shown also while the database is away.
        session.rollback()
        answers = 0
    return [GaugeValue("coplearn_database_up", "Whether the database answers.", answers), *values]


def _gauges_of_replica(session: Session) -> list[GaugeValue]:
    replica = REPLICA_KEY.get(session)
    if replica is None:
        return []
    standing = replica.standing(session)
    values = [GaugeValue("coplearn_replica_up", "Whether the replica answers what reads much.", int(standing.is_used))]
    if standing.bytes_behind is not None:
        told = "What the replica still has to take over."
        values.append(GaugeValue("coplearn_replica_behind_bytes", told, standing.bytes_behind))
    return values
