"""Who may open what of learning records: pages for whoever manages the site, and addresses for other programs (tests/xapi).

What a program may do follows from the key that it sends, and never from who is signed in: without one, everybody gets the same.
"""

from __future__ import annotations

from tests.contracts.access_rows import Row, same

_RESOURCES = ("statements", "activities", "activities_state", "activities_profile", "agents", "agents_profile")
XAPI_ROWS = [
    # Without the header that names a version, every request is refused before anything is looked at.
    *(same(f"lrs.{name}", 400, method) for name in _RESOURCES for method in ("GET", "PUT", "POST", "DELETE", "PATCH")),
    same("lrs.about", 200),
    *(same("lrs.about", 405, method) for method in ("PUT", "POST", "DELETE", "PATCH")),
    same("lrs.profile", 200),
    # Whoever has the address of a launched package has its token, once; a forged one leads nowhere.
    same("lrs.fetch", 403, "POST", token="forged"),
    Row("xapi.page", "GET", 302, 404, 404, 404),
    Row("xapi.make", "POST", 404, 404, 404, 404),
    Row("xapi.end", "POST", 404, 404, 404, 404, {"key_id": "1"}),
    Row("xapi.save_target", "POST", 404, 404, 404, 404),
]
