"""Every page of programme records in one blueprint; whoever imports this has them all."""

from __future__ import annotations

from coplearn.programme.guards import blueprint
from coplearn.programme.presenters import tabs
from coplearn.programme.views import activities, countries, evidence, lists, organisations, programmes, quick

__all__ = ["activities", "blueprint", "countries", "evidence", "lists", "organisations", "programmes", "quick", "tabs"]
