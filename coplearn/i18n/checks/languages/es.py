"""Spanish."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from coplearn.i18n.checks.base import Hit, PairCheck, Subject
from coplearn.i18n.checks.languages.names import NAMES
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


_CHILD: Final = re.compile(
    r"\b(?:child|children|kid|kids|son|daughter|teenager|teenagers|teen|teens)(?:['\u2019]s)?\b", re.IGNORECASE
)
_NO_CHILD: Final = re.compile(r"[Cc]hild protection|\bChild(?:ren)?(?:['\u2019]s)? (?=[A-Z])")
"""Services and organisations that have a child in their name."""
_NINO: Final = re.compile(
    r"(?<!\w)(?:niñ|hij|menor|adolescen|peque|infan|chic[oa]|muchach|j[óo]ven|alumn|estudiante|bebé|criatura|nen[ea]|niet[oa]"
    r"|quien|alguien|nadie|persona|otra familia|(?:los|las|entre) dos(?!\w))"
    # "Pídale", "ayudarle", "escucharla": whoever is asked is not who reads.
    r"|\w(?:[aeé]le|[aeíiáé]r(?:le|la|lo|selo)|ndole)s?(?!\w)",
    re.IGNORECASE,
)


class EsChildLost(PairCheck):
    """«¿Duerme lo suficiente?» asks a reader who is usted about themselves."""

    id = "es-child-lost"
    severity = "W"
    message = N_("The source names the child, and here nobody does: with usted the reader takes it for themselves.")
    languages: ClassVar = _ES
    kinds: ClassVar = frozenset({"course"})

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """No word for a child and no name of one that the source has too."""
        if _CHILD.search(_NO_CHILD.sub(" ", source.plain)) is None or _NINO.search(target.plain):
            return None
        return None if any(name in source.plain and name[:3] in target.plain for name in NAMES) else Hit()
