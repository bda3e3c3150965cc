"""Signing in and out, and what belongs to an account: rows of the table of who may open what."""

from __future__ import annotations

from tests.contracts.access_rows import Row, same

SIGNING_ROWS = [
    Row("security.login", "GET", 200, 302, 302, 302),
    Row("security.login", "POST", 200, 302, 302, 302),
    Row("security.logout", "POST", 302, 302, 302, 302),
    Row("security.register", "GET", 200, 302, 302, 302),
    Row("security.register", "POST", 200, 302, 302, 302),
    # This site has no provider (tests/providers).
    same("providers.begin", 404, name="ministry"),
    same("providers.back", 404, name="ministry"),
    same("providers.signed_out", 404, name="ministry"),
    same("providers.end", 404, name="ministry"),
    same("security.forgot_password", 200),
    same("security.forgot_password", 200, "POST"),
    Row("security.reset_password", "GET", 302, 302, 302, 302, {"token": "made-up"}),
    Row("security.reset_password", "POST", 302, 302, 302, 302, {"token": "made-up"}),
    Row("security.change_password", "GET", 302, 200, 200, 200),
    Row("security.change_password", "POST", 302, 200, 200, 200),
    Row("security.send_confirmation", "GET", 200, 200, 200, 200),
    Row("security.send_confirmation", "POST", 200, 200, 200, 200),
    Row("security.confirm_email", "GET", 302, 302, 302, 302, {"token": "made-up"}),
    Row("security.confirm_email", "POST", 302, 302, 302, 302, {"token": "made-up"}),
]
