"""Rules: what an operator writes about a provider that people sign in with, and what follows from what it says of somebody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final
from urllib.parse import urlsplit

from coplearn.accounts.rules import Granted
from coplearn.kernel.words import Role

_PREFIX: Final = "COPLEARN_OIDC_"
_NAME: Final = re.compile(r"[A-Z][A-Z0-9]{0,29}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_SCOPES: Final = ("language", "course", "country")
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
OWN: Final = "own"
"""In a rule, for the country: the one that the provider says the person is in."""


@dataclass(frozen=True, slots=True)
class RoleRule:
    """A role for whoever has this value in that claim (``realm.roles`` for one inside another)."""

    claim: str
    value: str
    grant: Granted


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider of OpenID Connect, as the settings ``COPLEARN_OIDC_<NAME>_…`` describe it."""

    name: str
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    label: str = ""
    scopes: tuple[str, ...] = ("openid", "email")
    roles: tuple[RoleRule, ...] = ()
    country_claim: str = ""
    domains: tuple[str, ...] = ()
    trust_addresses: bool = False
    link_verified: bool = False
    new_accounts: bool = True
    staff_hours: int = 12

    @property
    def host(self) -> str:
        """The host that the operator named, in lower case."""
        return urlsplit(self.issuer).hostname or ""

    @property
    def needed_claims(self) -> frozenset[str]:
        """The outermost claims that something is made of here."""
        paths = {rule.claim for rule in self.roles} | ({self.country_claim} if self.country_claim else set())
        return frozenset({"email", *paths, *(path.partition(".")[0] for path in paths)})


def read_providers(pairs: Iterable[tuple[str, str]]) -> dict[str, Provider]:
    """The providers that the variables ``COPLEARN_OIDC_…`` (without that) name. Raises ValueError naming what is wrong."""
    known = sorted((one.name.upper() for one in fields(Provider) if one.name != "name"), key=len, reverse=True)
    written: dict[str, dict[str, str]] = {}
    for variable, text in pairs:
        ending = next((one for one in known if variable.endswith(f"_{one}")), None)
        name = variable.removesuffix(f"_{ending}") if ending else ""
        if ending is None or not _NAME.fullmatch(name):
            raise ValueError(f"{_PREFIX}{variable} is no setting of a provider (a name has capitals and digits alone).")
        written.setdefault(name, {})[ending.lower()] = text.strip()
    return {name.lower(): _provider(name, values) for name, values in sorted(written.items())}


def _provider(name: str, values: Mapping[str, str]) -> Provider:
    for needed in ("issuer", "client_id"):
        if not values.get(needed):
            raise ValueError(f"{_PREFIX}{name}_{needed.upper()} has to be set.")
    read: dict[str, Any] = {"name": name.lower(), "label": name.capitalize()}
    for key, text in values.items():
        try:
            read[key] = _READ.get(key, str)(text)
        except ValueError as error:
            raise ValueError(f"{_PREFIX}{name}_{key.upper()}: {error}") from None
    return Provider(**read)


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
        raise ValueError("an issuer begins with https:// (http:// on this machine alone).")
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError(f"{text!r} is no issuer's address.")
    return text


def _yes(text: str) -> bool:
    if text.lower() not in {"1", "0", "true", "false", "yes", "no", "on", "off", ""}:
        raise ValueError(f"must be 1 or 0, not {text!r}.")
    return text.lower() in {"1", "true", "yes", "on"}


def _hours(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"must be a whole number, not {text!r}.")
    return int(text)


def _scopes(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(("openid", *text.replace(",", " ").split())))


def _domains(text: str) -> tuple[str, ...]:
    return tuple(one.lower().lstrip("@") for one in text.replace(",", " ").split())


def _rules(text: str) -> tuple[RoleRule, ...]:
    return tuple(_rule(line.strip()) for line in re.split(r"[;\n]", text) if line.strip())


