"""The pages of accounts, subject by subject, on two blueprints."""

from __future__ import annotations

from coplearn.administration.people.views import grave
from coplearn.administration.people.views.accounts import blueprint
from coplearn.administration.people.views.invitations import invited

__all__ = ["blueprint", "grave", "invited"]
