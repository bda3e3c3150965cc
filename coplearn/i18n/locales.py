"""The registry of languages as data: the product's ``translations/locales.toml``, behind it the languages a site added, and
the drafts that it offers."""

from __future__ import annotations

import re
import threading
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from coplearn.i18n.files import file_stamp
from coplearn.kernel.clock import beat

Direction = Literal["ltr", "rtl"]
SOURCE_LOCALE = "en"
"""The code of the language the interface is written in."""
_CODE: Final = re.compile(r"[A-Za-z]{2,8}(?:_[A-Za-z0-9]{2,8})*")
_URL: Final = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*")
_PLURAL: Final = re.compile(r"nplurals=[1-9];")
STATUSES: Final = ("live", "preparing", "draft", "test")
"""``live``: offered to everybody. ``preparing``: offered once enough is translated. ``draft``: texts that nobody who grew up
with the language has read; whoever works on the site is offered it, and learners where somebody decided so. ``test``: never."""


@dataclass(frozen=True, slots=True)
class Locale:
    """One language as the site knows it.

    ``code`` is Babel's (``zh_Hans_CN``), ``url`` the first part of a page's address (``zh``), ``bcp47`` the ``lang``
    attribute (``zh-Hans``), ``name`` the language's own name, ``plural`` the whole gettext ``Plural-Forms`` value,
    ``digits`` a CLDR numbering system, ``quotes`` the outer and inner pair, ``thousands`` the sign between groups of three
    digits (empty: CLDR's), ``fallback`` the code to try before the source.
    """

    code: str
    url: str
    bcp47: str
    name: str
    dir: Direction
    plural: str
    digits: str
    quotes: tuple[str, str, str, str]
    status: str
    fallback: str | None = None
    thousands: str = ""
    is_own: bool = field(default=False, compare=False)
    """Whether this site added it: its row and its catalogs are in the instance folder, and not among the product's files."""
    is_offered: bool = field(default=False, compare=False)
    """Of a draft, whether this site offers it to learners all the same."""

    @property
    def is_live(self) -> bool:
        """Whether learners may choose it."""
        return self.status == "live" or (self.is_draft and self.is_offered)

    @property
    def is_draft(self) -> bool:
        """Whether each of its pages says that it is a draft."""
        return self.status == "draft"

    @property
    def is_pseudo(self) -> bool:
        """Whether it is one of the made-up languages of the tests."""
        return self.code in ("en_XA", "en_XB")

    @property
    def is_reachable(self) -> bool:
        """Whether its pages can be opened by their address, offered or not."""
        return self.status != "test" or self.is_pseudo

    @property
    def babel(self) -> str:
        """The code whose dates, numbers and lists it uses: its own, but for the made-up languages."""
        return SOURCE_LOCALE if self.is_pseudo else self.code

    @property
    def nplurals(self) -> int:
        """The number of plural forms of a counted message."""
        return int(self.plural.split("nplurals=", 1)[1].split(";", 1)[0])


class Locales:
    """All languages of a site, in the registry's order."""

    def __init__(self, locales: Iterable[Locale]) -> None:
        self._by_code: Mapping[str, Locale] = {locale.code: locale for locale in locales}
        self._by_url: Mapping[str, Locale] = {locale.url: locale for locale in self._by_code.values()}

    def __iter__(self) -> Iterator[Locale]:
        return iter(self._by_code.values())

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def get(self, code: str) -> Locale:
        """The locale of that exact code; raises KeyError."""
        return self._by_code[code]

    def by_url(self, url: str) -> Locale | None:
        """The locale whose addresses begin with ``url``, or None."""
        return self._by_url.get(url)

    @property
    def live(self) -> tuple[Locale, ...]:
        """The languages a learner may choose, in order."""
        return tuple(locale for locale in self if locale.is_live)

    @property
    def source(self) -> Locale:
        """The interface's source language."""
        return self.get(SOURCE_LOCALE)

    @property
    def version(self) -> int:
        """Goes up when the registry's file has changed; a registry that was only read once stays at 0."""
        return 0


