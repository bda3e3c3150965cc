"""Spanish."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from coplearn.i18n.checks.base import Hit, PairCheck, Subject
from coplearn.i18n.checks.reading import CheckedText
from coplearn.kernel.text import N_

_ES: Final = frozenset({"es"})
_USTED: Final = re.compile(r"(?<!\w)(?:usted|ustedes)(?!\w)", re.IGNORECASE)
_TU: Final = re.compile(
    r"(?<!\w)(?:tú|contigo|tuyo|tuya|eres|quieres|puedes|tienes|debes|sabes|ti)(?!\w)", re.IGNORECASE
)
_QUOTED: Final = re.compile(r"«[^«»]{0,2000}»|“[^“”]{0,2000}”|\"[^\"]{0,2000}\"")


class EsOpening(PairCheck):
    """A question begins with its mark."""

    id = "es-opening"
    severity = "W"
    message = N_("In Spanish, a question begins with ¿ and an exclamation with ¡.")
    languages: ClassVar = _ES

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The same number of opening and closing marks."""
        text = target.masked
        return Hit() if ("?" in text and "¿" not in text) or ("!" in text and "¡" not in text) else None


class EsAddress(PairCheck):
    """Formal or familiar: but one way. What somebody says aloud may be familiar."""

    id = "es-address"
    severity = "W"
    message = N_("The reader is addressed both as tú and as usted.")
    languages: ClassVar = _ES

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Both, outside quotation marks."""
        if not _USTED.search(target.plain):
            return None
        return Hit() if _TU.search(_QUOTED.sub(" ", target.plain)) else None
