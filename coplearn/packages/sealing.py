"""The word by which a page in which a package plays is known: what it may write to, sealed with the site's key, for some days."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Final

from flask import Flask
from itsdangerous import BadData, URLSafeTimedSerializer

from coplearn.packages.rules import LAUNCH_DAYS

_SALT: Final = "package-launch"
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Launch:
    """One opening of one item by one learner."""

    record_id: int
    version_id: int
    item: str
    number: int
    """Larger for a later launch of the same item."""
    page: str
    """The origin of the page that holds the frame; to it alone the runtime tells what was saved."""
    language: str = ""
    """The language of that page, as BCP 47 has it, where the package is told; SCORM tells none."""


def launch_token(app: Flask, launch: Launch) -> str:
    """The word of a launch. A package can read it; it opens nothing but this learner's record of this item."""
    values = list(astuple(launch))
    return str(_sealer(app).dumps(values if launch.language else values[:-1]))


def read_launch(app: Flask, token: str) -> Launch | None:
    """The launch that a word names; None for one that is not ours or too old."""
    if len(token) > _LONGEST:
        return None
    try:
        record_id, version_id, item, number, page, *more = _sealer(app).loads(token, max_age=LAUNCH_DAYS * 86_400)
        return Launch(int(record_id), int(version_id), str(item), int(number), str(page), str(more[0]) if more else "")
    except (BadData, ValueError, TypeError):
        return None


def _sealer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(app.config["SECRET_KEY"]), salt=_SALT)
