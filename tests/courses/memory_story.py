"""A small story that remembers, with every key that such a story may have, for the tests to spoil."""

from __future__ import annotations

import copy
from typing import Any


def way(identity: str, to: Any, **more: Any) -> dict[str, Any]:
    """A choice as an author writes it."""
    return {"id": identity, "text": f"Choose {identity}", "to": to, **more}


STORY: dict[str, Any] = {
    "intro": "Made up from many.",
    "start": "gift",
    "states": {"trust": ["unsure", "open", "closed"], "chat": ["untouched", "noted", "lost"]},
    "shows": ["says-no"],
    "nodes": {
        "gift": {
            "text": "A gift.",
            "choices": [
                way("ask", "talk", set={"trust": "open"}, defensible=True, cost="The evening."),
                way("watch", "talk", defensible=True, cost="You know less."),
                way("take", "talk", set={"trust": "closed"}, tempting=True),
            ],
        },
        "talk": {
            "text": [
                {"id": "open", "when": {"trust": "open"}, "text": "Noor talks."},
                {"id": "closed", "when": {"trust": ["closed"]}, "text": "Noor says no."},
                {"id": "else", "text": "Noor waits."},
            ],
            "reason": [
                {"id": "shut", "when": {"trust": "closed"}, "text": "A door closed."},
                {"id": "not", "text": "So."},
            ],
            "repair": [
                {"id": "shut", "when": {"trust": "closed"}, "text": "Knock."},
                {"id": "noted", "when": {"trust": ["unsure", "open"]}, "text": "Go on."},
            ],
            "choices": [
                way("note", "report", set={"chat": "noted"}, defensible=True, cost="An hour."),
                way("call", "report", set={"chat": "noted"}, when={"trust": "open"}, defensible=True, cost="A fear."),
                way("wipe", "wiped", set={"chat": "lost"}, unsafe=True),
            ],
        },
        "wiped": {"text": "All gone.", "reason": "It felt clean.", "choices": [way("tell", "alone")]},
        "report": {
            "needs": {"chat": ["untouched", "noted"]},
            "text": "The report.",
            "choices": [
                way("wait", [{"when": {"trust": "closed"}, "node": "alone"}, {"node": "together"}]),
                way("go", "alone"),
            ],
        },
        "alone": {
            "text": "Alone.",
            "end": "fair",
            "support": [
                {"id": "lost", "when": {"chat": "lost"}, "text": "Ask [for help](help:)."},
                {"id": "else", "text": "You may ask."},
            ],
        },
        "together": {"text": "Together.", "end": "good", "support": "You are not alone."},
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The story with one key set, or removed for None."""
    data = copy.deepcopy(STORY)
    *parents, last = path.split(".")
    here: Any = data
    for name in parents:
        here = here[int(name)] if isinstance(here, list) else here[name]
    key: Any = int(last) if isinstance(here, list) else last
    if value is None:
        del here[key]
    else:
        here[key] = value
    return data
