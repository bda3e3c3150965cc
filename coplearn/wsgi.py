"""The WSGI application of this environment's settings, for any server: ``coplearn.wsgi:application``."""

from __future__ import annotations

from coplearn.app import create_app
from coplearn.settings import from_env

application = create_app(from_env())
