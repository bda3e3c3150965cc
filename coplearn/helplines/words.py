"""The words of the help directory: kinds of lines, who may call, what a world-wide service does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from coplearn.kernel.text import N_, Phrase

Kind = Literal["helpline", "support", "report", "emergency"]
Who = Literal["children", "adults", "both"]
Scope = Literal["missing-children", "women", "under-18", "digital-violence", "parents", "crisis", "violence"]
Purpose = Literal["helpline", "report", "portal", "remove-under-18", "remove-adult"]
Voice = Literal["owner", "official", "network", "other"]

KIND_WORDS: Final[Mapping[Kind, Phrase]] = {
    "helpline": Phrase(N_("Helpline")),
    "support": Phrase(N_("Line for adults or in a crisis")),
    "report": Phrase(N_("Place to report")),
    "emergency": Phrase(N_("Emergency number")),
}
POLICE: Final = Phrase(N_("Police"))
WHO_WORDS: Final[Mapping[Who, Phrase]] = {
    "children": Phrase(N_("For children and young people")),
    "adults": Phrase(N_("For adults")),
    "both": Phrase(N_("For children, and for adults who worry about a child")),
}
WHO_UNKNOWN: Final = Phrase(N_("Their page does not say who may call. You can ask them."))
TO_REPORT: Final = Phrase(N_("To report what was done to a child"))
IN_DANGER: Final = Phrase(N_("Police, ambulance or fire brigade"))
SCOPE_WORDS: Final[Mapping[Scope, Phrase]] = {
    "missing-children": Phrase(N_("For missing children")),
    "women": Phrase(N_("For women")),
    "under-18": Phrase(N_("For people under 18")),
    "digital-violence": Phrase(N_("For violence online")),
    "parents": Phrase(N_("For parents and carers")),
    "crisis": Phrase(N_("For hard moments, and for thoughts of suicide")),
    "violence": Phrase(N_("For violence at home or sexual violence")),
}
PURPOSE_WORDS: Final[Mapping[Purpose, Phrase]] = {
    "helpline": Phrase(N_("Find a helpline for children in your country.")),
    "report": Phrase(N_("Find where to report pictures or videos that show a child being abused.")),
    "portal": Phrase(
        N_("Report pictures or videos that show a child being abused. Anybody may, in any country, without a name.")
    ),
    "remove-under-18": Phrase(
        N_(
            "Have a naked picture of yourself taken down. For everybody who was under 18 in it, in any country, without "
            "a name. The picture does not leave your device."
        )
    ),
    "remove-adult": Phrase(
        N_(
            "Have a private picture of yourself taken down. For everybody who was 18 or older in it, in any country. "
            "The picture does not leave your device."
        )
    ),
}
