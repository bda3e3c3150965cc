"""Statements as the standard has them: what is not of this shape is refused, with the place at which it is wrong.

Written after "xAPI Data" of version 1.0.3, with what IEEE 9274.1.1 (version 2.0) adds: ``contextAgents`` and ``contextGroups``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator

from coplearn.xapi.rules import formats
from coplearn.xapi.rules.formats import Rejected

VOIDED: Final = "http://adlnet.gov/expapi/verbs/voided"
SIGNATURE: Final = "http://adlnet.gov/expapi/attachments/signature"
Json = dict[str, Any]

Iri = Annotated[str, AfterValidator(formats.iri)]
Uuid = Annotated[str, AfterValidator(formats.uuid)]
Tag5646 = Annotated[str, AfterValidator(formats.language_tag)]
Timestamp = Annotated[str, AfterValidator(formats.timestamp)]
Duration = Annotated[str, AfterValidator(formats.duration)]
LanguageMap = dict[Tag5646, str]
Extensions = dict[Iri, Any]
Version = Annotated[str, Field(pattern=r"^(1\.0(\.\d+)?|2\.0(\.\d+)?)$")]


class _Part(BaseModel):
    """A piece of a statement: its properties and no others, and no number that is written as a text."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Account(_Part):
    """An account on a system."""

    homePage: Iri  # noqa: N815 - the names are the standard's
    name: str = Field(min_length=1)


class _Identified(_Part):
    name: str | None = None
    mbox: Annotated[str, AfterValidator(formats.mailto)] | None = None
    mbox_sha1sum: Annotated[str, AfterValidator(formats.sha1)] | None = None
    openid: Iri | None = None
    account: Account | None = None

    def identifiers(self) -> int:
        """The number of inverse functional identifiers."""
        return sum(one is not None for one in (self.mbox, self.mbox_sha1sum, self.openid, self.account))


class Agent(_Identified):
    """One persona or system, by exactly one identifier."""

    objectType: Literal["Agent"] | None = None  # noqa: N815

    @model_validator(mode="after")
    def _by_one(self) -> Agent:
        if self.identifiers() != 1:
            raise ValueError("an Agent has exactly one of mbox, mbox_sha1sum, openid and account")
        return self


class XapiGroup(_Identified):
    """Agents together: identified by one identifier, or anonymous with its members."""

    objectType: Literal["Group"]  # noqa: N815
    member: list[Agent] | None = None

    @model_validator(mode="after")
    def _by_one_or_members(self) -> XapiGroup:
        if self.identifiers() > 1:
            raise ValueError("a Group has at most one of mbox, mbox_sha1sum, openid and account")
        if not self.identifiers() and not self.member:
            raise ValueError("a Group without an identifier has members")
        return self


def _object_type(value: Any, default: str) -> str:
    if not isinstance(value, Mapping):
        return default
    named = value.get("objectType", default)
    return named if isinstance(named, str) else "?"


def _actor_type(value: Any) -> str:
    return _object_type(value, "Agent")


def _thing_type(value: Any) -> str:
    return _object_type(value, "Activity")


Actor = Annotated[
    Annotated[Agent, Tag("Agent")] | Annotated[XapiGroup, Tag("Group")],
    Discriminator(_actor_type),
]


class Component(_Part):
    """A choice, a step or the like of an interaction."""

    id: str = Field(min_length=1)
    description: LanguageMap | None = None


def _distinct(components: list[Component]) -> list[Component]:
    if len({one.id for one in components}) != len(components):
        raise ValueError("has two components with the same id")
    return components


Components = Annotated[list[Component], AfterValidator(_distinct)]
Interaction = Literal[
    "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert", "numeric", "other"
]  # fmt: skip
_INTERACTION: Final = ("correctResponsesPattern", "choices", "scale", "source", "target", "steps")


