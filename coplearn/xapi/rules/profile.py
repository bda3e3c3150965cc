"""Our own profile of statements as JSON-LD (xAPI Profiles 1.0): which verbs and activities we use, and what they mean here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from coplearn.kernel.text import N_
from coplearn.xapi.rules.records import TYPES, VERBS, LanguageMap
from coplearn.xapi.rules.statements import Json

CONTEXT: Final = "https://w3id.org/xapi/profiles/context"
SINCE: Final = "2026-11-30T00:00:00.000Z"
WORDS: Final = {
    "registered": N_("began"),
    "experienced": N_("looked at"),
    "answered": N_("answered"),
    "completed": N_("completed"),
    "passed": N_("passed"),
    "failed": N_("did not pass"),
    "earned": N_("earned the certificate of"),
    "course": N_("course"),
    "lesson": N_("lesson"),
    "assessment": N_("check"),
    "profile": N_("What a learner did in a course"),
}
"""What each is called, in English; the catalogs of the interface have it in the other languages."""
_TEMPLATES: Final = {
    "registered": ("course", ()),
    "experienced": ("lesson", ()),
    "answered": ("assessment", ("$.result.score.scaled",)),
    "completed": ("", ("$.result.completion",)),
    "passed": ("assessment", ("$.result.score.scaled", "$.result.success")),
    "failed": ("assessment", ("$.result.score.scaled", "$.result.success")),
    "earned": ("course", ()),
}
"""What the object of each is, and what its statements always have."""


def profile_of(iri: str, names: Mapping[str, LanguageMap]) -> Json:
    """The document; ``names`` are the maps of languages of :data:`WORDS`."""
    version = f"{iri}#v1"
    return {
        "@context": CONTEXT,
        "id": iri,
        "type": "Profile",
        "conformsTo": "https://w3id.org/xapi/profiles#1.0",
        "prefLabel": dict(names["profile"]),
        "definition": dict(names["profile"]),
        "author": {"type": "Organization", "name": "coplearn"},
        "versions": [{"id": version, "generatedAtTime": SINCE}],
        "concepts": [
            *(_concept(VERBS[name], "Verb", version, names[name]) for name in VERBS),
            *(_concept(TYPES[name], "ActivityType", version, names[name]) for name in TYPES),
        ],
        "templates": [_template(iri, version, name, names[name]) for name in VERBS],
    }


def _concept(iri: str, kind: str, version: str, name: LanguageMap) -> Json:
    return {"id": iri, "type": kind, "inScheme": version, "prefLabel": dict(name), "definition": dict(name)}


def _template(iri: str, version: str, name: str, label: LanguageMap) -> Json:
    thing, always = _TEMPLATES[name]
    places = (*always, "$.context.registration", "$.context.contextActivities.category", "$.timestamp")
    return {
        "id": f"{iri}#{name}",
        "type": "StatementTemplate",
        "inScheme": version,
        "prefLabel": dict(label),
        "definition": dict(label),
        "verb": VERBS[name],
        **({"objectActivityType": TYPES[thing]} if thing else {}),
        "rules": [{"location": place, "presence": "included"} for place in places],
    }
