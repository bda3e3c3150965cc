"""Everything an operator can set, from the environment; each field's docstring is its page of the manual."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

Reader = Literal["person", "machine"]
Named: TypeAlias = tuple[tuple[str, str], ...]
"""Variables with names of the operator's own: what stands behind the common beginning, and what it is set to."""

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
INSTALL_EXTRAS: Final = ".venv/bin/python -m pip install --require-hashes -r requirements-extras.lock"
HOME = Path(__file__).resolve().parent.parent
"""The folder that holds ``courses/``, ``translations/`` and ``migrations/``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one installation, fixed for the life of the process.

    A field ``some_name`` is read from the variable ``COPLEARN_SOME_NAME``; ``database_url``, ``port``, ``host`` and
    ``secret_key`` also from the bare ``DATABASE_URL``, ``PORT``, ``HOST`` and ``SECRET_KEY``.
    """

    instance_path: Path = HOME / "instance"
    """Folder for what this installation owns: the SQLite file, the secret key, outgoing mail files. Back it up."""

    database_url: str = ""
    """The database, such as ``postgresql+psycopg://user:password@host/name``. Empty: an SQLite file in the instance folder."""

    replica_url: str = ""
    """A replica of that PostgreSQL: reports and the cascade are read from it while it has all that was saved. Empty: none."""

    secret_key: str = ""
    """Signs sessions and tokens. Empty: a random key is made once and kept in the instance folder, readable by its owner only."""

    site_keys: str = ""
    """The keys this site signs with, as ``coplearn keys export`` prints them, for a site on several machines. Empty: each key is
    made when it is first needed and kept in the instance folder, in ``keys``."""

    host: str = "127.0.0.1"
    """The address the server listens on."""

    port: int = 8000
    """The port the server listens on."""

    workers: int = 2
    """Server processes. Two suit a machine of two cores."""

    threads: int = 2
    """Threads in each server process that may work on a page at once."""

    site_name: str = "coplearn"
    """The name on every page and in the mail it sends."""

    organisation: str = ""
    """Who runs this site, as people know it (a ministry, a school, a union). Empty: the site's name stands alone."""

    organisation_url: str = ""
    """That organisation's own page, such as ``https://ministry.example``."""

    contact: str = ""
    """Where people write to when something does not work: a mail address, or the ``https://`` address of a page. Empty: nowhere."""

    source_url: str = ""
    """Where the source code of this site's software is, as an ``https://`` address. Empty: no link to it."""

    trusted_hosts: tuple[str, ...] = ()
    """Host names this site answers to, comma separated (``learn.example.org,.example.net``). Empty: the host of
    ``public_url``, or only local names. Then local names are answered to for ``/healthz`` and ``/readyz`` alone."""

    proxies: int = 0
    """How many reverse proxies stand in front whose X-Forwarded headers are to be believed."""

    https: bool = False
    """Set when people reach the site by https: cookies become Secure and HSTS is sent."""

    course_path: tuple[Path, ...] = ()
    """Folders with more course folders in them, separated by ``:``, besides the ``courses`` folder of the product."""

    overlay_path: tuple[Path, ...] = ()
    """Folders with countries' overlays of courses in them, separated by ``:``, besides the site's own in its instance folder."""

    overlays: tuple[str, ...] = ()
    """Ids of the product's examples (its folder ``overlays``) that hold on this site, comma separated."""

    country: str = ""
    """ISO 3166 code of the country whose own site this is, such as ``MA``: everybody sees the courses as its overlays have
    them. Empty: each reader sees them as the country that they have picked for help has them."""

    trusted_courses: tuple[str, ...] = ()
    """Ids of courses in folders whose ``plugin.py`` may run, comma separated. An installed wheel is trusted by being installed."""

    mail: str = "file"
    """Where mail goes: ``file`` (the instance folder's ``mail``), ``console`` or ``smtp``."""

    mail_server: str = "localhost"
    """SMTP server, when ``mail`` is ``smtp``."""

    mail_port: int = 25
    """SMTP port."""

    mail_username: str = ""
    """SMTP user name; empty for none."""

    mail_password: str = ""
    """SMTP password."""

    mail_tls: bool = False
    """Use STARTTLS with the SMTP server."""

    mail_from: str = "coplearn@localhost"
    """The sender's address of mail from this site."""

    public_url: str = ""
    """The address of this site, such as ``https://learn.example.org``, in letters and on paper. Empty: the first trusted host."""

    letter_days: int = 30
    """After so many days whom a letter went to and what it said is forgotten; that it was sent is not."""

    jobs: str = ""
    """Who calls the workers for a job. Empty: they look into the database every second. Or Redis: ``redis://host:6379/0``
    (needs ``requirements-extras.lock``). Jobs and letters wait in the database in any case."""

    jobs_here: bool = True
    """Whether ``coplearn serve`` also does jobs and sends letters, in another process. Off: run ``coplearn jobs run`` elsewhere."""

    languages: tuple[str, ...] = ()
    """Codes of the languages that are offered, comma separated, of those that are ready. Empty: all of them."""

    cohorts_opened_by: str = "trainers"
    """Who may open cohorts: ``trainers`` (coordinators and certified trainers) or ``coordinators`` alone."""

    quick_exit_url: str = "https://www.wikipedia.org/"
    """Where the "Leave quickly" button goes: a plain page that asks no questions."""

    helplines: Path | None = None
    """Your own helpline directory, instead of the one in the product (see docs/helplines.md)."""

    responsible: str = ""
    """Who is responsible for people's data, named on the privacy page: an organisation with its address, in one line."""

    legal_basis: str = ""
    """On which legal basis people's data is kept, as the privacy page says it, in one line."""

    security_contact: str = ""
    """Where to report a weakness: ``mailto:`` or ``https`` addresses, for ``/.well-known/security.txt``. Empty: no such page."""

    visitor_days: int = 90
    """Progress made without an account is forgotten after so many days without use."""

    contact_days: int = 1095
    """So many days after a cohort was put away, the mail addresses and telephones of its people are forgotten; a trainer's whose
    certificate still holds are kept until it ends. 0: never."""

    report_zone: str = ""
    """Time zone of the days of reports to hand on, kept from the first closed day. Empty: that of most cohorts then."""

    language_bar: int = 80
    """How many percent of the interface, and of one course, must be translated before a language in preparation is offered."""

    second_reading: str = "any"
    """Whose second reading lets a critical text, a quiz's text or a text that says where help is go live: ``any`` (a person,
    or a machine in a separate reading), or ``person``."""

    uploads_url: str = ""
    """An object store for all files that people bring (recordings, packages, resources, evidence), each below a folder of its
    own: ``s3://bucket/path``, ``gs://…``, ``az://…`` (needs ``requirements-extras.lock``). Empty: folders of the instance."""

    uploads_megabytes: int = 20_000
    """How much evidence of one sort, or all contributed resources, may take together, in megabytes."""

    recording_megabytes: int = 100
    """The largest recording that is taken, in megabytes; 200 at most."""

    recordings_megabytes: int = 2000
    """How much all recordings that staff added may take together, in megabytes."""

    packages_url: str = ""
    """Another host name that packages from elsewhere play at: ``https://packages.example.net``, or ``https://*.…`` for one a
    package. Empty: they play in a closed frame of this site, in which those made of several frames do not work."""

    resource_megabytes: int = 20
    """The largest file of a contributed resource that is taken, in megabytes; without an account half a megabyte."""

    check_links: bool = True
    """Whether the links of listed resources are looked at once a week. Nothing goes out for it where this is ``0``."""

    webhook_hosts: tuple[str, ...] = ()
    """Hosts of your own network that webhooks and learning records may go to, comma separated; else the public internet alone."""

    lrs_megabytes: int = 8
    """The largest request that the LRS takes (statements with their attachments, or a document), in megabytes."""

    lrs_requests: int = 1200
    """How many requests a minute the LRS takes of one key. 0: as many as come."""

    lrs_secret: str = ""
    """The secret for the other LRS that is told of learning here. Empty: an administrator types it, and it is kept sealed."""

    ffmpeg: str = ""
    """Path of the program ffmpeg, such as ``/usr/bin/ffmpeg``: it makes added recordings small. Empty: they stay as they come."""

    backup_folder: Path | None = None
    """Where backups are kept: a folder, best on another disk. When this or ``backup_url`` is set, one is made every day."""

    backup_url: str = ""
    """An object store that backups are sent to, as in ``uploads_url``; credentials stand in the store's own variables."""

    backup_recipients: tuple[str, ...] = ()
    """Public keys of age (``age1…``), comma separated, that backups are encrypted for. ``coplearn backup new-key`` makes one."""

    backup_passphrase: str = ""
    """A passphrase that backups are encrypted with, instead of keys or beside them."""

    backup_key: Path | None = None
    """File of the private key, for ``backup verify``, ``restore`` and the daily trial. It may be kept elsewhere."""

    backup_days: int = 7
    """Of so many days the newest backup is kept."""

    backup_weeks: int = 5
    """Of so many weeks the newest backup is kept."""

    pseudo_locales: bool = False
    """Answer in two made-up languages, ``/xa/`` and ``/xb/``, that show what a translation would break (for the tests)."""

    machine_translation: str = ""
    """Dotted name of a translator's object (see docs/translating.md). Empty: no machine translates, and no text leaves the site."""

    style_page: bool = False
    """Show the internal page with every piece of the design (for designers and the tests)."""

    metrics_token: str = ""
    """A token of 20 characters or more that reads ``/metrics`` (``Authorization: Bearer …``). Empty: nothing is counted."""

    metrics_local: bool = False
    """Let this machine itself read ``/metrics`` without a token, when no proxy stands in between."""

    error_reports: str = ""
    """Where faults are reported besides the log: a file, or an address as Sentry has it (``https://key@host/1``; needs
    ``requirements-extras.lock``). No report holds a text, a value or anything about a person. Empty: nowhere."""

    oidc: Named = ()
    """Providers to sign in with (OpenID Connect): ``COPLEARN_OIDC_MINISTRY_ISSUER`` and so on. See "Signing in with a provider"."""

    lti_hosts: tuple[str, ...] = ()
    """Hosts of learning platforms in your own network, comma separated; public ones need not be named. See ``docs/lti.md``."""

    log_level: str = "INFO"
    """The least severe log line that is written: DEBUG, INFO, WARNING or ERROR."""

    second_factor_for: str = "staff"
    """Who needs a second step to sign in: ``staff`` (who sees others' data or changes what all read), or ``nobody``."""

    second_factor_grace_days: int = 14
    """So many days staff may go on without a second step, from when they first sign in with a role, or the upgrade."""

    rate_limits: bool = True
    """Slow down guessing of passwords and flooding of mail. Switch off only in tests."""

    home: Path = HOME
    """Folder that holds ``courses``, ``translations`` and ``migrations``."""

    @property
    def database(self) -> str:
        """The database's address, with the SQLite default filled in."""
        return self.database_url or f"sqlite:///{self.instance_path / 'coplearn.sqlite3'}"

    @property
    def readers(self) -> tuple[Reader, ...]:
        """The readers whose second reading counts. Raises ValueError when the setting says neither."""
        if self.second_reading not in {"any", "person"}:
            raise ValueError(f"COPLEARN_SECOND_READING must be any or person, not {self.second_reading!r}.")
        return ("person",) if self.second_reading == "person" else ("person", "machine")

    @property
    def staff_needs_factor(self) -> bool:
        """Whether staff need a second factor. Raises ValueError when the setting says neither."""
        if self.second_factor_for not in {"staff", "nobody"}:
            raise ValueError(f"COPLEARN_SECOND_FACTOR_FOR must be staff or nobody, not {self.second_factor_for!r}.")
        return self.second_factor_for == "staff"

    @property
    def own_catalogs(self) -> Path:
        """The folder of own translations of courses, for the site's own languages and courses of wheels; they come first."""
        return self.instance_path / "courses"

    @property
    def registry(self) -> Path:
        """The product's registry of languages."""
        return self.home / "translations" / "locales.toml"

    @property
    def own_translations(self) -> Path:
        """The folder of languages that were added here: their rows in ``locales.toml``, and the site's catalogs in them."""
        return self.instance_path / "translations"

    @property
    def course_folders(self) -> tuple[Path, ...]:
        """Every folder that holds course folders, the product's own first."""
        return (self.home / "courses", *self.course_path)

    @property
    def has_address(self) -> bool:
        """Whether it is set where people reach this site, so that no link has to be made from the request's host."""
        return bool(self.public_url or self.trusted_hosts)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names to answer to: those that are set, and local ones only when none is."""
        public = urlsplit(self.public_url).hostname
        return (*self.trusted_hosts, *((public,) if public else ())) or LOCAL_HOSTS

    @property
    def ports(self) -> frozenset[int]:
        """Ports that may stand behind a host's name: the usual ones, the server's own, and those that are set."""
        named = (urlsplit(f"//{one}").port for one in (*self.trusted_hosts, urlsplit(self.public_url).netloc))
        return frozenset({80, 443, self.port, *(port for port in named if port)})

    @property
    def address(self) -> str:
        """The address where people reach this site, without the last slash."""
        host = self.trusted_hosts[0].lstrip(".") if self.trusted_hosts else f"127.0.0.1:{self.port}"
        return self.public_url.rstrip("/") or f"{'https' if self.https else 'http'}://{host}"

    def make_instance(self) -> None:
        """Make the instance folder when it is not there, and close it to everybody but the site's own user."""
        self.instance_path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.instance_path.stat().st_uid == os.getuid():
            self.instance_path.chmod(0o700)

    def key(self) -> str:
        """The secret key; made on first use when none is set. Raises OSError when the instance folder cannot be written."""
        if self.secret_key:
            return self.secret_key
        path = self.instance_path / "secret_key"
        self.make_instance()
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii").strip()
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        return path.read_text(encoding="ascii").strip()


