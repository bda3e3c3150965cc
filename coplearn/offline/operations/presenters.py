"""The sentences with which a device speaks of what waits on it; it keeps them, for when there is no network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import jsonify
from flask.wrappers import Response

from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_, Phrase, counted
from coplearn.web.render import say, say_phrase

_SAMPLES: Final = (1, 2, 3, 5, 11, 100)
"""One number of each plural form that a language of ours has."""
_COUNT: Final = "{count}"
_WORDS: Final[Mapping[str, str]] = {
    "sent": N_("Everything has arrived at the site."),
    "offline": N_("What waits is sent by itself when there is a network. You can close this page."),
    "signed": N_("Sign in again, and they are sent."),
    "busy": N_("The site did not take them yet. They stay here and are sent again by themselves."),
    "others": N_("Answers of somebody else wait on this phone too. They are sent when that person signs in here."),
    "refused": N_("The site cannot count one of your answers:"),
    "forget": N_("Remove it from this phone"),
    "full": N_("This phone has no room left, so the answer was not kept. Stay on this page until there is a network."),
    "unkept": N_("This browser keeps nothing, so the answer was not kept. Stay on this page until there is a network."),
    "lost": N_("This browser has deleted answers that waited here. What had arrived at the site is safe."),
    "cleared": N_(
        "This browser has cleared something that was kept on this phone to learn without a network. What had arrived at"
        " the site is safe. Keep the course once more, and it opens again."
    ),
    "leaving": N_("If you leave now, they stay on this phone and are sent when you sign in here again."),
    "erasing": N_("When everything about you is erased, they have to be removed too."),
    "send": N_("Send them now"),
    "keep": N_("Leave, and let them wait"),
    "drop": N_("Remove them and go on"),
    "stay": N_("Stay here"),
    "unsent": N_("They could not be sent: there is no network, or the site did not answer."),
}


def words() -> dict[str, str]:
    """Every sentence in the page's language, by its key on the device; those with a number have it at their end."""
    said = {key: say(text) for key, text in _WORDS.items()}
    for sample in _SAMPLES:
        said[f"waits-{sample}"] = say_phrase(_answers(sample))
        said[f"entries-{sample}"] = say_phrase(_entries(sample))
    return said


def _answers(sample: int) -> Phrase:
    return counted("%(num)s answer waits on this phone.", "%(num)s answers wait on this phone.", sample, num=_COUNT)


def _entries(sample: int) -> Phrase:
    return counted(
        "%(count)s entry waits on this device.", "%(count)s entries wait on this device.", sample, count=_COUNT
    )


def refusal(error: AppError, status: int | None = None, **more: object) -> Response:
    """A refusal of a whole sending: all of it stays on the device."""
    answer = jsonify(refused=say_phrase(error.phrase), **more)
    answer.status_code = status or error.status
    answer.headers["Cache-Control"] = "no-store"
    return answer
