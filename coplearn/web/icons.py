"""The interface's icons: one stroke path each on a 24 by 24 grid, all of them in one file that a browser fetches once."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from markupsafe import Markup, escape

from coplearn.web.static_files import FILES, static_url

_FILE: Final = "img/icons.svg"
_OTHER: Final = "note"
_TURNED: Final = frozenset({"arrow", "leave", "lesson", "story", "quiz", "try", "listen"})
"""Those that point somewhere, mirrored in right-to-left pages."""
_USE: Final = re.compile(r'<use href="[^"#]*/icons\.[^"#]*#([a-z]+)"/>')


@lru_cache(maxsize=1)
def _paths() -> dict[str, str]:
    file = FILES.get(_FILE)
    assert file is not None
    return dict(re.findall(r'<path id="([a-z]+)" d="([^"]+)"/>', file.content.decode()))


@lru_cache(maxsize=256)
def draw_icon(name: str, look: str = "") -> Markup:
    """The icon, with ``look`` as a further class; the note's for a name we do not know.

    It stands in the site's file of icons, not in each page: a page with a dozen would carry them each time.
    """
    looks = ["icon", *(["icon--turns"] if name in _TURNED else []), *([look] if look else [])]
    return Markup(
        '<svg class="%s" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true"><use href="%s#%s"/></svg>'
    ) % (
        escape(" ".join(looks)),
        static_url(_FILE),
        name if name in _paths() else _OTHER,
    )


def with_icons_inside(html: Markup) -> Markup:
    """The same text with its icons drawn in it: for files that are opened where the site's are not."""
    return Markup(_USE.sub(lambda found: f'<path d="{_paths()[found[1]]}"/>', html))  # noqa: S704 - paths of ours