_BARE = ("database_url", "port", "host", "secret_key")


def from_env(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``environ`` (the process's own by default). Raises ValueError naming the variable that cannot be read."""
    env = os.environ if environ is None else environ
    if "COPLEARN_RECORDINGS_URL" in env:
        raise ValueError("COPLEARN_RECORDINGS_URL is now COPLEARN_UPLOADS_URL: recordings lie below recordings/.")
    values: dict[str, Any] = {}
    for field in fields(Settings):
        name = f"COPLEARN_{field.name.upper()}"
        if field.type == "Named":
            values[field.name] = _named(env, f"{name}_")
            continue
        if name not in env and field.name in _BARE:
            name = field.name.upper()
        if (text := env.get(name)) is not None:
            values[field.name] = _read(name, str(field.type), text)
    return Settings(**values)


def _named(env: Mapping[str, str], start: str) -> Named:
    return tuple(sorted((name.removeprefix(start), text) for name, text in env.items() if name.startswith(start)))


def _read(name: str, kind: str, text: str) -> Any:
    if kind == "bool":
        if text.lower() not in {"1", "0", "true", "false", "yes", "no", "on", "off", ""}:
            raise ValueError(f"{name} must be 1 or 0, not {text!r}.")
        return text.lower() in {"1", "true", "yes", "on"}
    if kind == "int":
        if not text.isdecimal():
            raise ValueError(f"{name} must be a whole number, not {text!r}.")
        return int(text)
    if kind == "tuple[str, ...]":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind == "tuple[Path, ...]":
        return tuple(Path(part).absolute() for part in text.split(os.pathsep) if part)
    if kind in ("Path", "Path | None"):
        # Whole from the start: a relative address of the database would be looked for in another folder.
        return Path(text).absolute() if text else None
    return text


def changed_settings(settings: Settings) -> list[str]:
    """The names of the variables whose values are not the defaults."""
    return sorted(f"COPLEARN_{f.name.upper()}" for f in fields(Settings) if getattr(settings, f.name) != f.default)