def _rule(line: str) -> RoleRule:
    left, arrow, right = line.rpartition("->")
    claim, equals, value = (part.strip() for part in left.partition("="))
    role, *limits = right.split()[:4] or [""]
    if not (arrow and equals and claim and value):
        raise ValueError(f"a rule is written “claim=value -> role”, not {line!r}.")
    if role not in set(Role):
        raise ValueError(f"there is no role {role!r}; there are {', '.join(Role)}.")
    places: dict[str, str] = {}
    for limit in limits:
        key, _, place = limit.partition("=")
        if key not in _SCOPES or not place or (key == "country" and not (place == OWN or _COUNTRY.fullmatch(place))):
            raise ValueError(f"a role is for language=…, course=… or country=… (KE, or {OWN}), not {limit!r}.")
        places[key] = place
    grant = Granted(role, places.get("language", ""), places.get("course", ""), places.get("country", ""))
    return RoleRule(claim, value, grant)


_READ: Final[Mapping[str, Any]] = {
    "issuer": _address,
    "scopes": _scopes,
    "roles": _rules,
    "domains": _domains,
    "trust_addresses": _yes,
    "link_verified": _yes,
    "new_accounts": _yes,
    "staff_hours": _hours,
}


def values_at(claims: Mapping[str, Any], path: str) -> list[str]:
    """The values of the claim, as texts: one, or a list of them; nothing for what is not there or is something else.

    >>> values_at({"realm": {"roles": ["a", 7, "b"]}, "a.b": "c"}, "realm.roles"), values_at({"a.b": "c"}, "a.b")
    (['a', 'b'], ['c'])
    """
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed if isinstance(one, str) and one]


def country_of(provider: Provider, claims: Mapping[str, Any]) -> str:
    """The person's country (two capitals) as the provider says it; empty where it does not, or says something else."""
    found = values_at(claims, provider.country_claim) if provider.country_claim else []
    country = found[0].strip().upper() if found else ""
    return country if _COUNTRY.fullmatch(country) else ""


def roles_of(provider: Provider, claims: Mapping[str, Any]) -> frozenset[Granted]:
    """The roles that the operator's rules give somebody of whom the provider says this.

    A role for the person's own country is given to nobody whose country the provider does not say: without the limit it
    would be for all of them.
    """
    given: set[Granted] = set()
    for rule in provider.roles:
        if rule.value in values_at(claims, rule.claim):
            grant = rule.grant
            country = country_of(provider, claims) if grant.country == OWN else grant.country
            if country or not grant.country:
                given.add(Granted(grant.role, grant.locale, grant.course, country))
    return frozenset(given)


def packed(roles: Iterable[Granted]) -> list[list[str]]:
    """Pack roles as JSON keeps them."""
    return sorted([one.role, one.locale, one.course, one.country] for one in roles)


def unpacked(kept: Iterable[list[str]]) -> frozenset[Granted]:
    """The roles that were kept so."""
    return frozenset(Granted(role, locale, course, country) for role, locale, course, country in kept)


@dataclass(frozen=True, slots=True)
class ProviderProfile:
    """The profile that a provider gave of somebody, as far as it means something here."""

    subject: str
    email: str
    """As it was said; empty for none."""
    is_checked: bool
    """Whether the provider has checked that the address is theirs."""
    roles: frozenset[Granted]
    country: str


def profile_of(provider: Provider, claims: Mapping[str, Any]) -> ProviderProfile:
    """Read the profile from the claims. Raises ValueError where they name nobody."""
    subject, email = claims.get("sub"), claims.get("email")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise ValueError("The claims name nobody.")
    return ProviderProfile(
        subject,
        email if isinstance(email, str) and len(email) <= 255 else "",
        provider.trust_addresses or claims.get("email_verified") in (True, "true"),
        roles_of(provider, claims),
        country_of(provider, claims),
    )


def is_of_domains(provider: Provider, email: str) -> bool:
    """Whether the address is one that the operator lets in by this provider."""
    return not provider.domains or email.rpartition("@")[2].lower() in provider.domains
