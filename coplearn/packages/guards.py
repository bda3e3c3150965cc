"""Guards: who may bring packages in, what addresses name, and the host name that packages are played from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, request
from sqlalchemy.orm import Session

from coplearn.accounts.guards import require, session_key
from coplearn.accounts.queries import user_id_of
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.packages import queries
from coplearn.packages.models import PackageVersion
from coplearn.packages.queries import LivePackage
from coplearn.packages.sealing import Launch, read_launch
from coplearn.packages.service import PlayedVersion, played_version
from coplearn.site import site, site_of
from coplearn.storage.database import current_engine, current_session, reading_only

PLAYED: Final = "played"
"""The blueprint of everything that a package itself may ask for."""
_SANDBOX: Final = "allow-scripts allow-forms allow-modals allow-downloads allow-popups allow-popups-to-escape-sandbox"


@dataclass(frozen=True, slots=True)
class PackageStage:
    """The place that packages are played from: the origin, and whether it is one of their own."""

    origin: str
    is_own: bool

    @property
    def base(self) -> str:
        """The address below which everything lies that a package may load."""
        return f"{self.origin}/packages/"

    @property
    def sandbox(self) -> str:
        """The rights of the frame. An origin of its own is given where it is not ours."""
        return f"{_SANDBOX} allow-same-origin" if self.is_own else _SANDBOX


def stage_of(key: str) -> PackageStage:
    """The stage of a version: its own host name where one is set (``*`` in it stands for each package's own), else this site in
    a frame without our origin."""
    address = site().operators.packages_url.rstrip("/")
    if not address:
        return PackageStage(_own() + request.root_path, is_own=False)
    return PackageStage(address.replace("*", f"p{key[:16]}"), is_own=True)


def policy_of(stage: PackageStage, *, speaks: bool = False) -> str:
    """The policy of everything that belongs to a package: it loads from itself alone, and opened by itself it has no origin of
    ours either. One that ``speaks`` to our LRS reaches that besides, where a token in a header is all that opens anything."""
    base = stage.base
    records = (f"connect-src {base} data: blob: {_records(stage)}",) if speaks else ()
    # Frames of a page without an origin stand in nothing that could be named, so that naming anybody would name them nobody.
    framed = (f"frame-ancestors 'self' {' '.join(_pages())}",) if stage.is_own else ()
    return "; ".join(
        (
            f"default-src {base} data: blob: 'unsafe-inline' 'unsafe-eval'",
            *records,
            "object-src 'none'",
            f"base-uri {base}",
            f"form-action {base}",
            *framed,
            f"sandbox {stage.sandbox}",
        )
    )


def _pages() -> list[str]:
    """The origins whose pages may hold the frame of a package's own host."""
    settings = site().operators
    if settings.has_address:
        split = urlsplit(settings.address)
        return [f"{split.scheme}://{split.netloc}"]
    return [f"http://{host}:{settings.port}" for host in settings.hosts if host[0] not in ".["]


def _records(stage: PackageStage) -> str:
    """The addresses of the LRS, for pages of a package."""
    return " ".join(f"{one}{request.root_path}/xapi/" for one in (_pages() if stage.is_own else [_own()]))


def _own() -> str:
    return request.host_url.rstrip("/")


def register_stage(app: Flask) -> None:
    """Let a packages' host answer with packages alone, and every other host with everything else."""
    address = site_of(app).operators.packages_url.rstrip("/")
    if not address:
        return
    split = urlsplit(address.replace("*", ""))
    if split.scheme not in {"http", "https"} or not split.hostname or split.path:
        raise ValueError(
            f"COPLEARN_PACKAGES_URL must be the address of a host, such as https://packages.example.net, not {address!r}."
        )
    host, own = split.hostname, site_of(app).operators.hosts
    if host in {urlsplit(f"//{one}").hostname for one in own if site_of(app).operators.has_address}:
        raise ValueError(
            "COPLEARN_PACKAGES_URL must name another host than the site's own: packages are foreign programs."
        )
    app.config["TRUSTED_HOSTS"] = [*own, host]

    @app.before_request
    def keep_apart() -> None:
        asked = urlsplit(f"//{request.host}").hostname or ""
        is_stage = asked.endswith(host) if host.startswith(".") else asked == host
        # Whoever watches over the site asks by whatever name comes first.
        is_probe = request.endpoint is None or request.blueprint == "probes"
        if is_stage != (request.blueprint == PLAYED) and not is_probe:
            abort(404)


def the_session() -> Session:
    """The request's database session."""
    return current_session(current_app)


def no_such_page() -> NotFound:
    """The answer where there is nothing at an address."""
    return NotFound(N_("There is no page at this address."))


def present_bringer() -> int:
    """The number of the signed-in account, which may bring packages in. Raises NotYours for everybody else."""
    require(Permission.MANAGE_PACKAGES)
    key = session_key()
    number = user_id_of(the_session(), key) if key is not None else None
    assert number is not None  # whoever may is signed in
    return number


def shown_package(public_id: str) -> LivePackage:
    """The package of that address, if it may be begun. Raises NotFound."""
    found = queries.live_package(the_session(), public_id)
    if found is None or found.package.hidden_at is not None:
        raise no_such_page()
    return found


def any_package(public_id: str) -> LivePackage:
    """The package of that address for whoever looks after packages. Raises NotFound."""
    found = queries.live_package(the_session(), public_id)
    if found is None:
        raise no_such_page()
    return found


def uploaded(key: str) -> PackageVersion:
    """The upload of that key that nobody decided about. Raises NotFound."""
    version = queries.version_of_key(the_session(), key)
    if version is None or version.package_id is not None:
        raise no_such_page()
    return version


def launch_at(token: str, *, by_statements: bool = False) -> tuple[Launch, PlayedVersion]:
    """The launch that an address names, with the version that is played: one of SCORM, or one that says things ``by_statements``.

    Raises NotFound for a forged or outlived one.
    """
    launch = read_launch(current_app, token)
    version = _played(current_app, launch.version_id) if launch is not None else None
    if launch is None or version is None or version.standard.is_by_statements is not by_statements:
        raise no_such_page()
    return launch, version


def _played(app: Flask, number: int) -> PlayedVersion | None:
    kept = site_of(app).played_versions
    if number not in kept:
        with reading_only(), Session(current_engine(app)) as session:
            version = queries.version_by_id(session, number)
        if version is None:
            return None
        if len(kept) >= 256:
            kept.clear()
        kept[number] = played_version(version)
    return kept[number]
