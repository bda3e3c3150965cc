"""The way in to the pages of keys: who may make one, and of what."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, session, url_for
from werkzeug.wrappers import Response

from coplearn.accounts.guards import SECOND, require
from coplearn.kernel.errors import NotYours
from coplearn.kernel.words import Permission
from coplearn.second_factors.guards import asks_staff, present_standing
from coplearn.second_factors.queries import Standing
from coplearn.tokens.rules import TokenKind, TokenScope, offered


@dataclass(frozen=True, slots=True)
class Maker:
    """A person on the page of their keys, or an administrator on that of clients."""

    standing: Standing
    kind: TokenKind

    @property
    def scopes(self) -> tuple[TokenScope, ...]:
        """The scopes that they may let a program have."""
        return offered(works=self.standing.is_staff)

    @property
    def home(self) -> str:
        """The address of the page."""
        return url_for("tokens.clients" if self.kind is TokenKind.CLIENT else "tokens.home")

    def door(self) -> Response | None:
        """The page to prove or to set up a second step, for whoever works here and has not; None: they may go on."""
        if not asks_staff() or not self.standing.is_staff or session.get(SECOND) is True:
            return None
        return redirect(url_for("second_factors.home"), 303)


def present_maker() -> Maker:
    """The signed-in person. Raises NotYours for visitors."""
    return Maker(_standing(), TokenKind.PERSONAL)


def present_admin() -> Maker:
    """The same on the page of clients, for whoever manages the whole site. Raises NotYours for everybody else."""
    require(Permission.MANAGE_SITE)
    return Maker(_standing(), TokenKind.CLIENT)


def _standing() -> Standing:
    standing = present_standing()
    if standing is None:
        raise NotYours
    return standing
