"""A statement as somebody asks for it: with ids alone, or with canonical definitions in one language (Communication, 2.1.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from coplearn.xapi.rules.statements import Json

Definitions = Mapping[str, Json]
_IDENTIFIERS: Final = ("mbox", "mbox_sha1sum", "openid", "account")
_MAPS: Final = ("name", "description")
_LISTS: Final = ("choices", "scale", "source", "target", "steps")


def with_ids(told: Json) -> Json:
    """The least that tells agents, activities, verbs and groups apart."""
    return _changed(
        told, _bare_actor, lambda activity: _only(activity, ("objectType", "id")), lambda verb: {"id": verb["id"]}
    )


def canonical(told: Json, definitions: Definitions, languages: Sequence[str]) -> Json:
    """Put in the definitions that this LRS holds, and in each map of languages the one that is wanted most."""

    def activity(one: Json) -> Json:
        known = definitions.get(one["id"]) or one.get("definition")
        return one | ({"definition": one_language(known, languages)} if known is not None else {})

    def verb(one: Json) -> Json:
        return one | ({"display": chosen(one["display"], languages)} if "display" in one else {})

    return _changed(told, lambda actor: actor, activity, verb)


def one_language(definition: Json, languages: Sequence[str]) -> Json:
    """A definition in which each map of languages has one entry."""
    found = dict(definition)
    for name in _MAPS:
        if name in found:
            found[name] = chosen(found[name], languages)
    for name in _LISTS:
        if name in found:
            found[name] = [
                one | ({"description": chosen(one["description"], languages)} if "description" in one else {})
                for one in found[name]
            ]
    return found


def chosen(texts: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """The entry of a map that somebody wants most, who wants ``languages`` in that order; any one where none is there."""
    for wanted in languages:
        for tag, text in texts.items():
            small, named = tag.lower(), wanted.lower()
            if named in (small, "*") or small.startswith(f"{named}-"):
                return {tag: text}
    for wanted in languages:
        for tag, text in texts.items():
            if tag.lower().split("-")[0] == wanted.lower().split("-")[0]:
                return {tag: text}
    return dict(list(texts.items())[:1])


def merged(known: Json | None, new: Json) -> Json:
    """A definition with what another statement says of the same activity: its words are added, the rest is the newer one's."""
    if known is None:
        return dict(new)
    found = {**known, **new}
    for name in _MAPS:
        if name in known and name in new:
            found[name] = {**known[name], **new[name]}
    return found


def person_of(agent: Json) -> Json:
    """The Person object of an agent of whom nothing else is known (Communication, 2.4)."""
    found: dict[str, Any] = {"objectType": "Person"}
    return found | {name: [agent[name]] for name in ("name", *_IDENTIFIERS) if name in agent}


def _only(value: Json, names: Sequence[str]) -> Json:
    return {name: value[name] for name in names if name in value}


def _bare_actor(actor: Json) -> Json:
    found = _only(actor, ("objectType", *_IDENTIFIERS))
    if "member" in actor and not any(name in actor for name in _IDENTIFIERS):
        found["member"] = [_bare_actor(one) for one in actor["member"]]
    return found


def _changed(
    told: Json, actor: Callable[[Json], Json], activity: Callable[[Json], Json], verb: Callable[[Json], Json]
) -> Json:
    found = dict(told)
    thing = told["object"]
    kind = thing.get("objectType", "Activity")
    found["actor"], found["verb"] = actor(told["actor"]), verb(told["verb"])
    if kind == "Activity":
        found["object"] = activity(thing)
    elif kind in ("Agent", "Group"):
        found["object"] = actor(thing)
    elif kind == "SubStatement":
        found["object"] = _changed(thing, actor, activity, verb)
    if "authority" in told:
        found["authority"] = actor(told["authority"])
    if "context" in told:
        found["context"] = _changed_context(told["context"], actor, activity)
    return found


def _changed_context(context: Json, actor: Callable[[Json], Json], activity: Callable[[Json], Json]) -> Json:
    found = dict(context)
    for name in ("instructor", "team"):
        if name in context:
            found[name] = actor(context[name])
    if "contextActivities" in context:
        found["contextActivities"] = {
            name: [activity(one) for one in value] for name, value in context["contextActivities"].items()
        }
    return found
