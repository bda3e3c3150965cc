"""A number before a noun in the plural has plural forms: English has two, other languages one to six."""

from __future__ import annotations

import re
from typing import Final

import polib

from tests.courses.makecourse import HOME

_COUNTED: Final = re.compile(
    r"%\((?:count|num|times|days|hours|people|wanted)\)s "
    r"(?:people|persons|lines|times|days|hours|months|marks|forms|messages|invitations|meetings|texts|steps|seats|cohorts)\b"
)
CONSTANT: Final = frozenset(
    {
        "A meeting ends after it begins, within %(hours)s hours.",
        "You have invited %(count)s people within a day, the most there can be. Nothing is lost: go on tomorrow.",
        "%(count)s people were invited to this cohort within a day, the most there can be. Nothing is lost: go on tomorrow.",
        "There are more than %(count)s lines in the file.",
        "Send at most %(count)s marks at once.",
        "A consultation is open for at most %(count)s days.",
        "%(count)s messages of the source are not in the catalog. Run coplearn i18n update.",
    }
)
"""Their number is a limit written in the code (16, 2,000, 100,000), or they are told on the command line in English alone."""


def test_sentence_that_counts_has_plural_forms() -> None:
    """Whoever adds one writes it with ``ngettext`` or ``counted``, or says why its number never changes."""
    template = polib.pofile(str(HOME / "translations" / "messages.pot"))
    found = {entry.msgid for entry in template if not entry.msgid_plural and _COUNTED.search(entry.msgid)}
    assert found - CONSTANT == set()
