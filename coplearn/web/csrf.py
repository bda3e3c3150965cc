"""Protection of every form, by Flask-WTF: one token a session."""

from __future__ import annotations

from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()
