"""The WSGI application of this environment's settings, for any server: ``coplearn.wsgi:application``."""

from __future__ import annotations

from coplearn.app import create_app
from coplearn.files.markers import reason_not_to_serve
from coplearn.settings import from_env

_settings = from_env()
if _why := reason_not_to_serve(_settings.instance_path):
    raise SystemExit(_why)
application = create_app(_settings)