def _pseudo(code: str, url: str, name: str, direction: Direction) -> Locale:
    quotes = ("“", "”", "‘", "’")
    return Locale(
        code, url, code.replace("_", "-"), name, direction, "nplurals=2; plural=(n != 1);", "latn", quotes, "test"
    )


PSEUDO: Final = (_pseudo("en_XA", "xa", "Accented", "ltr"), _pseudo("en_XB", "xb", "Mirrored", "rtl"))
"""The made-up languages of the tests: in the registry only where the settings say so, and never offered."""

POLL_SECONDS: Final = 2.0


class LiveLocales(Locales):
    """The registry as its files have it now, looked at every ``poll`` seconds; a file that cannot be read changes nothing.

    ``own`` is the folder of the languages that the site added; ``extra`` languages come last. A language in preparation is
    offered once ``is_ready`` says so, a draft never because of it.
    """

    def __init__(
        self, path: Path, own: Path | None = None, *, extra: Iterable[Locale] = (), poll: float = POLL_SECONDS
    ) -> None:
        """Raises what :func:`read_locales` does: a site does not start with a wrong registry."""
        self._path = path
        self._own = own
        self._extra = tuple(extra)
        self._poll = poll
        self._lock = threading.Lock()
        self._version = 0
        self.is_ready: Callable[[Locale], bool] = lambda locale: False
        self.offered: Callable[[], tuple[str, ...]] = tuple
        """The codes of the languages that the site wants offered; none for all that are ready."""
        self._live: tuple[float, int, tuple[Locale, ...]] | None = None
        self._stamp = self._file_stamp()
        self._looked = beat(poll)
        super().__init__([*read_locales(path, own), *self._extra])

    def _file_stamp(self) -> tuple[int, ...]:
        own = self._own
        paths = (self._path, own_registry(own), offered_drafts(own)) if own is not None else (self._path,)
        return tuple(number for path in paths for number in file_stamp(path))

    def _look(self) -> None:
        now = beat(self._poll)
        if self._looked == now or not self._lock.acquire(blocking=False):
            return
        try:
            stamp = self._file_stamp()
            if stamp != self._stamp:
                self._take(stamp)
            self._looked = now
        finally:
            self._lock.release()

    def _take(self, stamp: tuple[int, ...]) -> None:
        try:
            found = [*read_locales(self._path, self._own), *self._extra]
        except (OSError, ValueError, KeyError):
            return  # half-saved or wrong: the last good registry stays, and it is looked at again
        if any(locale.code == SOURCE_LOCALE for locale in found):
            before, now = ([(one, one.is_own) for one in some] for some in (self._by_code.values(), found))
            super().__init__(found)
            self._stamp, self._live = stamp, None
            # Who is offered a draft changes no text: for that nothing is read anew.
            self._version += before != now

    def renew(self) -> None:
        """Look at the files now, for whoever has just written one."""
        self._looked = 0.0
        self._look()

    def __iter__(self) -> Iterator[Locale]:
        self._look()
        return super().__iter__()

    def __contains__(self, code: str) -> bool:
        self._look()
        return super().__contains__(code)

    def get(self, code: str) -> Locale:
        """The locale of that exact code; raises KeyError."""
        self._look()
        return super().get(code)

    def by_url(self, url: str) -> Locale | None:
        """The locale whose addresses begin with ``url``, or None."""
        self._look()
        return super().by_url(url)

    @property
    def version(self) -> int:
        """The number of times that the languages have changed since this process began."""
        self._look()
        return self._version

    @property
    def live(self) -> tuple[Locale, ...]:
        """The languages a learner is offered, in order: those that are live, and those in preparation that are ready."""
        wanted = self.offered()
        if not wanted:
            return self.ready
        return tuple(locale for locale in self.ready if locale.code in wanted or locale.code == SOURCE_LOCALE)

    @property
    def ready(self) -> tuple[Locale, ...]:
        """The languages that could be offered, in order, wanted or not."""
        now, version = beat(self._poll), self.version
        held = self._live
        if held is not None and held[:2] == (now, version):
            return held[2]
        found = tuple(
            locale for locale in self if locale.is_live or (locale.status == "preparing" and self.is_ready(locale))
        )
        self._live = (now, version, found)
        return found


