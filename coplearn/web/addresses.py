"""The application class: Flask that keeps the addresses it has built, because a page holds dozens of the same ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, g, has_request_context, request

from coplearn.i18n.locales import Locale
from coplearn.site import site_of
from coplearn.web.framework import LateRule

MOST_KEPT = 4_096
LONGEST_KEPT = 200
"""Longer addresses hold what a visitor typed; they are not worth their place."""


class Application(Flask):
    """A Flask whose ``url_for`` remembers.

    An address inside a page depends on the endpoint, its values, the language and the mount point alone; every other
    (absolute, relative to a blueprint, outside a request) is built anew.
    """

    url_rule_class = LateRule

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: dict[tuple[object, ...], str] = {}
        self._sync: dict[Callable[..., Any], Callable[..., Any]] = {}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap as Flask does, asked once a function and not at each of a dozen calls a page."""
        wrapped = self._sync.get(func)
        if wrapped is None:
            wrapped = self._sync[func] = super().ensure_sync(func)
        return wrapped

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """Build an address as Flask does."""
        key = None
        if endpoint[0] != "." and not (_method or _scheme or _external) and has_request_context():
            locale: Locale | None = g.get("locale")
            key = (endpoint, _anchor, request.root_path, locale.url if locale else None, *values.items())
            try:
                address = self._kept.get(key)
            except TypeError:  # a list of values cannot be a key
                address = key = None
            if address is not None:
                return address
        if _external and site_of(self).settings.has_address:
            # Links that leave the site never follow the host of the request, which anybody may choose.
            path = super().url_for(endpoint, _anchor=_anchor, _method=_method, _external=False, **values)
            mounted = request.root_path if has_request_context() else ""
            return str(site_of(self).settings.address) + path.removeprefix(mounted)
        built = super().url_for(
            endpoint, _anchor=_anchor, _method=_method, _scheme=_scheme, _external=_external, **values
        )
        if key is not None and len(built) <= LONGEST_KEPT:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = built
        return built