class Definition(_Part):
    """The definition of an activity."""

    name: LanguageMap | None = None
    description: LanguageMap | None = None
    type: Iri | None = None
    moreInfo: Iri | None = None  # noqa: N815
    extensions: Extensions | None = None
    interactionType: Interaction | None = None  # noqa: N815
    correctResponsesPattern: list[str] | None = None  # noqa: N815
    choices: Components | None = None
    scale: Components | None = None
    source: Components | None = None
    target: Components | None = None
    steps: Components | None = None

    @model_validator(mode="after")
    def _typed(self) -> Definition:
        if self.interactionType is None and any(getattr(self, name) is not None for name in _INTERACTION):
            raise ValueError("an interaction has an interactionType")
        return self


class XapiActivity(_Part):
    """A thing that is done."""

    objectType: Literal["Activity"] | None = None  # noqa: N815
    id: Iri
    definition: Definition | None = None


class StatementRef(_Part):
    """Another statement, by its id."""

    objectType: Literal["StatementRef"]  # noqa: N815
    id: Uuid


class Verb(_Part):
    """An action, by its IRI."""

    id: Iri
    display: LanguageMap | None = None


class Score(_Part):
    """A score, scaled or in points."""

    scaled: float | None = Field(default=None, ge=-1, le=1)
    raw: float | None = None
    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _between(self) -> Score:
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError("min is less than max")
        if self.raw is not None and (
            (self.min is not None and self.raw < self.min) or (self.max is not None and self.raw > self.max)
        ):
            raise ValueError("raw lies between min and max")
        return self


class XapiResult(_Part):
    """An outcome that was measured."""

    score: Score | None = None
    success: bool | None = None
    completion: bool | None = None
    response: str | None = None
    duration: Duration | None = None
    extensions: Extensions | None = None


Activities = XapiActivity | list[XapiActivity]


class ContextActivities(_Part):
    """Activities around the one that it is about."""

    parent: Activities | None = None
    grouping: Activities | None = None
    category: Activities | None = None
    other: Activities | None = None


class ContextAgent(_Part):
    """An agent around it, with what it has to do with it (version 2.0)."""

    objectType: Literal["contextAgent"]  # noqa: N815
    agent: Agent
    relevantTypes: list[Iri] | None = Field(default=None, min_length=1)  # noqa: N815


class ContextGroup(_Part):
    """A group around it, with what it has to do with it (version 2.0)."""

    objectType: Literal["contextGroup"]  # noqa: N815
    group: XapiGroup
    relevantTypes: list[Iri] | None = Field(default=None, min_length=1)  # noqa: N815


class Context(_Part):
    """Circumstances that give a statement more meaning."""

    registration: Uuid | None = None
    instructor: Actor | None = None
    team: XapiGroup | None = None
    contextActivities: ContextActivities | None = None  # noqa: N815
    contextAgents: list[ContextAgent] | None = None  # noqa: N815
    contextGroups: list[ContextGroup] | None = None  # noqa: N815
    revision: str | None = None
    platform: str | None = None
    language: Tag5646 | None = None
    statement: StatementRef | None = None
    extensions: Extensions | None = None


class Attachment(_Part):
    """The head of a file that belongs to a statement."""

    usageType: Iri  # noqa: N815
    display: LanguageMap
    description: LanguageMap | None = None
    contentType: Annotated[str, AfterValidator(formats.media_type)]  # noqa: N815
    length: int = Field(ge=0)
    sha2: Annotated[str, AfterValidator(formats.sha2)]
    fileUrl: Iri | None = None  # noqa: N815


class _Told(_Part):
    """Properties of statements and of statements within them."""

    actor: Actor
    verb: Verb
    result: XapiResult | None = None
    context: Context | None = None
    timestamp: Timestamp | None = None
    attachments: list[Attachment] | None = None

    def hold(self, thing: _Part) -> None:
        """Raise ValueError where what stands in one place does not go with what stands in another."""
        context = self.context
        if context is not None and not isinstance(thing, XapiActivity):
            for name in ("revision", "platform"):
                if getattr(context, name) is not None:
                    raise ValueError(f"context.{name} is used only where the object is an Activity")
        if self.verb.id == VOIDED and not isinstance(thing, StatementRef):
            raise ValueError("the object of a voiding statement is a StatementRef")


