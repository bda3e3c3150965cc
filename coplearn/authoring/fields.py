"""Typed reading of what authors wrote in YAML or TOML: every fault gets its line, nothing stops at the first."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeVar

from coplearn.authoring.problems import Place, Problems
from coplearn.authoring.source import Json, SourceFile, check_keys
from coplearn.i18n.inline_marks import joined, paragraphs
from coplearn.kernel.words import ID_PATTERN

WordT = TypeVar("WordT", bound=str)


@dataclass(frozen=True, slots=True)
class Text:
    """A source text (inline Markdown, paragraphs apart by one blank line) and where it stands."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Fields:
    """One mapping of an author's file; ``key`` is its dotted place in the file, empty for the whole.

    The reading methods return None (or an empty tuple) for what is absent or wrong; what is wrong goes to ``problems``.
    """

    source: SourceFile
    problems: Problems
    data: Mapping[str, Json]
    key: str = ""

    @classmethod
    def whole(cls, source: SourceFile, problems: Problems) -> Fields:
        """The file's own mapping."""
        return cls(source, problems, source.data)

    def place(self, name: str = "") -> Place:
        """The place of the field ``name``, or of the mapping itself."""
        return self.source.place(self._key(name) if name else self.key)

    def error(self, name: str, code: str, what: str, mend: str) -> None:
        """Note a fault of the field ``name``."""
        self.problems.error(self.place(name), code, what, mend)

    def only(self, *known: str) -> None:
        """Note every key that is not one of ``known``, with the nearest one that is."""
        check_keys(self.source, self.data, known, self.problems, self.key)

    def text(self, name: str, *, required: bool = True) -> Text | None:
        """A text that is not empty."""
        value = self.data.get(name)
        if value is None:
            if required:
                self.error(name, "missing-key", f'"{name}" is missing.', f"Write the {name} here.")
            return None
        if not isinstance(value, str):
            self.error(name, "not-text", f'"{name}" must be text.', "Put it in quotes.")
            return None
        if not value.strip():
            self.error(name, "empty-text", f'"{name}" is empty.', "Write a text or remove the key.")
            return None
        parts = [part.strip() for part in paragraphs(value)]
        if any("\n" in part for part in parts):
            mend = "Put the text on one line, or use |- and leave a line empty between paragraphs."
            self.problems.warning(self.place(name), "line-break", "A single line break is read as a space.", mend)
        return Text("\n\n".join(joined(part) for part in parts), self.place(name))

    def identifier(self, name: str = "id") -> str | None:
        """An id in the form all ids of a course have."""
        value = self.data.get(name)
        if isinstance(value, str) and ID_PATTERN.fullmatch(value):
            return value
        if value is None:
            self.error(
                name,
                "missing-key",
                f'"{name}" is missing.',
                "Give it an id such as open-talk; it must never change later.",
            )
        else:
            mend = "Use small letters, digits and hyphens, a letter first, 2 to 48 signs."
            self.error(name, "bad-id", f'"{value}" cannot be an id.', mend)
        return None

    def word(self, name: str, words: Collection[WordT], *, required: bool = True) -> WordT | None:
        """One of ``words``."""
        value = self.data.get(name)
        found = next((word for word in words if word == value), None)
        if found is not None or (value is None and not required):
            return found
        what = f'"{name}" is missing.' if value is None else f'"{value}" is not a known {name}.'
        self.error(name, f"unknown-{name}", what, f"Use one of: {', '.join(words)}.")
        return None

    def match(self, name: str, pattern: str, mend: str, *, required: bool = True) -> str | None:
        """A text that is all of the regular expression."""
        value = self.data.get(name)
        if value is None and not required:
            return None
        if value is None:
            self.error(name, "missing-key", f'"{name}" is missing.', mend)
        elif not isinstance(value, str):
            self.error(name, "not-text", f'"{name}" must be text.', "Put it in quotes.")
        elif not re.fullmatch(pattern, value):
            self.error(name, "bad-value", f'"{value}" cannot be the {name}.', mend)
        else:
            return value
        return None

    def list_of(self, name: str, pattern: str, mend: str, *, required: bool = True) -> tuple[str, ...]:
        """A list of texts, each all of the regular expression; faulty entries are noted and left out."""
        value = self.data.get(name, None if required else [])
        if not isinstance(value, list) or (required and not value):
            self.error(name, "not-a-list", f'"{name}" must be a list.', f"{self.source.syntax.values} {mend}")
            return ()
        found = []
        for index, entry in enumerate(value):
            if isinstance(entry, str) and re.fullmatch(pattern, entry):
                found.append(entry)
            else:
                self.error(f"{name}.{index}", "bad-value", f'"{entry}" cannot be in the {name}.', mend)
        return tuple(found)

    def integer(self, name: str, low: int, high: int, *, required: bool = False) -> int | None:
        """A whole number from ``low`` to ``high``."""
        value = self.data.get(name)
        if value is None:
            if required:
                self.error(name, "missing-key", f'"{name}" is missing.', f"Write a whole number from {low} to {high}.")
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.error(
                name, "bad-number", f'"{name}" cannot be {value!r}.', f"Use a whole number from {low} to {high}."
            )
            return None
        return value

    def numbers(self, name: str, low: int, high: int) -> tuple[int, ...]:
        """A list of whole numbers from ``low`` to ``high``, each greater than the one before it; empty when it is not there."""
        value = self.data.get(name, [])
        if not isinstance(value, list):
            mend = f"{self.source.syntax.values} Use whole numbers from {low} to {high}."
            self.error(name, "not-a-list", f'"{name}" must be a list.', mend)
            return ()
        found: list[int] = []
        for index, entry in enumerate(value):
            if isinstance(entry, bool) or not isinstance(entry, int) or not low <= entry <= high:
                mend = f"Use whole numbers from {low} to {high}."
                self.error(f"{name}.{index}", "bad-number", f'"{name}" cannot hold {entry!r}.', mend)
            elif found and entry <= found[-1]:
                what = f"{entry} stands after {found[-1]}."
                self.error(f"{name}.{index}", "not-rising", what, "Give each number once, the smallest first.")
            else:
                found.append(entry)
        return tuple(found)

    def flag(self, name: str, *, absent: bool = False) -> bool:
        """True or false; ``absent`` when it is not there."""
        value = self.data.get(name, absent)
        if not isinstance(value, bool):
            mend = "Write true or false, or remove the key."
            self.error(name, "not-true-or-false", f'"{name}" must be true or false.', mend)
            return absent
        return value

    def day(self, name: str, *, required: bool = True) -> date | None:
        """A date, as TOML has them."""
        value = self.data.get(name)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value is not None or required:
            what = f'"{name}" is missing.' if value is None else f'"{name}" must be a date.'
            self.error(name, "missing-key" if value is None else "not-a-date", what, "Write it as 2026-11-29.")
        return None

    def time_of_day(self, name: str) -> time | None:
        """A time of day, as TOML has them, required."""
        value = self.data.get(name)
        if isinstance(value, time):
            return value
        what = f'"{name}" is missing.' if value is None else f'"{name}" must be a time of day.'
        self.error(name, "missing-key" if value is None else "not-a-time", what, "Write it as 09:00:00.")
        return None

    def rows(self, name: str, low: int, high: int | None = None) -> tuple[Fields, ...]:
        """A list of ``low`` to ``high`` mappings (None: of any number from ``low``); faulty entries are noted and left out."""
        value, span = self.data.get(name), f"{low} or more" if high is None else f"{low} to {high}"
        if not isinstance(value, list):
            self.error(
                name,
                "not-a-list",
                f'"{name}" must be a list.',
                f"List {span} entries, {self.source.syntax.entries.format(name=name)}.",
            )
            return ()
        if len(value) < low or (high is not None and len(value) > high):
            self.error(name, f"number-of-{name}", f'"{name}" has {len(value)} entries.', f"Give {span}.")
        return tuple(
            self._inner(f"{name}.{index}", entry)
            for index, entry in enumerate(value)
            if self._is_mapping(f"{name}.{index}", entry)
        )

    def mapping(self, name: str) -> Fields | None:
        """A mapping of keys to values; None when it is not there or something else."""
        value = self.data.get(name)
        return self._inner(name, value) if value is not None and self._is_mapping(name, value) else None

    def table(self, name: str, *, required: bool = True) -> dict[str, Fields]:
        """A mapping of ids to mappings, in the author's order; faulty entries are noted and left out."""
        entries = {identity: f"{name}.{identity}" for identity in self._ids(name, required=required)}
        value = self.data.get(name, {})
        return {
            identity: self._inner(key, value[identity])
            for identity, key in entries.items()
            if self._is_mapping(key, value[identity])
        }

    def mappings(self, name: str) -> dict[str, Fields]:
        """The same where the keys are no ids and whoever calls looks at them; empty when it is not there."""
        value = self.data.get(name, {})
        if not self._is_mapping(name, value):
            return {}
        return {
            key: self._inner(f"{name}.{key}", entry)
            for key, entry in value.items()
            if self._is_mapping(f"{name}.{key}", entry)
        }

    def texts(self, name: str, *, required: bool = True) -> dict[str, Text]:
        """A mapping of ids to texts, in the author's order; faulty entries are noted and left out."""
        ids = self._ids(name, required=required)
        inner = self._inner(name, self.data[name]) if ids else self
        found = {identity: inner.text(identity) for identity in ids}
        return {identity: text for identity, text in found.items() if text is not None}

    def words_by_id(self, name: str, *, most: int = 1) -> dict[str, tuple[str, ...]]:
        """A mapping of ids to an id or to a list of up to ``most`` ids, in the author's order; empty when it is not there.

        Faulty entries are noted and left out.
        """
        ids = self._ids(name, required=name in self.data)
        inner = self._inner(name, self.data[name]) if ids else self
        found = {identity: inner.words(identity, most) for identity in ids}
        return {identity: words for identity, words in found.items() if words}

    def words(self, name: str, most: int) -> tuple[str, ...]:
        """An id, or a list of up to ``most`` different ids; empty when one of them is wrong."""
        value = self.data.get(name)
        given = value if isinstance(value, list) and most > 1 else [value]
        if not given or len(given) > most:
            what = f'"{name}" has {len(given)} values.'
            self.error(name, "number-of-values", what, f"Give 1 to {most}.")
            return ()
        keys = [f"{name}.{index}" if given is value else name for index in range(len(given))]
        good = [
            self._is_word(key, word, given[:index]) for index, (key, word) in enumerate(zip(keys, given, strict=True))
        ]
        return tuple(map(str, given)) if all(good) else ()

    def _is_word(self, name: str, value: Json, before: Sequence[Json]) -> bool:
        if not isinstance(value, str) or not ID_PATTERN.fullmatch(value):
            mend = "Use small letters, digits and hyphens, a letter first, 2 to 48 signs."
            self.error(name, "bad-id", f'"{value}" cannot be an id.', mend)
            return False
        if value in before:
            self.error(name, "duplicate-id", f'"{value}" stands twice.', "Keep one of them.")
            return False
        return True

    def _ids(self, name: str, *, required: bool) -> list[str]:
        value = self.data.get(name, None if required else {})
        if not isinstance(value, Mapping) or (required and not value):
            self.error(name, "not-a-mapping", f'"{name}" must map ids to entries.', self.source.syntax.ids)
            return []
        found = []
        for identity in value:
            if isinstance(identity, str) and ID_PATTERN.fullmatch(identity):
                found.append(identity)
            else:
                mend = "Use small letters, digits and hyphens, a letter first, 2 to 48 signs."
                self.error(f"{name}.{identity}", "bad-id", f'"{identity}" cannot be an id.', mend)
        return found

    def _key(self, name: str) -> str:
        return f"{self.key}.{name}" if self.key else name

    def _inner(self, name: str, entry: Mapping[str, Json]) -> Fields:
        return Fields(self.source, self.problems, entry, self._key(name))

    def _is_mapping(self, name: str, entry: Json) -> bool:
        if isinstance(entry, Mapping):
            return True
        what = "This entry must be a mapping of keys to values."
        self.error(name, "not-a-mapping", what, self.source.syntax.mapping)
        return False


def distinct(rows: Collection[Fields], what: str) -> bool:
    """Note every id that stands twice among ``rows``; whether there was none."""
    seen: set[str] = set()
    alone = True
    for row in rows:
        identity = row.data.get("id")
        if isinstance(identity, str) and identity in seen:
            row.error("id", "duplicate-id", f'The {what} id "{identity}" stands twice.', "Give one of them another id.")
            alone = False
        elif isinstance(identity, str):
            seen.add(identity)
    return alone