def own_registry(folder: Path) -> Path:
    """The file of the languages that a site added, in its folder ``own``."""
    return folder / "locales.toml"


def offered_drafts(folder: Path) -> Path:
    """The file in a site's folder ``own`` that says which drafts learners are offered: a code, and true or false."""
    return folder / "drafts.toml"


def read_offers(own: Path) -> dict[str, bool]:
    """The site's decision about each draft that it decided about, by code. Raises ValueError for another value."""
    path = offered_drafts(own)
    rows = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if wrong := next((code for code, value in rows.items() if not isinstance(value, bool)), None):
        raise ValueError(f"{wrong}: say true or false")
    return rows


def read_locales(path: Path, own: Path | None = None) -> Locales:
    """Read the registry at ``path``, and behind it the languages that the site of the folder ``own`` added.

    A language that the product has meanwhile is the product's; as a draft it stays with the learners of a site that had
    made it live before, until that site decides otherwise. Raises KeyError or ValueError when a row lacks a field or has a
    wrong one.
    """
    locales = [_locale(code, row) for code, row in tomllib.loads(path.read_text(encoding="utf-8")).items()]
    if own is None:
        return Locales(locales)
    added = []
    if own_registry(own).is_file():
        rows = tomllib.loads(own_registry(own).read_text(encoding="utf-8"))
        added = [_locale(code, row, is_own=True) for code, row in rows.items()]
    codes, urls = {locale.code for locale in locales}, {locale.url for locale in locales}
    locales += [locale for locale in added if locale.code not in codes and locale.url not in urls]
    offers = {locale.code: True for locale in added if locale.is_live} | read_offers(own)
    return Locales(replace(locale, is_offered=offers.get(locale.code, False)) for locale in locales)


def _locale(code: str, row: object, *, is_own: bool = False) -> Locale:
    if not isinstance(row, Mapping):
        raise ValueError(f"{code}: no table of fields")
    # Files and pages are named by them.
    if not _CODE.fullmatch(code) or not _URL.fullmatch(str(row["url"])):
        raise ValueError(f"{code}: the code or the url is none of a language")
    if not _PLURAL.match(str(row["plural"])):
        raise ValueError(f"{code}: plural must begin with nplurals=")
    quotes = row["quotes"]
    if not isinstance(quotes, list) or len(quotes) != 4:
        raise ValueError(f"{code}: quotes must be four strings")
    if row["status"] not in STATUSES:
        raise ValueError(f"{code}: status must be one of {', '.join(STATUSES)}")
    direction = row["dir"]
    if direction not in ("ltr", "rtl"):
        raise ValueError(f"{code}: dir must be ltr or rtl")
    fallback, thousands = row.get("fallback"), row.get("thousands", "")
    if not isinstance(thousands, str) or len(thousands) > 1 or thousands.isalnum():
        raise ValueError(f"{code}: thousands must be one sign that stands between digits")
    return Locale(
        code=code,
        url=str(row["url"]),
        bcp47=str(row["bcp47"]),
        name=str(row["name"]),
        dir="rtl" if direction == "rtl" else "ltr",
        plural=str(row["plural"]),
        digits=str(row["digits"]),
        quotes=(str(quotes[0]), str(quotes[1]), str(quotes[2]), str(quotes[3])),
        status=str(row["status"]),
        fallback=None if fallback is None else str(fallback),
        thousands=thousands,
        is_own=is_own,
    )
