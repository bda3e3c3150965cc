"""All the translators' pages in one blueprint; whoever imports this has them all."""

from __future__ import annotations

from coplearn.translating.views import editor, files, lists, talk
from coplearn.translating.views.base import blueprint

__all__ = ["blueprint", "editor", "files", "lists", "talk"]
