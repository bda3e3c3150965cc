"""All the translators' pages in one blueprint; whoever imports this has them all."""

from __future__ import annotations

from coplearn.translating.catalogs import views as catalogs
from coplearn.translating.catalogs.guards import blueprint
from coplearn.translating.editing.views import discussion, lists, message
from coplearn.translating.exchange import views as exchange

__all__ = ["blueprint", "catalogs", "discussion", "exchange", "lists", "message"]
