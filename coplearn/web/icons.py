"""The interface's icons: one stroke path each on a 24 by 24 grid, drawn as inline SVG."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from markupsafe import Markup, escape

_PATHS: Final = {
    "arrow": "M4 12h15M13 6l6 6-6 6",
    "check": "M5 12.5l4.5 4.5L19 7.5",
    "clock": "M12 3.5a8.5 8.5 0 1 0 .01 0M12 7.5v5l3.2 2",
    "lesson": "M12 6.5C10 5 7 4.6 3.5 5v13c3.5-.4 6.5 0 8.5 1.5M12 6.5C14 5 17 4.6 20.5 5v13c-3.5-.4-6.5 0-8.5 1.5"
    "M12 6.5v13",
    "story": "M4 5h11a2 2 0 0 1 2 2v4a2 2 0 0 1-2 2H9l-4 3.5V13a2 2 0 0 1-2-2V6a1 1 0 0 1 1-1M20 10v8l-3-2h-5",
    "quiz": "M4 6.5l1.7 1.7L9 5M4 15.5l1.7 1.7L9 14M12.5 7H20M12.5 16H20",
    "action": "M12 20.5V11M12 11c0-4 3-6.5 8-6.5 0 5-3.5 7-8 6.5M12 14.5c0-3-2.5-5-7.5-5 0 4 3.5 5.5 7.5 5",
    "globe": "M12 3.5a8.5 8.5 0 1 0 .01 0M3.5 12h17M12 3.5c-5 5-5 12 0 17M12 3.5c5 5 5 12 0 17",
    "help": "M5 12.5v-1a7 7 0 0 1 14 0v1M5 12.5h2.5v5H6a1.5 1.5 0 0 1-1.5-1.5V13zM19 12.5h-2.5v5H18a1.5 1.5 0 0 0"
    " 1.5-1.5V13zM18 17.5c0 2-2 3-5 3",
    "find": "M10.5 4a6.5 6.5 0 1 0 .01 0M15.3 15.3L20.5 20.5",
    "leave": "M10 4H5v16h5M10 12h10M16 8l4 4-4 4",
    "person": "M12 4.5a3.7 3.7 0 1 0 .01 0M4.5 20c.5-4.5 3.5-6.5 7.5-6.5s7 2 7.5 6.5",
    "print": "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
    "download": "M12 4v11M7 10.5l5 5 5-5M4.5 20h15",
    "listen": "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11",
    "note": "M12 3.5a8.5 8.5 0 1 0 .01 0M12 11v5.5M12 7.5v.3",
    "care": "M12 4l9 15.5H3zM12 10v4.5M12 17v.2",
    "support": "M12 20C3 14 3.5 6 8 5.5c2 0 3.3 1.2 4 2.5.7-1.3 2-2.5 4-2.5 4.5.5 5 8.5-4 14.5z",
    "try": "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
}
_TURNED: Final = frozenset({"arrow", "leave", "lesson", "story", "quiz", "try", "listen"})
"""Those that point somewhere, mirrored in right-to-left pages."""


@lru_cache(maxsize=256)
def draw_icon(name: str, look: str = "") -> Markup:
    """The icon as SVG, with ``look`` as a further class; the note's for a name we do not know."""
    looks = ["icon", *(["icon--turns"] if name in _TURNED else []), *([look] if look else [])]
    return Markup(
        '<svg class="%s" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false"><path d="%s"/></svg>'
    ) % (escape(" ".join(looks)), escape(_PATHS.get(name, _PATHS["note"])))
