"""A poster of a campaign as a paper: a title, three lines, whom to call, and a square that opens the help page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from coplearn.i18n.paper import checked_address, code_svg, common, direction_of, typeset, within


@dataclass(frozen=True, slots=True)
class HelpOnPoster:
    """A service on a poster: its own name, what it is for, how to reach it, and when."""

    name: str
    purpose: str
    reach: str
    hours: str


@dataclass(frozen=True, slots=True)
class CampaignPoster:
    """The words of a poster, in the language ``language`` (BCP 47)."""

    title: str
    lines: Sequence[str]
    helps: Sequence[HelpOnPoster]
    danger: str
    scan: str
    address: str
    checked: str
    """Until when the numbers may be shown; empty where there are none."""
    issuer: str
    code_alt: str
    language: str
    dir: Literal["ltr", "rtl"]
    made: date


def typeset_campaign_poster(poster: CampaignPoster) -> bytes:
    """The poster as PDF/UA-1, one A4 page. Raises PaperError for an address that cannot be scanned."""
    helps = [
        {
            "name": within(one.name, 90),
            "name_dir": direction_of(one.name, poster.dir),
            "purpose": within(one.purpose, 240),
            "reach": within(one.reach, 60),
            "hours": within(one.hours, 120),
        }
        for one in poster.helps
    ]
    words = common(language=poster.language, direction=poster.dir, title=poster.title, made=poster.made) | {
        "title": within(poster.title, 120),
        "lines": [within(line, 160) for line in poster.lines],
        "helps": helps,
        "danger": within(poster.danger, 200),
        "scan": within(poster.scan, 160),
        "checked": within(poster.checked, 160),
        "issuer": within(poster.issuer, 120),
        "code": code_svg(checked_address(poster.address)),
        "code_alt": within(poster.code_alt, 120),
    }
    return typeset(_template(), words, poster.made)


@lru_cache(maxsize=1)
def _template() -> bytes:
    return files("coplearn.campaigns").joinpath("templates/campaign.typ").read_bytes()
