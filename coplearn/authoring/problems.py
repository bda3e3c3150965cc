"""Problems of what an author wrote: what is wrong, where, and how to mend it; all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "hint"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line (from 1; 0 = the file as a whole) of a file, its path relative to the course's folder."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a course: ``code`` names the rule (see docs/courses.md), ``what`` is wrong, ``mend`` says what to do."""

    place: Place
    code: str
    what: str
    mend: str
    severity: Severity = "error"

    def __str__(self) -> str:
        return f"{self.place}: {self.severity}: {self.what} {self.mend} [{self.code}]"


@dataclass(slots=True)
class Problems:
    """A collector that never stops at the first fault."""

    found: list[Problem] = field(default_factory=list)

    def error(self, place: Place, code: str, what: str, mend: str) -> None:
        """Note a fault that keeps the course from going live."""
        self.found.append(Problem(place, code, what, mend))

    def warning(self, place: Place, code: str, what: str, mend: str) -> None:
        """Note something an author should look at; the course goes live all the same."""
        self.found.append(Problem(place, code, what, mend, "warning"))

    @property
    def errors(self) -> list[Problem]:
        """The faults that keep the course from going live."""
        return [problem for problem in self.found if problem.severity == "error"]

    @property
    def counted(self) -> str:
        """The numbers of errors and of warnings, in words."""
        return f"{len(self.errors)} errors, {len(self) - len(self.errors)} warnings"

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(self.found, key=lambda problem: (problem.place, problem.code)))

    def __len__(self) -> int:
        return len(self.found)


def said(error: BaseException) -> str:
    """The words of an exception of a stranger's code, in one line; its own text may raise as well."""
    try:
        return f"{type(error).__name__}: {error}".splitlines()[0][:300]
    except BaseException:
        return type(error).__name__
