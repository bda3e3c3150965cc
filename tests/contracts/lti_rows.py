"""Learning platforms: the way in proves itself by what a platform signed (tests/lti), pages of work are administrators'."""

from __future__ import annotations

from tests.contracts.access_rows import Row, same

PLATFORM = {"platform_id": "999"}


def of_admins(page: str, method: str, **values: str) -> Row:
    """A page of administrators, which for everybody here is none; a visitor who reads is asked to sign in."""
    visitor = 302 if method == "GET" else 404
    return Row(f"platforms.{page}", method, visitor, 404, 404, 404, values)


LTI_ROWS = [
    same("lti.keys", 200),
    same("lti.login_here", 401),
    same("lti.login", 401, "POST"),
    same("lti.launch", 401, "POST"),
    same("lti.choose", 401, "POST"),
    same("lti.enter", 401),
    same("lti.register", 401, token="made-up"),
    same("lti.register_now", 401, "POST", token="made-up"),
    same("launched.about", 200),
    same("launched.join_page", 401),
    same("launched.join", 401, "POST"),
    same("launched.apart", 401, "POST"),
    same("launched.leave", 303, "POST"),
    same("launched.module", 404, course_code="{course}", module_id="made-up"),
    of_admins("listing", "GET"),
    of_admins("new", "GET"),
    of_admins("one", "GET", **PLATFORM),
    of_admins("edit", "GET", **PLATFORM),
    of_admins("members", "GET", **PLATFORM, link_id="999"),
    *(of_admins(verb, "POST") for verb in ("invite", "renew_key", "add")),
    *(of_admins(verb, "POST", **PLATFORM) for verb in ("change", "set_open", "add_deployment", "remove")),
    of_admins("remove_deployment", "POST", **PLATFORM, row="999"),
    of_admins("send_again", "POST", **PLATFORM, link_id="999"),
]
