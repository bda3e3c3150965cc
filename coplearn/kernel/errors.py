"""The named ways the domain says no; each carries the sentence the person will read."""

from __future__ import annotations

from coplearn.kernel.text import N_, Phrase


class AppError(Exception):
    """A refusal with a sentence for the person.

    ``text`` is an English msgid marked with ``N_``; keyword arguments fill its ``%(name)s`` places.
    """

    status = 500

    def __init__(self, text: str, **params: object) -> None:
        super().__init__(text)
        self.phrase = Phrase(text, params)

    def __str__(self) -> str:
        """The sentence in English with its places filled, for whoever works at the shell.

        >>> str(AppError("%(name)s is there already.", name="Ani"))
        'Ani is there already.'
        """
        return self.phrase.text % self.phrase.params if self.phrase.params else self.phrase.text


class Refused(AppError):
    """The request is understood but breaks a rule of the domain (HTTP 422)."""

    status = 422


class NotAllowed(AppError):
    """The person may not do this (HTTP 403)."""

    status = 403


class NotFound(AppError):
    """A refusal because there is no such thing, or the person may not know of it (HTTP 404)."""

    status = 404


class NotYours(NotFound):
    """A page for certain people alone: whoever is not signed in is asked to, everybody else is told that there is none.

    The answer is the same whether the thing exists or not.
    """

    def __init__(self) -> None:
        super().__init__(N_("There is no page at this address for you."))


class Conflict(AppError):
    """A refusal because somebody else changed the same thing meanwhile (HTTP 409)."""

    status = 409
