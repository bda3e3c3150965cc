"""The help directory by country: whom to call, where to report, and never a line nobody confirmed.

A line is shown until its ``check_by``, unless it is ``withheld``. It may be shown when the owner's own page, a page of the
authorities or of a network it belongs to was read, or when somebody called it; see `reading`. The file is refused as a
whole if a line breaks this. Every country, known or not, also gets the world-wide services and the advice on immediate
danger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final, Self

from coplearn.authoring.problems import Problems
from coplearn.authoring.toml import read_toml
from coplearn.helplines.entries import Fallback, Helpline
from coplearn.helplines.reading import read_directory
from coplearn.kernel.text import N_, Phrase

IMMEDIATE_DANGER: Final = Phrase(N_("If someone is in danger right now, call your local emergency number."))


class HelplineError(Exception):
    """The directory file cannot be used; ``problems`` names every fault and its line, in the file's order."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Help:
    """The help to show a person: all of it confirmed and within its date.

    ``lines`` are helplines for children, ``support`` lines for adults or in a crisis, ``reports`` where to report (with the
    lines of talk that take reports too), ``emergencies`` numbers for immediate danger; each may be empty. ``fallbacks`` is
    never empty and belongs on the page every time; so does ``danger``. ``country`` is None when the country is unknown
    or has nothing to show.
    """

    country: str | None
    lines: tuple[Helpline, ...]
    support: tuple[Helpline, ...]
    reports: tuple[Helpline, ...]
    emergencies: tuple[Helpline, ...]
    fallbacks: tuple[Fallback, ...]
    danger: Phrase = IMMEDIATE_DANGER


class Directory:
    """All lines of a site; immutable, read once at the start."""

    def __init__(self, lines: tuple[Helpline, ...], fallbacks: tuple[Fallback, ...]) -> None:
        self.lines = lines
        self.fallbacks = fallbacks

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read the operator's file, or the product's own when ``path`` is None; `HelplineError` names every fault."""
        name = path.name if path else "helplines.toml"
        try:
            text = (path or files("coplearn.helplines").joinpath("helplines.toml")).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise HelplineError([f"{name}: cannot be read: {error}"]) from error
        return cls(*_read(text, name))

    def countries(self, today: date | None = None) -> tuple[str, ...]:
        """Country codes with a confirmed line, sorted; with ``today``, only lines within their date count."""
        return tuple(sorted({line.country for line in self.lines if _shown(line, today)}))

    def help_for(self, country: str | None, today: date) -> Help:
        """The help for an ISO 3166-1 alpha-2 code on ``today``; None or an unknown code gives the fallbacks."""
        code = (country or "").strip().upper()
        here = tuple(line for line in self.lines if line.country == code and _shown(line, today))
        return Help(
            country=code if here else None,
            lines=tuple(line for line in here if line.kind == "helpline"),
            support=tuple(line for line in here if line.kind == "support"),
            reports=tuple(line for line in here if line.kind == "report" or line.takes_reports),
            emergencies=tuple(line for line in here if line.kind == "emergency"),
            fallbacks=self.fallbacks,
        )

    def due(self, today: date, within: timedelta = timedelta(days=30)) -> tuple[Helpline | Fallback, ...]:
        """The lines that have expired or will within ``within``, most urgent first: an operator's list."""
        shown: list[Helpline | Fallback] = [line for line in self.lines if not line.withheld]
        soon = [entry for entry in [*shown, *self.fallbacks] if entry.check_by <= today + within]
        return tuple(sorted(soon, key=lambda entry: (entry.check_by, entry.page)))

    def ahead(self, today: date) -> tuple[Helpline | Fallback, ...]:
        """The entries that say they were read or called after ``today``: by a slip in a year they would be shown too long."""
        entries: list[Helpline | Fallback] = [*self.lines, *self.fallbacks]
        return tuple(entry for entry in entries if max(entry.read, entry.called or entry.read) > today)

    def withheld(self) -> tuple[Helpline, ...]:
        """Lines kept back until somebody confirms them; never to be shown to a learner."""
        return tuple(line for line in self.lines if line.withheld)


@lru_cache(maxsize=2)
def _read(text: str, name: str) -> tuple[tuple[Helpline, ...], tuple[Fallback, ...]]:
    problems = Problems()
    source = read_toml(text, name, problems)
    lines, fallbacks = read_directory(source, problems) if source is not None else ((), ())
    if problems.errors:
        raise HelplineError([str(problem) for problem in problems])
    return tuple(lines), tuple(fallbacks)


def _shown(line: Helpline, today: date | None) -> bool:
    return not line.withheld and (today is None or today <= line.check_by)