_Simple = (
    Annotated[XapiActivity, Tag("Activity")]
    | Annotated[Agent, Tag("Agent")]
    | Annotated[XapiGroup, Tag("Group")]
    | Annotated[StatementRef, Tag("StatementRef")]
)


class SubStatement(_Told):
    """A statement within a statement: not of something that happened."""

    objectType: Literal["SubStatement"]  # noqa: N815
    object: Annotated[_Simple, Discriminator(_thing_type)]

    @model_validator(mode="after")
    def _held(self) -> SubStatement:
        self.hold(self.object)
        return self


class XapiStatement(_Told):
    """A whole statement, as it is sent."""

    id: Uuid | None = None
    object: Annotated[_Simple | Annotated[SubStatement, Tag("SubStatement")], Discriminator(_thing_type)]
    stored: Timestamp | None = None
    authority: Actor | None = None
    version: Version | None = None

    @model_validator(mode="after")
    def _held(self) -> XapiStatement:
        self.hold(self.object)
        authority = self.authority
        if isinstance(authority, XapiGroup) and (authority.identifiers() or len(authority.member or ()) != 2):
            raise ValueError("an authority that is a Group is anonymous and has two members")
        return self


ModelT = TypeVar("ModelT", bound=BaseModel)
_PLAIN: Final = re.compile(r"^Value error, ")


def checked(model: type[ModelT], data: Any, what: str) -> ModelT:
    """The data as that model. Raises Rejected with the first place that is wrong; ``what`` names the whole."""
    if not isinstance(data, dict):
        raise Rejected(400, f"{what} is not a JSON object.")
    place = null_place(data)
    if place:
        raise Rejected(400, f"{what}: {place} is null.")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"] if part not in _TAGS)
        said = _PLAIN.sub("", first["msg"])
        raise Rejected(400, f"{what}: {where or 'it'}: {said}.") from None


_TAGS: Final = frozenset(
    {"Agent", "Group", "Activity", "StatementRef", "SubStatement", "list[XapiActivity]", "XapiActivity"}
)


def null_place(value: Any, place: str = "") -> str:
    """The place of the first null outside of extensions; empty for none."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        here = f"{place}.{name}" if place else str(name)
        if one is None:
            return here
        if name != "extensions" and isinstance(one, dict | list) and (found := null_place(one, here)):
            return found
    return ""


def read_statement(data: Any, *, modern: bool, what: str = "The statement") -> Json:
    """A statement that was sent, held to the standard and otherwise as it came; ``modern`` is that of version 2.0.

    Activities of the context that came alone stand in lists. Raises Rejected.
    """
    told = checked(XapiStatement, data, what)
    if not modern:
        if told.version is not None and not told.version.startswith("1.0"):
            raise Rejected(400, f"{what}: version: {told.version} is not 1.0.x.")
        if told.context is not None and (told.context.contextAgents or told.context.contextGroups) is not None:
            raise Rejected(400, f"{what}: context: contextAgents and contextGroups are of version 2.0.")
    _in_lists(data)
    if isinstance(data["object"], dict):
        _in_lists(data["object"])
    return dict(data)


def _in_lists(told: Json) -> None:
    around = told.get("context", {}).get("contextActivities") if isinstance(told.get("context"), dict) else None
    if around is not None:
        for name, value in around.items():
            around[name] = [value] if isinstance(value, dict) else value


def read_agent(data: Any, what: str = "agent") -> Json:
    """An Agent that was sent as a parameter. Raises Rejected."""
    checked(Agent, data, what)
    return dict(data)


class _ActorParameter(_Part):
    actor: Actor


def read_actor(data: Any, what: str = "agent") -> Json:
    """An Agent or an identified Group that was sent as a parameter. Raises Rejected."""
    found = checked(_ActorParameter, {"actor": data}, what).actor
    if not found.identifiers():
        raise Rejected(400, f"{what}: a Group to look for has an identifier.")
    return dict(data)
